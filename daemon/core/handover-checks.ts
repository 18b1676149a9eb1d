import { addedBy, type ChainState, handoverKeys, stateAfter } from "./handover-chain.ts";
import { quorumOf, recoverersOf, type Signers } from "./handover-signers.ts";
import type { Pin } from "./pin.ts";
import { shortSigner } from "./sentence.ts";
import type { SignerId } from "./signer.ts";
import type { Statement } from "./statement.ts";
import { MINUTE_MS, type UnixMs } from "./time.ts";

const FUTURE_TOLERANCE_MS = 10 * MINUTE_MS;

/** Against what a statement is checked: what the pin has learned of its signers since, and the time. */
export interface Circumstances {
  readonly pin: Pin;
  readonly now: UnixMs;
}

/** How a statement is tied to the state before: as its successor, or by the quorum of a pin that knows no chain. */
export type Binding = "next" | "genesis" | "join";

/** @returns how the first statement that a pin follows is tied to it. */
export function bindingOf({ previous }: Statement): "genesis" | "join" {
  return previous === undefined ? "genesis" : "join";
}

/** The state that a statement builds on. */
export interface Standing {
  readonly before: ChainState;
  readonly as: Binding;
}

/**
 * `contested`: a quorum only with a key that was revoked as stolen since (row 53b). `recovery`: a recovery key spoke, no
 * quorum did. `detail` is the reason as rules.md, 3.6, names it.
 */
export type Checked =
  | { readonly kind: "quorum"; readonly quorum: readonly SignerId[] }
  | { readonly kind: "recovery" }
  | { readonly kind: "contested"; readonly by: string }
  | { readonly kind: "rejected"; readonly detail: string };

/** With who signed; `atHead` where nothing is in force yet at this place. */
export interface Signed extends Standing {
  readonly signers: Signers;
  readonly atHead: boolean;
}

/** @returns whether those who must have signed a statement did (rules.md, 4.3), the first reason if not. */
export function checkSigned(circumstances: Circumstances, statement: Statement, signed: Signed): Checked {
  const { before, signers, as, atHead } = signed;
  const { pin } = circumstances;
  const after = stateAfter(statement);
  const added = addedUnder(as, before, after);
  const quorum = quorumFor(pin, statement, signed);
  const need = before.threshold.handover;
  const enough = quorum.length >= need || recoverersOf(before, signers.counted, pin, atHead).length > 0;
  const needed = enough ? added : [...handoverKeys(before), ...before.recovery, ...added];
  const early =
    (as === "next" ? checkSet(statement, before, after) : checkBound(signed, pin)) ??
    checkState(after) ??
    checkTimes(circumstances, statement, isWaitingFor(signers, needed));
  if (early !== undefined) return { kind: "rejected", detail: early };
  const stolen = enough ? undefined : leansOn(signed, pin);
  if (!enough && stolen === undefined) {
    const detail = lackingSubkey(signers, handoverKeys(before)) ?? `quorum (${quorum.length} of ${need})`;
    return { kind: "rejected", detail };
  }
  const signedBy = stolen === undefined ? signers.counted : new Set([...signers.counted, ...signers.revoked]);
  const late = checkPossession({ ...signers, counted: signedBy }, added) ?? checkNewQuorum(after, signedBy);
  if (late !== undefined) return { kind: "rejected", detail: late };
  if (stolen !== undefined) return { kind: "contested", by: shortSigner(stolen) };
  return quorum.length >= need ? { kind: "quorum", quorum } : { kind: "recovery" };
}

/** A first statement is signed by all it lists; of one that a pin joins at, nobody here knows whom it added. */
function addedUnder(as: Binding, before: ChainState, after: ChainState): readonly SignerId[] {
  switch (as) {
    case "next":
      return addedBy(before, after);
    case "genesis":
      return [...after.keys.keys(), ...after.recovery];
    case "join":
      return [];
  }
}

/** Row 62: what begins a chain here is bound to the pin by the pin's own signers, however far their word counts. */
function checkBound({ before, signers, atHead }: Signed, pin: Pin): string | undefined {
  const { counted, bySubkey, future, revoked } = signers;
  const spoke = quorumOf(before, new Set([...counted, ...bySubkey, ...future, ...revoked]), pin, atHead).length;
  const need = before.threshold.handover;
  if (spoke >= need) return undefined;
  return spoke === 0 ? "genesis" : `genesis, quorum (${spoke} of ${need})`;
}

/** @returns a key revoked as stolen without which there is no quorum, and with which there is one (row 53b). */
function leansOn({ before, signers, atHead }: Signed, pin: Pin): SignerId | undefined {
  const quorum = quorumOf(before, new Set([...signers.counted, ...signers.revoked]), pin, atHead);
  return quorum.length < before.threshold.handover ? undefined : quorum.find((signer) => signers.revoked.has(signer));
}

/** Rule 4: whom the statement itself calls compromised counts only where it is not needed, or is all there is. */
function quorumFor(pin: Pin, statement: Statement, { before, signers, atHead }: Signed): readonly SignerId[] {
  const quorum = quorumOf(before, signers.counted, pin, atHead);
  const compromised = new Set(
    statement.removed.filter(({ reason }) => reason === "compromised").map(({ signer }) => signer),
  );
  return before.threshold.handover === 1 ? quorum : quorum.filter((signer) => !compromised.has(signer));
}

/** Row 60: the whole new state is listed, and every difference explained; nobody disappears silently. */
function checkSet({ removed }: Statement, before: ChainState, after: ChainState): string | undefined {
  const gone = [...before.keys.keys()].filter((signer) => !after.keys.has(signer));
  const explained = new Set(removed.map(({ signer }) => signer));
  const unexplained = gone.some((signer) => !explained.has(signer));
  const strange = removed.some(
    ({ signer }) => after.keys.has(signer) || (!before.keys.has(signer) && !before.recovery.has(signer)),
  );
  return unexplained || strange ? "set" : undefined;
}

/** @returns `role` or `thresholds` where a state can't be one. */
export function checkState(after: ChainState): string | undefined {
  if ([...after.recovery].some((signer) => after.keys.has(signer))) return "role";
  const releasers = [...after.keys.values()].filter((roles) => roles.has("release")).length;
  const reachable = after.threshold.handover <= handoverKeys(after).length && after.threshold.release <= releasers;
  return reachable ? undefined : "thresholds";
}

/** Row 56a. */
export function checkTimes({ now }: Circumstances, { issued }: Statement, isWaiting: boolean): string | undefined {
  return isWaiting || issued > now + FUTURE_TOLERANCE_MS ? "future" : undefined;
}

/** @returns whether one of these has signed, but ahead of our clock: only a signature that is needed can be too early. */
function isWaitingFor({ future, counted }: Signers, needed: readonly SignerId[]): boolean {
  return needed.some((signer) => future.has(signer) && !counted.has(signer));
}

/** Every added key must sign: nobody is made a signer without consent (rules.md, 4.3, 2). */
export function checkPossession(signers: Signers, added: readonly SignerId[]): string | undefined {
  const missing = added.filter((signer) => !signers.counted.has(signer));
  const [first] = missing;
  if (first === undefined) return undefined;
  return lackingSubkey(signers, missing) ?? `possession ${shortSigner(first)}`;
}

function checkNewQuorum(after: ChainState, counted: ReadonlySet<SignerId>): string | undefined {
  const have = handoverKeys(after).filter((signer) => counted.has(signer)).length;
  return have >= after.threshold.handover
    ? undefined
    : `quorum (${have} of ${after.threshold.handover}) of the new signers`;
}

/** Rule 7, named as such, since gpg signs with a subkey unless told otherwise. */
function lackingSubkey({ bySubkey, counted }: Signers, wanted: readonly SignerId[]): string | undefined {
  const found = wanted.find((signer) => bySubkey.has(signer) && !counted.has(signer));
  return found === undefined ? undefined : `subkey ${shortSigner(found)}`;
}
