import type { ArtifactFileName, Version } from "../core/artifact-name.ts";
import type { PackageName } from "../core/package-name.ts";
import type { Role } from "../core/pin.ts";
import type { Sha256 } from "../core/sha256.ts";
import type { SignerId } from "../core/signer.ts";
import type { Statement } from "../core/statement.ts";
import type { UnixMs } from "../core/time.ts";

/** What a `known_keys` file says (docs/known_keys.md). A parsed file is sorted as it is written, without duplicates. */
export interface PinFile {
  /** `undefined` where the file has no `@format` line. */
  readonly header: PinFileHeader | undefined;
  /** Signers distrusted in every package; their standing is `distrusted`. */
  readonly distrusted: readonly SignerRow[];
  readonly packages: readonly PackageRows[];
  readonly certificates: readonly CertificateRow[];
}

export interface PinFileHeader {
  readonly serial: number | undefined;
  readonly created: UnixMs | undefined;
  readonly expires: UnixMs | undefined;
}

/** All that a file says of one package. */
export interface PackageRows {
  readonly name: PackageName;
  /** Each signer once: pinned ones first, then retired, revoked, distrusted. */
  readonly signers: readonly SignerRow[];
  readonly policy: PolicyRow | undefined;
  readonly chain: ChainRow | undefined;
  /** By sequence number; all that lead to `chain.head`, and their competitors. */
  readonly statements: readonly StatementRow[];
  readonly artifacts: readonly ArtifactRow[];
}

export interface SignerRow {
  readonly signer: SignerId;
  readonly standing: RowStanding;
  /** What it may do; `release` and `handover` where a pin line doesn't say. */
  readonly roles: ReadonlySet<Role>;
  readonly basis: RowBasis | undefined;
  readonly first: UnixMs | undefined;
  readonly last: UnixMs | undefined;
  readonly releases: number | undefined;
  readonly days: number | undefined;
  /** When the trust ends, where a user bounded it. */
  readonly until: UnixMs | undefined;
  /** `x-NAME=value` pairs, sorted by name: kept and ignored. */
  readonly extras: readonly ExtraPair[];
}

export type RowStanding =
  | { readonly kind: "active" }
  /** Two quorums disagree about it, or the statement that added it leaned on a stolen key (rules.md, 4.6 and row 53a). */
  | { readonly kind: "frozen" | "contested" }
  | { readonly kind: "retired"; readonly cutoff: UnixMs | undefined; readonly reason: RetireReason | undefined }
  | { readonly kind: "revoked"; readonly hard: boolean; readonly since: UnixMs | undefined }
  | { readonly kind: "distrusted"; readonly since: UnixMs | undefined };

export type RetireReason = "superseded" | "retired" | "lost";

/** How the signer first came into the journal that wrote the file. */
export type RowBasis =
  | { readonly kind: "first-use" | "trust" }
  /** `seq` 0: the statement is no longer in force. */
  | { readonly kind: "handover"; readonly seq: number };

export interface ExtraPair {
  readonly name: string;
  readonly value: string;
}

/** Thresholds that were set, by a statement or by hand; at least one. */
export interface PolicyRow {
  readonly release: number | undefined;
  readonly handover: number | undefined;
}

export interface ChainRow {
  readonly seq: number;
  readonly head: Sha256;
}

export interface StatementRow {
  readonly seq: number;
  readonly sha256: Sha256;
  readonly statement: Statement;
  /** The statement and its signature blocks, a chain file of one part. Signatures are not verified here. */
  readonly bytes: Uint8Array;
}

export interface ArtifactRow {
  readonly version: Version | undefined;
  readonly name: ArtifactFileName;
  readonly sha256: Sha256;
  /** Digest of the unpacked tar, where the signature covers that. */
  readonly unpacked: Sha256 | undefined;
  readonly first: UnixMs | undefined;
}

/** Bytes as they stand in the file: not read as OpenPGP here, and whose they are is not checked. */
export interface CertificateRow {
  readonly signer: SignerId;
  readonly bytes: Uint8Array;
}

/** Why a file is refused, and then all of it. `what` is printable and fit for one line. */
export interface PinFileError {
  /** From 1. */
  readonly line: number;
  readonly code: PinFileErrorCode;
  readonly what: string;
}

export type PinFileErrorCode =
  | "file-too-long"
  | "line-too-long"
  | "cut-off"
  | "control-character"
  | "not-utf8"
  | "merge-conflict"
  /** `@format` of a later version of tofu. */
  | "newer-format"
  /** A header line without `@format` before it, twice, or behind other lines. */
  | "header"
  | "unknown-marker"
  | "package-name"
  | "wildcard"
  | "no-signer"
  | "unknown-signer-kind"
  | "key-id"
  | "bad-signer"
  | "unknown-pair"
  | "missing"
  | "bad-value"
  /** Two lines about the same thing that differ. */
  | "contradiction"
  /** A statement that can't be read, or a chain without all its statements (rules.md, row 71b). */
  | "chain";

/** Thrown inside this folder only; `parsePinFile` turns it into a {@link PinFileError}. */
export class PinFileFault extends Error {
  readonly code: PinFileErrorCode;
  /** `undefined`: the line that is being read. */
  readonly line: number | undefined;

  constructor(code: PinFileErrorCode, what: string, line?: number) {
    super(what);
    this.code = code;
    this.line = line;
  }
}
