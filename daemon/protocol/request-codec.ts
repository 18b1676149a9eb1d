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
import type { HandoverAskRequest, HandoverMakeRequest, HandoverRequest } from "./handover-requests.ts";
import type { DiffRequest, ExportRequest, ImportRequest } from "./pin-file-requests.ts";
import {
  type AuditRequest,
  type CheckStoreRequest,
  type DistrustRequest,
  type Envelope,
  type ForgetRequest,
  type JournalCopyRequest,
  type KeyImportRequest,
  type KeyShowRequest,
  type ListRequest,
  type LogRequest,
  type NamesRequest,
  PROTOCOL_VERSION,
  type Request,
  type RequireRequest,
  type ResolveRequest,
  type StatusRequest,
  type TrustRequest,
  type VerifyRequest,
  type WatchRequest,
  type WhyRequest,
} from "./request.ts";
import type { Show, WordsWish } from "./words-line.ts";

const MAX_FILES = 10_000;
const MAX_PATH = 4096;
const MAX_WATCHED = 64;
/** 9999-12-31T23:59:59.999Z */
const MAX_MS = 253_402_300_799_999;
/** As many digits as `@serial` may have. */
const MAX_SERIAL = 999_999_999_999_999;

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

const show: Codec<Show> = record<Show>({ width: integer(60, 100), color: boolean });

const wishCodec: Codec<WordsWish> = record<WordsWish>({
  build: text(100),
  json: boolean,
  verbose: boolean,
  quiet: boolean,
  unicode: boolean,
  stdout: show,
  stderr: show,
  now: integer(0, MAX_MS),
});

/** The form of one line from a client. */
export const envelopeCodec: Codec<Envelope> = record<Envelope>({
  v: oneOf(PROTOCOL_VERSION),
  store: optional(path),
  request: requestCodec,
  words: optional(wishCodec),
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
