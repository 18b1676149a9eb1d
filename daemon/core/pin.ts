import type { ArtifactFileName, Version } from "./artifact-name.ts";
import type { EventArtifact } from "./event.ts";
import type { Fingerprint } from "./fingerprint.ts";
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
  readonly signers: ReadonlyMap<SignerId, PinnedSigner>;
  /** Bytes that passed, by version and file name; see {@link artifactKey}. */
  readonly artifacts: ReadonlyMap<string, KnownArtifact>;
  /** The same by digest. */
  readonly bySha256: ReadonlyMap<Sha256, KnownArtifact>;
  /** Bytes that a user accepted once, with the verdict that was overridden. */
  readonly acceptedOnce: ReadonlyMap<
    Sha256,
    { readonly signer: SignerId; readonly overridden: VerdictKind | undefined; readonly at: UnixMs }
  >;
  readonly everSigned: boolean;
  readonly lowestSigned: Version | undefined;
  readonly highest: { readonly version: Version; readonly sigCreated: UnixMs } | undefined;
  readonly requirement: Requirement;
  /** Refusals by verdict and signer, for "still refused since". */
  readonly refusals: readonly RefusedArtifact[];
  /** Signers that earlier verified releases' keyrings listed, with the version that did first (row 9a). */
  readonly listed: ReadonlyMap<SignerId, { readonly version: Version | undefined; readonly at: UnixMs }>;
  /** When the user last had the pin forgotten. */
  readonly forgottenAt: UnixMs | undefined;
  /** What was recorded today already, so that asking again does not grow the journal. */
  readonly today: { readonly day: string; readonly entries: ReadonlySet<string> };
}

export interface PinnedSigner {
  readonly signer: SignerId;
  readonly state: "active" | "retired" | "revoked" | "distrusted";
  readonly roles: ReadonlySet<"release" | "handover" | "recovery">;
  readonly strength: "tofu" | "imported" | "verified";
  /** How it came here, and by which event. */
  readonly basis: { readonly kind: "first-use" | "trust"; readonly n: number };
  readonly since: UnixMs;
  readonly subkeys: ReadonlySet<Fingerprint>;
  readonly firstSeen: UnixMs | undefined;
  readonly lastSeen: UnixMs | undefined;
  readonly releases: number;
  readonly days: number;
  readonly lastDay: string | undefined;
  readonly retirement: { readonly reason: "superseded" | "retired" | "lost"; readonly cutoff: UnixMs } | undefined;
  readonly revocation: { readonly since: UnixMs | undefined; readonly seenAt: UnixMs } | undefined;
  readonly distrust:
    | { readonly reason: string; readonly at: UnixMs; readonly state: "active" | "retired" | "revoked" }
    | undefined;
  readonly until: UnixMs | undefined;
}

export interface KnownArtifact {
  readonly name: ArtifactFileName;
  readonly version: Version | undefined;
  readonly sha256: Sha256;
  readonly unpackedSha256: Sha256 | undefined;
  readonly firstSeen: UnixMs;
  readonly signed: boolean;
  readonly signers: readonly SignerId[];
}

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
