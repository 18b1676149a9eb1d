import type { WitnessAnswer } from "../core/witness.ts";
import { type Said, silent, type Witness } from "./witness.ts";

/** All witnesses together: a verdict never waits longer for them, and a command that waits for the store waits longer. */
export const TOTAL_MS = 4000;
/** Witnesses asked about one file. */
const MAX_WITNESSES = 48;

/**
 * Asks all witnesses at once. One that does not answer in time, or fails in whatever way, is silent: no witness can make
 * a verdict a fault.
 *
 * @param offline - those behind the network are not asked, and told so.
 */
export async function askAll(
  witnesses: readonly Witness[],
  { offline, totalMs = TOTAL_MS }: { readonly offline: boolean; readonly totalMs?: number },
): Promise<readonly WitnessAnswer[]> {
  const end = new AbortController();
  const timer = setTimeout(() => end.abort(), totalMs);
  try {
    const asked = witnesses
      .slice(0, MAX_WITNESSES)
      .map((witness) => (offline && witness.reach === "network" ? toldOffline(witness) : askOne(witness, end.signal)));
    return (await Promise.all(asked)).filter((answer) => answer !== undefined);
  } finally {
    clearTimeout(timer);
    end.abort();
  }
}

async function toldOffline(witness: Witness): Promise<WitnessAnswer> {
  return answerOf(witness, silent("offline"));
}

async function askOne(witness: Witness, signal: AbortSignal): Promise<WitnessAnswer | undefined> {
  const said = await Promise.race([witness.ask(signal).catch(() => FAILED[witness.reach]), gaveUp(signal)]);
  return said === undefined ? undefined : answerOf(witness, said);
}

/** What is wrong with it is for its owner to find out; here it only says nothing. */
const FAILED: Readonly<Record<Witness["reach"], Said>> = {
  machine: silent("unusable"),
  network: silent("unreachable"),
};

function gaveUp(signal: AbortSignal): Promise<Said> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(silent("unreachable")), { once: true });
  });
}

function answerOf(witness: Witness, said: Said): WitnessAnswer {
  return {
    kind: said.kind ?? witness.kind,
    source: said.source ?? witness.source,
    controller: said.controller ?? witness.controller,
    names: said.names,
    against: said.against ?? [],
    ...(said.silence === undefined ? {} : { silence: said.silence }),
  };
}
