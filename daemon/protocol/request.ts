import type { Claimed } from "../core/event.ts";
import type { HandoverAskRequest, HandoverMakeRequest, HandoverRequest } from "./handover-requests.ts";
import type { DiffRequest, ExportRequest, ImportRequest } from "./pin-file-requests.ts";
import type { WordsWish } from "./words-line.ts";

/** Version of the protocol on the socket; a daemon that speaks another says so instead of guessing. */
export const PROTOCOL_VERSION = 1;
/** One request is one line of at most this many bytes. */
export const MAX_REQUEST_BYTES: number = 1 << 20;

/** One question to tofu, from the command line or over the socket. Paths are absolute; texts are as the user typed them. */
export type Request =
  | VerifyRequest
  | WhyRequest
  | ListRequest
  | LogRequest
  | TrustRequest
  | DistrustRequest
  | RequireRequest
  | ForgetRequest
  | KeyImportRequest
  | KeyShowRequest
  | StatusRequest
  | NamesRequest
  | HandoverRequest
  | HandoverMakeRequest
  | HandoverAskRequest
  | ResolveRequest
  | AuditRequest
  | WatchRequest
  | CheckStoreRequest
  | JournalCopyRequest
  | ImportRequest
  | DiffRequest
  | ExportRequest;

export interface VerifyRequest {
  readonly do: "verify";
  readonly files: readonly string[];
  readonly package?: string | undefined;
  readonly release?: string | undefined;
  /** Signature files named by hand; else they are looked for beside each file. Only with one file. */
  readonly signatures: readonly string[];
  readonly keys: readonly string[];
  /** A file of statements named by hand; else it is looked for beside each file. */
  readonly handover?: string | undefined;
  readonly dryRun: boolean;
  readonly offline: boolean;
  /** The client's GnuPG home; absent: gpg's default there. */
  readonly gnupgHome?: string | undefined;
  /** A file with a `[policy]` table, for this request alone. */
  readonly policyFile?: string | undefined;
  /** Nobody named these files by hand: a link as the last part of a path is refused. */
  readonly noLinks?: boolean | undefined;
  /** These may not be whole yet: that the bytes are not those that were signed is answered and not recorded. */
  readonly stillArriving?: boolean | undefined;
  /** How the file came here: `verify`, `watch`, `exec:pip`. */
  readonly via: string;
  /** Where it was downloaded from: an address, or a host. Whoever runs that is no witness. */
  readonly from?: string | undefined;
  readonly claimed: Claimed;
}

export interface WhyRequest {
  readonly do: "why";
  readonly package: string;
  readonly release?: string | undefined;
  readonly prove: boolean;
  /** For `prove`: files whose signatures shall be verified again; each is found by its digest. */
  readonly files?: readonly string[] | undefined;
}

export interface ListRequest {
  readonly do: "list";
  readonly pattern?: string | undefined;
  readonly stale: boolean;
  readonly weak: boolean;
  readonly single: boolean;
}

export interface LogRequest {
  readonly do: "log";
  readonly package?: string | undefined;
  readonly since?: string | undefined;
  /** Goes on with what is recorded later, until the client leaves. */
  readonly follow?: boolean | undefined;
}

export interface TrustRequest {
  readonly do: "trust";
  readonly package: string;
  readonly fingerprint: string;
  readonly because: string;
  readonly keys: readonly string[];
  /** Accept only these bytes. */
  readonly file?: string | undefined;
  readonly replaces?: string | undefined;
  readonly role?: "handover" | undefined;
  readonly undoDistrust: boolean;
  readonly until?: string | undefined;
  readonly gnupgHome?: string | undefined;
  readonly claimed: Claimed;
}

export interface DistrustRequest {
  readonly do: "distrust";
  /** `*`: everywhere on this machine. */
  readonly package: string;
  readonly fingerprint: string;
  readonly because: string;
  readonly since?: string | undefined;
  readonly claimed: Claimed;
}

export interface RequireRequest {
  readonly do: "require";
  readonly package: string;
  readonly because: string;
  readonly firstUse?: string | undefined;
  readonly releaseThreshold?: number | undefined;
  readonly allow: readonly string[];
  /** Versions that may come unsigned (`--unsigned-ok --release V`). */
  readonly unsignedOk: readonly string[];
  readonly noRollback: boolean;
  readonly noHandover: boolean;
  readonly expired?: "decide" | undefined;
  readonly claimed: Claimed;
}

export interface ForgetRequest {
  readonly do: "forget";
  readonly package: string;
  readonly because: string;
  readonly claimed: Claimed;
}

export interface KeyImportRequest {
  readonly do: "key-import";
  readonly files: readonly string[];
  readonly claimed: Claimed;
}

export interface KeyShowRequest {
  readonly do: "key-show";
  /** A fingerprint or a unique prefix of one, or a file. */
  readonly key: string;
  readonly file?: string | undefined;
}

export interface StatusRequest {
  readonly do: "status";
  readonly packages: readonly string[];
}

/** Package names that begin so, for completion. */
export interface NamesRequest {
  readonly do: "names";
  readonly prefix: string;
}

export interface ResolveRequest {
  readonly do: "resolve";
  readonly package: string;
  /** `mine`, `theirs` or `sha256:STATEMENT`. */
  readonly keep: string;
  readonly because: string;
  readonly claimed: Claimed;
}

export interface AuditRequest {
  readonly do: "audit";
  readonly package?: string | undefined;
  readonly signer?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/** Judgements as they are made in the watched folders, until the client leaves. */
export interface WatchRequest {
  readonly do: "watch";
  /** Only what is at or below these, which are watched while somebody asks; none: all that is watched. */
  readonly folders: readonly string[];
}

/** The part of `tofu doctor` that whoever has the store open must do. */
export interface CheckStoreRequest {
  readonly do: "check-store";
}

/** A verified copy of the whole journal into a new or empty folder. */
export interface JournalCopyRequest {
  readonly do: "journal-copy";
  readonly target: string;
}

/** What travels: the request with the protocol's version, and the store that the client means, if it named one. */
export interface Envelope {
  readonly v: typeof PROTOCOL_VERSION;
  readonly store?: string | undefined;
  readonly request: Request;
  /** The answer is wanted in words besides. */
  readonly words?: WordsWish | undefined;
}
