import type { ArtifactFileName, Version } from "./artifact-name.ts";
import type { EventArtifact } from "./event.ts";
import type { Import, ImportRow, ImportStand, ImportThreshold } from "./event-import.ts";
import type { Fingerprint } from "./fingerprint.ts";
import type { Chain, ChainState } from "./handover-chain.ts";
import type { PinLayer } from "./layer-pin.ts";
import type { Requirement } from "./policy.ts";
import type { Sha256 } from "./sha256.ts";
import type { SignerId } from "./signer.ts";
import type { UnixMs } from "./time.ts";
import type { VerdictKind } from "./verdict.ts";

/** What the journal says of one package now: the fold of its events, and nothing else. */
export interface Pin {
  /** Version of the package's journal that this is the fold of; 0 where there is none. */
  readonly version: number;
  /** `mono` of the newest event. */
  readonly latest: UnixMs | undefined;
  /** A signer was recorded and not forgotten: from now on another signer is an alarm, never a first use. */
  readonly exists: boolean;
  readonly signers: ReadonlyMap<SignerId, PinnedSigner>;
  /** Bytes that passed, by version and file name; see {@link artifactKey}. */
  readonly artifacts: ReadonlyMap<string, KnownArtifact>;
  /** The same by digest: the first that had it. */
  readonly bySha256: ReadonlyMap<Sha256, KnownArtifact>;
  readonly acceptedOnce: ReadonlyMap<Sha256, AcceptedOnce>;
  readonly everSigned: boolean;
  readonly lowestSigned: Version | undefined;
  readonly highest: HighestVersion | undefined;
  readonly requirement: Requirement;
  readonly refusals: ReadonlyMap<string, RefusedArtifact>;
  /** Signers that earlier verified releases' keyrings listed, with the version that did first (row 9a). */
  readonly listed: ReadonlyMap<SignerId, ListedSigner>;
  /** When the user last had the pin forgotten. */
  readonly forgottenAt: UnixMs | undefined;
  readonly chain: Chain;
  /** Old artifacts that statements vouch for, by digest. */
  readonly vouched: ReadonlySet<Sha256>;
  /** Bytes accepted under a branch that lost (rules.md, 4.6); `tofu audit` lists them. */
  readonly undone: readonly KnownArtifact[];
  /** Pin files that spoke of this package, each with what came of it. */
  readonly imports: readonly ImportNote[];
  /** A pin file that differs from what is known here, until the user resolves it (rows 69 to 70). */
  readonly importConflict: ImportConflict | undefined;
  /** Bad news from files that nobody trusted signed: told, counted as a witness against, and without effect (row 71). */
  readonly opinions: readonly ImportOpinion[];
  /** Bytes that such files list: they never improve a verdict (row 71a). */
  readonly hearsay: ReadonlyMap<string, KnownArtifact>;
  /** Thresholds that pin files brought, where no chain says them. */
  readonly importedThreshold: ImportThreshold | undefined;
  /** What the machine's own files say, below the journal; `undefined` where they don't name the package. */
  readonly layer: PinLayer | undefined;
  /** What was recorded on the newest day, so that asking again does not grow the journal. */
  readonly today: { readonly day: string; readonly entries: ReadonlySet<string> };
}

export type Role = "release" | "handover" | "recovery";

export type SignerBasis =
  | { readonly kind: "first-use" | "trust"; readonly n: number }
  | { readonly kind: "handover"; readonly n: number; readonly seq: number }
  /** By a pin file; `label` is how the user named it. */
  | { readonly kind: "import"; readonly n: number; readonly label: string };

/**
 * `pending`: a statement names it that is not in force yet. `contested`: the statement that added it leaned on a key
 * that was stolen. `frozen`: two quorums disagree about it.
 */
export type SignerState = "active" | "retired" | "revoked" | "distrusted" | "pending" | "contested" | "frozen";

export interface PinnedSigner {
  readonly signer: SignerId;
  readonly state: SignerState;
  readonly roles: ReadonlySet<Role>;
  readonly strength: "tofu" | "imported" | "verified";
  /** Who signed the pin files that name this signer, of those whom the user trusts for it; sorted. */
  readonly signedBy: readonly SignerId[];
  /** How it came here, and by which event. */
  readonly basis: SignerBasis;
  /** What pin files tell of it, apart from what was seen here (row 71a). */
  readonly imported: ImportedHistory | undefined;
  /** Trusted on this machine alone, beside the chain: it releases, and no statement speaks for it. */
  readonly isLocal: boolean;
  readonly since: UnixMs;
  readonly subkeys: ReadonlySet<Fingerprint>;
  readonly firstSeen: UnixMs | undefined;
  readonly lastSeen: UnixMs | undefined;
  /** Versions (file names where there is none) that it signed here. */
  readonly releases: ReadonlySet<string>;
  /** Days on which it was seen; familiarity counts days, not signatures. */
  readonly days: number;
  readonly lastDay: string | undefined;
  readonly retirement: { readonly reason: "superseded" | "retired" | "lost"; readonly cutoff: UnixMs } | undefined;
  /** Hard; `since` is the time of the theft where somebody stated one. */
  readonly revocation: { readonly since: UnixMs | undefined; readonly seenAt: UnixMs } | undefined;
  readonly distrust: Distrusted | undefined;
  /** When the user took a distrust back. */
  readonly undistrustedAt: UnixMs | undefined;
  /** The end of a `tofu trust --until`. */
  readonly until: UnixMs | undefined;
}

/** Why a signer never passes. */
export interface Distrusted {
  readonly reason: string;
  readonly at: UnixMs;
  /** The machine's own files say so: no user takes it back. */
  readonly stands?: true | undefined;
}

/** A signer's past on the machines that pin files came from. */
export interface ImportedHistory {
  /** How it came to be pinned there: `first-use`, `trust`, `handover:N`. */
  readonly basis: string | undefined;
  readonly first: UnixMs | undefined;
  readonly last: UnixMs | undefined;
  readonly releases: number | undefined;
  readonly days: number | undefined;
  /** `x-NAME=value`, sorted. */
  readonly extras: readonly string[];
}

/** Whose word something is: a pin file, as the user named it. */
export interface ImportSource {
  readonly file: Sha256;
  readonly label: string;
  readonly stand: ImportStand;
  readonly signer: SignerId | undefined;
}

export interface ImportNote extends ImportSource {
  readonly verdict: Import["verdict"];
  readonly at: UnixMs;
}

export interface ImportConflict extends ImportSource {
  /** The package's files answer `import-conflict` (row 69); else the pin stays in force meanwhile. */
  readonly holds: boolean;
  readonly theirs: readonly ImportRow[];
  /** Signers who act here and not by the file. */
  readonly here: readonly SignerId[];
  readonly at: UnixMs;
}

export interface ImportOpinion extends ImportSource {
  readonly row: ImportRow;
}

export interface KnownArtifact {
  readonly name: ArtifactFileName;
  readonly version: Version | undefined;
  readonly sha256: Sha256;
  /** What the signature covers, where that is the unpacked tar. */
  readonly signedDigest: Sha256 | undefined;
  readonly firstSeen: UnixMs;
  readonly signers: readonly SignerId[];
  /** Known by a pin file alone, or earlier by it; `first` is what the file says, if it says it. */
  readonly imported?: (ImportSource & { readonly first: UnixMs | undefined }) | undefined;
}

/** One file accepted by hand, and the verdict that this replaces. */
export interface AcceptedOnce {
  readonly signer: SignerId;
  readonly overridden: VerdictKind | undefined;
  readonly at: UnixMs;
}

export interface HighestVersion {
  readonly version: Version;
  readonly sigCreated: UnixMs;
  readonly at: UnixMs;
}

export interface ListedSigner {
  readonly version: Version | undefined;
  readonly at: UnixMs;
}

/** The same refusal, however often it came. */
export interface RefusedArtifact {
  readonly artifact: EventArtifact;
  readonly verdict: VerdictKind;
  readonly keys: readonly SignerId[];
  readonly first: UnixMs;
  readonly last: UnixMs;
  readonly days: number;
}

/** @returns the key of {@link Pin.artifacts}: one name in one version. */
export function artifactKey(artifact: {
  readonly name: ArtifactFileName;
  readonly version?: Version | undefined;
}): string {
  return `${artifact.version ?? ""}/${artifact.name}`;
}

/** @returns the key of {@link Pin.refusals}: the same bytes under the same name, refused for the same reason. */
export function refusalKey(artifact: EventArtifact, verdict: VerdictKind): string {
  return `${verdict} ${artifact.sha256} ${artifactKey(artifact)}`;
}

/** @returns the signers that may act now, in the order in which they came. */
export function activeSigners(pin: Pin, role: Role): readonly PinnedSigner[] {
  return [...pin.signers.values()].filter((signer) => signer.state === "active" && signer.roles.has(role));
}

/** @returns how many must sign a release, and how many a handover, by what the pin itself says. */
export function thresholds(pin: Pin): { readonly release: number; readonly handover: number } {
  const { threshold } = currentState(pin);
  const { release = 1 } = pin.importedThreshold ?? {};
  return {
    release: Math.max(threshold.release, pin.requirement.releaseThreshold ?? 1, release),
    handover: threshold.handover,
  };
}

/**
 * @returns who may do what by the newest statement in force; without one, what the pin implies: whoever came by first
 * use may hand over, and a majority of them must (one stolen key of several must not be able to rewrite the set).
 */
export function currentState(pin: Pin): ChainState {
  const head = pin.chain.links.at(-1);
  if (head !== undefined) return head.after;
  const keys = [...pin.signers.values()].filter(({ state, isLocal }) => state === "active" && !isLocal);
  const capable = keys.filter(({ roles }) => roles.has("handover"));
  return {
    keys: new Map(keys.map(({ signer, roles }) => [signer, roles])),
    recovery: new Set(),
    threshold: {
      release: 1,
      handover: Math.max(Math.floor(capable.length / 2) + 1, pin.importedThreshold?.handover ?? 1),
    },
  };
}
