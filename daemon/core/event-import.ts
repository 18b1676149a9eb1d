import type { ArtifactFileName, Version } from "./artifact-name.ts";
import type { Role } from "./pin.ts";
import type { Sha256 } from "./sha256.ts";
import type { SignerId } from "./signer.ts";
import type { UnixMs } from "./time.ts";

/**
 * What a pin file said of one package, and what came of it (rules.md, 3.7). The outcome is written down: replaying the
 * journal gives the same pin, whatever later versions of tofu would make of the same file.
 */
export interface Import {
  readonly kind: "import";
  /** Of the pin file's bytes. */
  readonly file: Sha256;
  /** How the user named the file; outside text. */
  readonly label: string;
  readonly stand: ImportStand;
  /** Who signed the file, where somebody did. */
  readonly signer?: SignerId | undefined;
  readonly verdict: ImportVerdict;
  /** Until the user resolves it, the package's files answer `import-conflict` (row 69). */
  readonly holds?: boolean | undefined;
  readonly rows: readonly ImportRow[];
  /** Signers of the pin that make way, because the user prefers the file; of a conflict, those that only the pin has. */
  readonly here?: readonly SignerId[] | undefined;
  readonly threshold?: ImportThreshold | undefined;
  readonly artifacts?: readonly ImportArtifact[] | undefined;
}

/** A pin file was read: of the journal `*`. An import that was begun and not done is unfinished (rules.md, 3.7). */
export interface PinFileRead {
  readonly kind: "pin-file";
  readonly file: Sha256;
  readonly label: string;
  readonly stand: ImportStand;
  readonly signer?: SignerId | undefined;
  /** Never goes back for one signer on one machine. */
  readonly serial?: number | undefined;
  /** Packages that it has something new for. */
  readonly packages: number;
  readonly state: "begun" | "done";
}

/** Whose word the file is: `configured` and `layer` are trusted. */
export type ImportStand = "unsigned" | "stranger" | "configured" | "layer";

/** What an import says of one package. */
export type ImportVerdict =
  | "imported"
  | "import-unchanged"
  | "handover-applied"
  | "import-conflict"
  | "hash-differs-from-import"
  | "artifact-changed";

/** One signer as the file says it. */
export interface ImportRow {
  readonly key: SignerId;
  readonly effect: ImportEffect;
  readonly state: "active" | "frozen" | "contested" | "retired" | "revoked" | "distrusted";
  readonly roles: readonly Role[];
  /** How it came into the journal that wrote the file: `first-use`, `trust`, `handover:N`. */
  readonly basis?: string | undefined;
  readonly first?: UnixMs | undefined;
  readonly last?: UnixMs | undefined;
  readonly releases?: number | undefined;
  readonly days?: number | undefined;
  readonly until?: UnixMs | undefined;
  /** Of a retired signer. */
  readonly cutoff?: UnixMs | undefined;
  readonly reason?: "superseded" | "retired" | "lost" | undefined;
  /** Of bad news. */
  readonly hard?: boolean | undefined;
  readonly since?: UnixMs | undefined;
  /** `x-NAME=value`, kept and ignored. */
  readonly extras?: readonly string[] | undefined;
}

/**
 * `taken`: the signer is pinned as the row says. `agrees`: it is pinned already, and its history there is noted.
 * `stops`: bad news that takes effect; `opinion`: bad news that is somebody's word (row 71). `none`: shown, no more.
 */
export type ImportEffect = "taken" | "agrees" | "stops" | "opinion" | "none";

export interface ImportThreshold {
  readonly release?: number | undefined;
  readonly handover?: number | undefined;
}

export interface ImportArtifact {
  readonly name: ArtifactFileName;
  readonly version?: Version | undefined;
  readonly sha256: Sha256;
  readonly unpacked?: Sha256 | undefined;
  readonly first?: UnixMs | undefined;
}
