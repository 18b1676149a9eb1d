import {
  boolean,
  type Codec,
  type CodecError,
  integer,
  list,
  oneOf,
  optional,
  record,
  text,
  union,
} from "../core/codec.ts";
import type { Claimed } from "../core/event.ts";
import { err, type Result } from "../core/result.ts";

/** Version of the protocol on the socket; a daemon that speaks another says so instead of guessing. */
export const PROTOCOL_VERSION = 1;
/** One request is one line of at most this many bytes. */
export const MAX_REQUEST_BYTES: number = 1 << 20;
const MAX_FILES = 10_000;
const MAX_PATH = 4096;

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
  | CheckStoreRequest
  | JournalCopyRequest;

export interface VerifyRequest {
  readonly do: "verify";
  readonly files: readonly string[];
  readonly package?: string | undefined;
  readonly release?: string | undefined;
  /** Signature files named by hand; else they are looked for beside each file. Only with one file. */
  readonly signatures: readonly string[];
  readonly keys: readonly string[];
  readonly dryRun: boolean;
  readonly offline: boolean;
  /** The client's GnuPG home; absent: gpg's default there. */
  readonly gnupgHome?: string | undefined;
  /** A file with a `[policy]` table, for this request alone. */
  readonly policyFile?: string | undefined;
  /** How the file came here: `verify`, `watch`, `exec:pip`. */
  readonly via: string;
  readonly claimed: Claimed;
}

export interface WhyRequest {
  readonly do: "why";
  readonly package: string;
  readonly release?: string | undefined;
  readonly prove: boolean;
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
}

const path = text(MAX_PATH);
const words = text(400);
const reason = text(1000);
const claimed: Codec<Claimed> = record<Claimed>({
  tty: optional(text(200)),
  pid: integer(0, 2 ** 31),
  parent: text(200),
});

const requestCodec: Codec<Request> = union<"do", Request>("do", {
  verify: record<VerifyRequest>({
    do: oneOf("verify"),
    files: list(path, MAX_FILES),
    package: optional(words),
    release: optional(words),
    signatures: list(path, 64),
    keys: list(path, 64),
    dryRun: boolean,
    offline: boolean,
    gnupgHome: optional(path),
    policyFile: optional(path),
    via: text(40),
    claimed,
  }),
  why: record<WhyRequest>({ do: oneOf("why"), package: words, release: optional(words), prove: boolean }),
  list: record<ListRequest>({
    do: oneOf("list"),
    pattern: optional(words),
    stale: boolean,
    weak: boolean,
    single: boolean,
  }),
  log: record<LogRequest>({ do: oneOf("log"), package: optional(words), since: optional(words) }),
  trust: record<TrustRequest>({
    do: oneOf("trust"),
    package: words,
    fingerprint: words,
    because: reason,
    keys: list(path, 64),
    file: optional(path),
    replaces: optional(words),
    role: optional(oneOf("handover")),
    undoDistrust: boolean,
    until: optional(words),
    gnupgHome: optional(path),
    claimed,
  }),
  distrust: record<DistrustRequest>({
    do: oneOf("distrust"),
    package: words,
    fingerprint: words,
    because: reason,
    since: optional(words),
    claimed,
  }),
  require: record<RequireRequest>({
    do: oneOf("require"),
    package: words,
    because: reason,
    firstUse: optional(words),
    releaseThreshold: optional(integer(1, 100)),
    allow: list(words, 20),
    unsignedOk: list(words, 100),
    noRollback: boolean,
    noHandover: boolean,
    expired: optional(oneOf("decide")),
    claimed,
  }),
  forget: record<ForgetRequest>({ do: oneOf("forget"), package: words, because: reason, claimed }),
  "key-import": record<KeyImportRequest>({ do: oneOf("key-import"), files: list(path, 64), claimed }),
  "key-show": record<KeyShowRequest>({ do: oneOf("key-show"), key: words, file: optional(path) }),
  status: record<StatusRequest>({ do: oneOf("status"), packages: list(words, 1000) }),
  names: record<NamesRequest>({ do: oneOf("names"), prefix: words }),
  "check-store": record<CheckStoreRequest>({ do: oneOf("check-store") }),
  "journal-copy": record<JournalCopyRequest>({ do: oneOf("journal-copy"), target: path }),
});

/** The form of one line from a client. */
export const envelopeCodec: Codec<Envelope> = record<Envelope>({
  v: oneOf(PROTOCOL_VERSION),
  store: optional(path),
  request: requestCodec,
});

/**
 * Reads one line from a client. `JSON.parse` is the only reader of requests there is, so a doubled member name has one
 * meaning: the last.
 *
 * @returns the envelope, or where it is not as it must be.
 */
export function parseEnvelope(line: string): Result<Envelope, CodecError> {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (cause) {
    return err({ path: "", expected: `JSON (${cause instanceof Error ? cause.message.slice(0, 80) : "unreadable"})` });
  }
  return envelopeCodec.parse(json, "");
}
