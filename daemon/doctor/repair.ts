import { lstat } from "node:fs/promises";
import { printable, printablePath } from "../core/printable.ts";
import { unixMs } from "../core/time.ts";
import { TofuError } from "../core/tofu-error.ts";
import { openLevelJournal, verifyFolder } from "../journal/level-journal.ts";
import { type Repaired, repairStore } from "../journal/repair-store.ts";
import { verifyStore } from "../journal/verify-store.ts";
import type { Found } from "./machine.ts";
import { remedyFor, remedyOf } from "./remedies.ts";

const MAX_DETAILS = 20;
const LOCK_WAIT_MS = 2000;

/** `tofu doctor --repair`: does nothing to a store that is whole. @returns what was done, and what could not be. */
export async function repair(
  store: string,
  { daemonAnswers }: { readonly daemonAnswers: boolean },
): Promise<readonly Found[]> {
  const check = "repair";
  if (daemonAnswers) {
    const remedy = "systemctl --user stop tofu.socket tofu.service, or end that tofud";
    return [{ check, class: "fault", sentence: "a tofud has the store open; stop it before a repair", remedy }];
  }
  const now = unixMs(Date.now());
  try {
    await lstat(store);
    if (await isWhole(store))
      return [{ check, class: "ok", sentence: "the store is whole: there is nothing to repair" }];
    return [told(await repairStore({ folder: store, now, verify: (folder) => verifyFolder(folder, now) }))];
  } catch (cause) {
    if (cause instanceof TofuError)
      return [{ check, class: "fault", sentence: cause.message, remedy: remedyOf(cause) }];
    if (!(cause instanceof Error && "code" in cause)) throw cause;
    const sentence = `the store can't be repaired: ${printable(cause.message, 200)}`;
    return [{ check, class: "fault", sentence, remedy: remedyFor("store-unwritable") }];
  }
}

/** Only damage is a reason to repair; a store that is in use, or not ours, is not. */
async function isWhole(folder: string): Promise<boolean> {
  try {
    const now = unixMs(Date.now());
    const journal = await openLevelJournal({ folder, replay: false, lockWaitMs: LOCK_WAIT_MS, now: () => now });
    try {
      for await (const { kind } of verifyStore(journal)) if (kind === "damaged") return false;
      return true;
    } finally {
      await journal.close();
    }
  } catch (cause) {
    if (cause instanceof TofuError && (cause.code === "store-damaged" || cause.code === "store-rolled-back"))
      return false;
    throw cause;
  }
}

function told({ events, packages, lost, isComplete, losses, damaged }: Repaired): Found {
  const kept = `the damaged store is kept as ${printablePath(damaged, 120)}`;
  const shown =
    losses.length > MAX_DETAILS ? [...losses.slice(0, MAX_DETAILS), `and ${losses.length - MAX_DETAILS} more`] : losses;
  const back = `repaired: ${events} events of ${packages} packages are back`;
  if (isComplete && losses.length === 0)
    return { check: "repair", class: "ok", sentence: `${back}, which is all there were`, details: [kept] };
  const gone = lost === undefined ? "nobody can say how many are lost" : `${lost} are lost`;
  return {
    check: "repair",
    class: "decide",
    sentence: `${back}; ${gone}`,
    details: [...shown, kept],
    remedy: "look for a newer copy before you go on; a package whose events are lost begins anew as a first use",
  };
}
