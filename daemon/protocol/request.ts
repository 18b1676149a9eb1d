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
const MAX_WATCHED = 64;
/** As many digits as `@serial` may have. */
const MAX_SERIAL = 999_999_999_999_999;

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

/** `tofu handover apply|check|show|fetch`: statements from a file, a folder, a clone or a site. */
export interface HandoverRequest {
  readonly do: "handover";
  /** `apply` records; `check` and `show` do not; `fetch` looks where the package's statements are published. */
  readonly action: "apply" | "check" | "show" | "fetch";
  /** A chain file, a folder `tofu-handovers` or a clone that has one, or an https URL; absent: places known of the package. */
  readonly from?: string | undefined;
  readonly package?: string | undefined;
  /** For `check`: a release whose signature the statement must allow. */
  readonly file?: string | undefined;
  readonly release?: string | undefined;
  readonly keys: readonly string[];
  /** `apply`: ends a pending statement's wait. */
  readonly because?: string | undefined;
  readonly offline: boolean;
  readonly gnupgHome?: string | undefined;
  readonly policyFile?: string | undefined;
  readonly claimed: Claimed;
}

/** `tofu handover make`: writes the next statement of a package, and what its signers run. Nothing is recorded. */
export interface HandoverMakeRequest {
  readonly do: "handover-make";
  readonly package: string;
  /** Fingerprint, or fingerprint=roles. */
  readonly add: readonly string[];
  /** Fingerprint=reason, with `@DATE` for a time since when. */
  readonly remove: readonly string[];
  /** OLD=NEW: the new key takes the old one's roles. */
  readonly rotate: readonly string[];
  /** The project changes hands: these keys take every role, all present ones go. */
  readonly handTo: readonly string[];
  readonly recovery: readonly string[];
  readonly dropRecovery: readonly string[];
  readonly releaseThreshold?: number | undefined;
  readonly handoverThreshold?: number | undefined;
  readonly vouch: readonly string[];
  readonly location: readonly string[];
  /** Names the chain speaks for as well. */
  readonly alsoFor: readonly string[];
  readonly notBefore?: string | undefined;
  readonly reason?: string | undefined;
  /** Earlier statements, where this machine's pin does not know them. */
  readonly from?: string | undefined;
  /** Says what expires when, and writes nothing. */
  readonly plan: boolean;
  /** Folder for the statement and the script; absent: `tofu-handovers`. */
  readonly output: string;
  readonly keys: readonly string[];
  readonly gnupgHome?: string | undefined;
  readonly claimed: Claimed;
}

/** `tofu handover request`: the short text that asks upstream for a statement. */
export interface HandoverAskRequest {
  readonly do: "handover-request";
  readonly package: string;
  /** The new signer that upstream should name, where one was seen. */
  readonly fingerprint?: string | undefined;
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

/** A pin file, or pins that another tool keeps. */
export interface PinFileRequest {
  /** A file or, for keys, a folder. */
  readonly file: string;
  /** It is a copy of standard input: nothing can lie beside it. */
  readonly isStdin: boolean;
  /** As the user named it. */
  readonly label: string;
  readonly from: ForeignKind | "known_keys";
  /** Of keys that name none. */
  readonly package?: string | undefined;
  readonly minSerial?: number | undefined;
  readonly keys: readonly string[];
  readonly gnupgHome?: string | undefined;
}

export type ForeignKind = "gradle" | "debian" | "makepkg" | "keys" | "apache-keys" | "gnupg";

/** `tofu import`: takes pins in, after saying what differs. */
export interface ImportRequest extends PinFileRequest {
  readonly do: "import";
  readonly dryRun: boolean;
  readonly preferImported: boolean;
  /** How many signers pinned here the file may stop. */
  readonly acceptRevocations?: number | undefined;
  readonly claimed: Claimed;
}

/** `tofu diff`: my pins against a file's. */
export interface DiffRequest extends PinFileRequest {
  readonly do: "diff";
}

/** `tofu export`: pins as text. */
export interface ExportRequest {
  readonly do: "export";
  readonly pattern?: string | undefined;
  readonly for: "known_keys" | "gradle" | "debian" | "makepkg";
  /** With a header: a serial, an expiry, or because the file is to be signed. */
  readonly header: boolean;
  readonly serial?: number | undefined;
  readonly expires?: string | undefined;
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

const pinFile = {
  file: path,
  isStdin: boolean,
  label: path,
  from: oneOf("known_keys", "gradle", "debian", "makepkg", "keys", "apache-keys", "gnupg"),
  package: optional(words),
  minSerial: optional(integer(0, MAX_SERIAL)),
  keys: list(path, 64),
  gnupgHome: optional(path),
} as const;

const requestCodec: Codec<Request> = union<"do", Request>("do", {
  verify: () =>
    record<VerifyRequest>({
      do: oneOf("verify"),
      files: list(path, MAX_FILES),
      package: optional(words),
      release: optional(words),
      signatures: list(path, 64),
      keys: list(path, 64),
      handover: optional(path),
      dryRun: boolean,
      offline: boolean,
      gnupgHome: optional(path),
      policyFile: optional(path),
      noLinks: optional(boolean),
      from: optional(text(MAX_PATH)),
      stillArriving: optional(boolean),
      via: text(40),
      claimed,
    }),
  why: () =>
    record<WhyRequest>({
      do: oneOf("why"),
      package: words,
      release: optional(words),
      prove: boolean,
      files: optional(list(path, MAX_FILES)),
    }),
  list: () =>
    record<ListRequest>({
      do: oneOf("list"),
      pattern: optional(words),
      stale: boolean,
      weak: boolean,
      single: boolean,
    }),
  log: () =>
    record<LogRequest>({
      do: oneOf("log"),
      package: optional(words),
      since: optional(words),
      follow: optional(boolean),
    }),
  trust: () =>
    record<TrustRequest>({
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
  distrust: () =>
    record<DistrustRequest>({
      do: oneOf("distrust"),
      package: words,
      fingerprint: words,
      because: reason,
      since: optional(words),
      claimed,
    }),
  require: () =>
    record<RequireRequest>({
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
  forget: () => record<ForgetRequest>({ do: oneOf("forget"), package: words, because: reason, claimed }),
  "key-import": () => record<KeyImportRequest>({ do: oneOf("key-import"), files: list(path, 64), claimed }),
  "key-show": () => record<KeyShowRequest>({ do: oneOf("key-show"), key: words, file: optional(path) }),
  status: () => record<StatusRequest>({ do: oneOf("status"), packages: list(words, 1000) }),
  names: () => record<NamesRequest>({ do: oneOf("names"), prefix: words }),
  handover: () =>
    record<HandoverRequest>({
      do: oneOf("handover"),
      action: oneOf("apply", "check", "show", "fetch"),
      from: optional(path),
      package: optional(words),
      file: optional(path),
      release: optional(words),
      keys: list(path, 64),
      because: optional(reason),
      offline: boolean,
      gnupgHome: optional(path),
      policyFile: optional(path),
      claimed,
    }),
  "handover-make": () =>
    record<HandoverMakeRequest>({
      do: oneOf("handover-make"),
      package: words,
      add: list(words, 64),
      remove: list(words, 64),
      rotate: list(words, 64),
      handTo: list(words, 64),
      recovery: list(words, 64),
      dropRecovery: list(words, 64),
      releaseThreshold: optional(integer(1, 64)),
      handoverThreshold: optional(integer(1, 64)),
      vouch: list(path, 1000),
      location: list(words, 16),
      alsoFor: list(words, 16),
      notBefore: optional(words),
      reason: optional(reason),
      from: optional(path),
      plan: boolean,
      output: path,
      keys: list(path, 64),
      gnupgHome: optional(path),
      claimed,
    }),
  "handover-request": () =>
    record<HandoverAskRequest>({
      do: oneOf("handover-request"),
      package: words,
      fingerprint: optional(words),
    }),
  resolve: () =>
    record<ResolveRequest>({ do: oneOf("resolve"), package: words, keep: words, because: reason, claimed }),
  audit: () =>
    record<AuditRequest>({
      do: oneOf("audit"),
      package: optional(words),
      signer: optional(words),
      since: optional(words),
      until: optional(words),
    }),
  watch: () => record<WatchRequest>({ do: oneOf("watch"), folders: list(path, MAX_WATCHED) }),
  "check-store": () => record<CheckStoreRequest>({ do: oneOf("check-store") }),
  "journal-copy": () => record<JournalCopyRequest>({ do: oneOf("journal-copy"), target: path }),
  import: () =>
    record<ImportRequest>({
      do: oneOf("import"),
      ...pinFile,
      dryRun: boolean,
      preferImported: boolean,
      acceptRevocations: optional(integer(0, 1_000_000)),
      claimed,
    }),
  diff: () => record<DiffRequest>({ do: oneOf("diff"), ...pinFile }),
  export: () =>
    record<ExportRequest>({
      do: oneOf("export"),
      pattern: optional(words),
      for: oneOf("known_keys", "gradle", "debian", "makepkg"),
      header: boolean,
      serial: optional(integer(0, MAX_SERIAL)),
      expires: optional(words),
    }),
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
