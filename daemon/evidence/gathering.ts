import type { ArtifactFileName, Version } from "../core/artifact-name.ts";
import type { Evidence } from "../core/evidence.ts";
import type { Fingerprint } from "../core/fingerprint.ts";
import type { SignerId } from "../core/signer.ts";
import type { UnixMs } from "../core/time.ts";
import type { HashWorkers } from "./hash-workers.ts";
import type { Surroundings } from "./surroundings.ts";

/** What to gather evidence about. Paths are absolute. */
export interface GatherRequest {
  readonly path: string;
  readonly fileName: ArtifactFileName;
  readonly version: Version | undefined;
  /** Named by hand; empty: looked for beside the artifact, signed manifests too. */
  readonly signatures: readonly string[];
  /** Key files named by hand; they must be readable. One that holds no certificate is told in the evidence. */
  readonly keys: readonly string[];
  /** Key files that lay beside the artifact's statements. */
  readonly besideKeys?: readonly string[];
  /** Signers of the pin, whatever their state: their certificates are tried first, one at a time. */
  readonly pinned: readonly SignerId[];
  readonly now: UnixMs;
  /** What lies beside the files of the whole request; absent: this file has nothing in common with another. */
  readonly around?: Surroundings | undefined;
  /** `false`: a link as the last part of the path is refused, since nobody named it by hand. */
  readonly followLinks?: boolean | undefined;
}

/** Where certificates are asked for, and who is told how far the reading is. */
export interface GatherWorld {
  readonly storedCertificate: (primary: Fingerprint) => Promise<Uint8Array | undefined>;
  readonly storedPrimaryOf: (subkey: Fingerprint) => Promise<Fingerprint | undefined>;
  /** Copies in the machine's pin files; `undefined` where there are no such files. */
  readonly layerCertificates?: ((primary: Fingerprint) => readonly Uint8Array[]) | undefined;
  /** The user's own GnuPG keyring; `undefined` where it is not asked. */
  readonly keyring: ((key: Fingerprint) => Promise<Uint8Array | undefined>) | undefined;
  readonly onProgress: (doneBytes: number, totalBytes: number) => void;
  /** Who reads large files; absent: they are read here, block by block. */
  readonly hashers?: HashWorkers | undefined;
  /** Aborted when nobody waits for the answer any more. */
  readonly gone?: AbortSignal | undefined;
}

export interface Gathered {
  readonly evidence: Evidence;
  /** The certificates of `evidence.certificates`, to be stored with the events that need them. */
  readonly certificates: readonly GatheredCertificate[];
  /** The signature files as they were read, to be kept as evidence. */
  readonly signatureFiles: readonly Uint8Array[];
}

export interface GatheredCertificate {
  readonly signer: SignerId;
  readonly primary: Fingerprint;
  readonly subkeys: readonly Fingerprint[];
  /** Merged with what the journal had, without third-party certifications. */
  readonly bytes: Uint8Array;
}
