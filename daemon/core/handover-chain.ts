import type { Role } from "./pin.ts";
import type { Sha256 } from "./sha256.ts";
import type { SignerId } from "./signer.ts";
import type { Statement } from "./statement.ts";
import type { UnixMs } from "./time.ts";

/** Who may do what in a package, as a statement says or as a pin without one implies. */
export interface ChainState {
  readonly keys: ReadonlyMap<SignerId, ReadonlySet<Role>>;
  readonly recovery: ReadonlySet<SignerId>;
  readonly threshold: { readonly release: number; readonly handover: number };
}

/** A statement in force, with the state before it: what a competitor at the same place is judged against. */
export interface ChainLink {
  readonly sha256: Sha256;
  readonly statement: Statement;
  readonly before: ChainState;
  readonly after: ChainState;
  /** Whose signatures counted. */
  readonly signers: readonly SignerId[];
  readonly via: "quorum" | "recovery" | "join" | "first-use";
  /** When it was first seen here. */
  readonly at: UnixMs;
}

/** A statement that is not in force yet: its recovery window, or its `not-before`, is still running. */
export interface PendingStatement {
  readonly link: ChainLink;
  readonly why: "recovery" | "not-before";
  /** Days with sightings or fetches since (rules.md, 4.6). */
  readonly days: ReadonlySet<string>;
  /** One of them came from a place that did not deliver the statement. */
  readonly seenElsewhere: boolean;
}

/** A second statement at a place that is taken; kept as evidence, at most {@link MAX_COMPETITORS} of them. */
export interface Competitor {
  readonly link: ChainLink;
  readonly against: Sha256;
  readonly rule: "fork" | "spent" | "recovery";
  readonly at: UnixMs;
}

/** A package's handover history as its pin holds it. */
export interface Chain {
  readonly links: readonly ChainLink[];
  readonly pending: PendingStatement | undefined;
  readonly competitors: readonly Competitor[];
  /** Two quorums spoke at one place: until the user resolves it, only these signers pass. */
  readonly freeze: { readonly competitor: Sha256; readonly passing: ReadonlySet<SignerId> } | undefined;
}

export const EMPTY_CHAIN: Chain = { links: [], pending: undefined, competitors: [], freeze: undefined };
export const MAX_COMPETITORS = 16;

/** @returns the state that a statement brings about. */
export function stateAfter(statement: Statement): ChainState {
  return {
    keys: new Map(statement.keys.map(({ signer, roles }) => [signer, roles])),
    recovery: new Set(statement.recovery),
    threshold: statement.threshold,
  };
}

/** @returns the signers who may hand over in a state. */
export function handoverKeys(state: ChainState): readonly SignerId[] {
  return [...state.keys].filter(([, roles]) => roles.has("handover")).map(([signer]) => signer);
}

/** @returns whether a statement would not have come into force without this signer's word. */
export function leansOn({ before, signers, via }: ChainLink, signer: SignerId): boolean {
  const speakers = via === "recovery" ? [...before.recovery] : handoverKeys(before);
  const spoke = signers.filter((one) => speakers.includes(one));
  return spoke.includes(signer) && spoke.length <= (via === "recovery" ? 1 : before.threshold.handover);
}

/** @returns keys and recovery keys that a state has and the one before it had not in that part. */
export function addedBy(before: ChainState, after: ChainState): readonly SignerId[] {
  const keys = [...after.keys.keys()].filter((signer) => !before.keys.has(signer));
  return [...keys, ...[...after.recovery].filter((signer) => !before.recovery.has(signer))];
}
