import { boolean, type Codec, integer, list, oneOf, optional, record, text, union } from "../core/codec.ts";
import {
  type Answer,
  type AuditLine,
  type CertificateLine,
  type ChainLine,
  type CheckLine,
  type EndLine,
  type EventLine,
  type FaultLine,
  type ImportLine,
  MAX_TEXT,
  type NameLine,
  type PinLine,
  type ProgressLine,
  type RecordedLine,
  SCHEMA_VERSION,
  type SignerLine,
  type StatusLine,
  type SubkeyLine,
  type SummaryLine,
  type TextLine,
  type UsageLine,
  type WaitingLine,
  type WatchStateLine,
  type WhyLine,
} from "./answer.ts";
import type { AffectedLine, HandoverLine } from "./handover-line.ts";
import { judgementLineCodec } from "./judgement-line.ts";
import { storyCodec } from "./story-line.ts";

const short = text(2000);
const path = text(4096);
const count = integer(0, Number.MAX_SAFE_INTEGER);
const version = oneOf(SCHEMA_VERSION);
const words = list(short, 64);
const open = { unknown: "drop" } as const;
const replay = optional(boolean);

const affected: Codec<AffectedLine> = record<AffectedLine>(
  { sha256: short, name: short, version: optional(short) },
  open,
);

const waiting: Codec<WaitingLine> = record<WaitingLine>({ sentence: short, next: optional(words) }, open);

const watchState: Codec<WatchStateLine> = record<WatchStateLine>(
  {
    folders: list(path, 1000),
    waiting: list(record({ path, until: short }, open), 1000),
    waitingTotal: count,
    degraded: list(path, 1000),
  },
  open,
);

const signerLine: Codec<SignerLine> = record<SignerLine>(
  {
    signer: short,
    state: oneOf("active", "retired", "revoked", "distrusted", "pending", "contested", "frozen"),
    roles: list(oneOf("release", "handover", "recovery"), 3),
    strength: oneOf("tofu", "imported", "verified"),
    basis: short,
    since: short,
    releases: count,
    days: count,
    first: optional(short),
    last: optional(short),
    cutoff: optional(short),
    reason: optional(short),
    imported: optional(count),
    signedBy: optional(words),
    claims: words,
  },
  open,
);

/** The form of every answer; the JSON Schema in `docs/` is made from it. */
export const answerCodec: Codec<Answer> = union<"type", Answer>("type", {
  judgement: judgementLineCodec,
  summary: () =>
    record<SummaryLine>(
      {
        schemaVersion: version,
        type: oneOf("summary"),
        judged: count,
        ok: count,
        decide: count,
        refused: count,
        unchecked: count,
        faults: count,
        exit: count,
        replay,
      },
      open,
    ),
  why: () =>
    record<WhyLine>(
      {
        schemaVersion: version,
        type: oneOf("why"),
        package: short,
        sentence: short,
        signers: list(signerLine, 10_000),
        threshold: record({ release: count, handover: count }),
        chain: optional(
          record<ChainLine>(
            { seq: count, head: short, recovery: words, pending: optional(short), frozen: boolean, competitors: words },
            open,
          ),
        ),
        requirements: words,
        story: list(storyCodec, 100_000),
        siblings: list(record({ signer: short, packages: list(short, 100_000) }), 10_000),
        replay,
      },
      open,
    ),
  pin: () =>
    record<PinLine>(
      {
        schemaVersion: version,
        type: oneOf("pin"),
        package: short,
        signers: count,
        releases: count,
        last: optional(short),
        basis: short,
        state: short,
        replay,
      },
      open,
    ),
  event: () =>
    record<EventLine>(
      {
        schemaVersion: version,
        type: oneOf("event"),
        position: count,
        package: short,
        n: count,
        at: short,
        actor: short,
        kind: short,
        sentence: short,
        sha256: optional(short),
        replay,
      },
      open,
    ),
  recorded: () =>
    record<RecordedLine>(
      {
        schemaVersion: version,
        type: oneOf("recorded"),
        command: short,
        class: oneOf("ok", "refused", "decide", "unchecked"),
        exit: count,
        package: optional(short),
        signer: optional(short),
        sentence: short,
        details: list(short, 100_000),
        next: optional(words),
        replay,
      },
      open,
    ),
  certificate: () =>
    record<CertificateLine>(
      {
        schemaVersion: version,
        type: oneOf("certificate"),
        signer: short,
        created: short,
        expires: optional(short),
        algorithm: short,
        claims: words,
        subkeys: list(
          record<SubkeyLine>(
            {
              fingerprint: short,
              created: short,
              expires: optional(short),
              signs: boolean,
              revoked: optional(boolean),
            },
            open,
          ),
          1000,
        ),
        revoked: optional(record({ hard: boolean, reason: short, at: short })),
        packages: list(short, 100_000),
        stored: boolean,
        replay,
      },
      open,
    ),
  status: () =>
    record<StatusLine>(
      {
        schemaVersion: version,
        type: oneOf("status"),
        daemon: optional(record({ pid: count, since: short, version: short, socket: path })),
        store: path,
        packages: count,
        events: count,
        watch: optional(watchState),
        you: list(waiting, 100_000),
        soon: list(waiting, 100_000),
        replay,
      },
      open,
    ),
  import: () =>
    record<ImportLine>(
      {
        schemaVersion: version,
        type: oneOf("import"),
        package: short,
        verdict: short,
        also: optional(short),
        detail: optional(short),
        class: oneOf("ok", "decide", "refused"),
        exit: count,
        sentence: short,
        here: list(short, 100_000),
        there: list(short, 100_000),
        facts: list(record({ label: short, text: short }), 1000),
        strength: optional(short),
        signedBy: optional(short),
        recorded: boolean,
        replay,
      },
      open,
    ),
  handover: () =>
    record<HandoverLine>(
      {
        schemaVersion: version,
        type: oneOf("handover"),
        package: optional(short),
        verdict: optional(short),
        detail: optional(short),
        class: oneOf("ok", "refused", "decide", "unchecked"),
        exit: count,
        sha256: short,
        seq: optional(count),
        sentence: short,
        signers: list(record({ signer: short, counts: boolean, why: short }, open), 1000),
        facts: list(record({ label: short, text: short }, open), 10_000),
        notices: words,
        affected: list(affected, 100_000),
        place: path,
        recorded: boolean,
        next: optional(words),
        replay,
      },
      open,
    ),
  text: () =>
    record<TextLine>({ schemaVersion: version, type: oneOf("text"), path: optional(path), text: text(MAX_TEXT) }, open),
  audit: () =>
    record<AuditLine>(
      {
        schemaVersion: version,
        type: oneOf("audit"),
        package: short,
        about: oneOf("file", "statement", "signer", "decision"),
        version: optional(short),
        name: short,
        sha256: optional(short),
        at: short,
        signers: list(short, 1000),
        why: short,
        detail: optional(short),
        source: short,
        replay,
      },
      open,
    ),
  check: () =>
    record<CheckLine>(
      {
        schemaVersion: version,
        type: oneOf("check"),
        check: short,
        class: oneOf("ok", "decide", "refused", "fault"),
        exit: count,
        sentence: path,
        details: list(path, 100_000),
        remedy: optional(path),
      },
      open,
    ),
  name: () => record<NameLine>({ schemaVersion: version, type: oneOf("name"), package: short }, open),
  fault: () =>
    record<FaultLine>(
      {
        schemaVersion: version,
        type: oneOf("fault"),
        code: short,
        sentence: path,
        exit: oneOf(1),
        file: optional(path),
      },
      open,
    ),
  usage: () =>
    record<UsageLine>(
      {
        schemaVersion: version,
        type: oneOf("usage"),
        sentence: path,
        hint: optional(short),
        candidates: optional(list(short, 1000)),
        exit: oneOf(2),
      },
      open,
    ),
  progress: () =>
    record<ProgressLine>(
      { schemaVersion: version, type: oneOf("progress"), file: path, done: count, total: count },
      open,
    ),
  end: () => record<EndLine>({ schemaVersion: version, type: oneOf("end"), exit: count }, open),
});
