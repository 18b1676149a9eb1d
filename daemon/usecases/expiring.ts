import { type PackageName, shortName } from "../core/package-name.ts";
import { activeSigners, type Pin } from "../core/pin.ts";
import { plural, shortSigner } from "../core/sentence.ts";
import { DAY_MS, type UnixMs } from "../core/time.ts";
import type { Journal } from "../journal/journal.ts";
import type { WaitingLine } from "../protocol/answer.ts";
import { showStored } from "./stored-certificates.ts";

/** How long before its end a key is worth a line. */
const SOON_MS = 30 * DAY_MS;

/** @returns a line for each signer whose key ends soon, where nobody else may release the package. */
export async function soonExpiring(
  journal: Journal,
  name: PackageName,
  pin: Pin,
  now: UnixMs,
): Promise<readonly WaitingLine[]> {
  const active = activeSigners(pin, "release");
  const [only] = active;
  if (only === undefined || active.length > 1) return [];
  const expiry = (await showStored(journal, only.signer, now))?.expiresAt;
  if (expiry === undefined || expiry < now || expiry > now + SOON_MS) return [];
  const days = Math.ceil((expiry - now) / DAY_MS);
  return [
    {
      sentence: `${shortName(name)}'s key ${shortSigner(only.signer)} expires in ${plural(days, "day")}, no successor named`,
    },
  ];
}
