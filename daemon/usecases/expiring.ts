import { type PackageName, shortName } from "../core/package-name.ts";
import { activeSigners, type Pin } from "../core/pin.ts";
import { plural, shortSigner } from "../core/sentence.ts";
import { DAY_MS, formatDate, type UnixMs } from "../core/time.ts";
import type { Journal } from "../journal/journal.ts";
import type { Layer } from "../layer/layer.ts";
import type { WaitingLine } from "../protocol/answer.ts";
import { showStored } from "./stored-certificates.ts";

/** How long before its end a key is worth a line. */
const SOON_MS = 30 * DAY_MS;

/** @returns what of the machine's own pin files has run out, and what soon will. */
export function endingFiles(layer: Layer, now: UnixMs): { readonly over: WaitingLine[]; readonly soon: WaitingLine[] } {
  const ends = layer.files.flatMap(({ path, pins }) =>
    pins.header?.expires === undefined ? [] : [{ path, at: pins.header.expires }],
  );
  const next = ["tofu", "doctor"];
  return {
    over: ends
      .filter(({ at }) => at <= now)
      .map(({ path, at }) => ({ sentence: `${path} ran out on ${formatDate(at)}; its packages are refused`, next })),
    soon: ends
      .filter(({ at }) => at > now && at <= now + SOON_MS)
      .map(({ path, at }) => ({
        sentence: `${path} runs out in ${plural(Math.ceil((at - now) / DAY_MS), "day")}`,
        next,
      })),
  };
}

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
