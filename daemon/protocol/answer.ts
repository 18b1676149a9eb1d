import { boolean, type Codec, integer, list, oneOf, optional, record, text, union } from "../core/codec.ts";
import type { SignerState } from "../core/pin.ts";
import type { JudgementLine } from "./judgement-line.ts";
import { judgementLineCodec } from "./judgement-line.ts";
import { type StoryLine, storyCodec } from "./story-line.ts";

/** Version of the JSON that `--json` prints and the socket carries. Within one version fields may be added. */
export const SCHEMA_VERSION = 1;

/**
 * What tofu answers, one JSON object a line: the same objects over the socket and from `--json`. Texts in them are raw;
 * whoever prints them escapes them. Times are UTC texts, absent is absent.
 */
export type Answer =
  | JudgementLine
  | SummaryLine
  | WhyLine
  | PinLine
  | EventLine
  | RecordedLine
  | CertificateLine
  | StatusLine
  | CheckLine
  | NameLine
  | HandoverLine
  | ImportLine
  | TextLine
  | AuditLine
  | FaultLine
  | UsageLine
  | ProgressLine
  | EndLine;

/** Closes `verify`. */
export interface SummaryLine {
  readonly schemaVersion: 1;
  readonly type: "summary";
  readonly judged: number;
  readonly ok: number;
  readonly decide: number;
  readonly refused: number;
  readonly unchecked: number;
  readonly faults: number;
  readonly exit: number;
  readonly replay?: boolean | undefined;
}

/** One signer of a pin. */
export interface SignerLine {
  readonly signer: string;
  readonly state: SignerState;
  readonly roles: readonly ("release" | "handover" | "recovery")[];
  readonly strength: "tofu" | "imported" | "verified";
  readonly basis: string;
  readonly since: string;
  readonly releases: number;
  readonly days: number;
  readonly first?: string | undefined;
  readonly last?: string | undefined;
  readonly cutoff?: string | undefined;
  readonly reason?: string | undefined;
  /** Releases that pin files tell of, apart from those seen here. */
  readonly imported?: number | undefined;
  /** Whose signed pin files name it, of those whom the settings name. */
  readonly signedBy?: readonly string[] | undefined;
  readonly claims: readonly string[];
}

/** `tofu why`. */
export interface WhyLine {
  readonly schemaVersion: 1;
  readonly type: "why";
  readonly package: string;
  /** Line one: what is pinned, in words. */
  readonly sentence: string;
  readonly signers: readonly SignerLine[];
  readonly threshold: { readonly release: number; readonly handover: number };
  /** The package's statements: how many are in force, the newest, its recovery keys, what waits or disagrees. */
  readonly chain?: ChainLine | undefined;
  readonly requirements: readonly string[];
  readonly story: readonly StoryLine[];
  /** Other packages with the same signer. */
  readonly siblings: readonly { readonly signer: string; readonly packages: readonly string[] }[];
  readonly replay?: boolean | undefined;
}

export interface ChainLine {
  readonly seq: number;
  readonly head: string;
  readonly recovery: readonly string[];
  readonly pending?: string | undefined;
  readonly frozen: boolean;
  readonly competitors: readonly string[];
}

/** One row of `tofu list`. */
export interface PinLine {
  readonly schemaVersion: 1;
  readonly type: "pin";
  readonly package: string;
  readonly signers: number;
  readonly releases: number;
  readonly last?: string | undefined;
  readonly basis: string;
  readonly state: string;
  readonly replay?: boolean | undefined;
}

/** One row of `tofu log`. */
export interface EventLine {
  readonly schemaVersion: 1;
  readonly type: "event";
  readonly position: number;
  readonly package: string;
  readonly n: number;
  readonly at: string;
  readonly actor: string;
  readonly kind: string;
  readonly sentence: string;
  readonly sha256?: string | undefined;
  readonly replay?: boolean | undefined;
}

/** What `trust`, `distrust`, `require`, `forget` and `key import` did, or would not do. */
export interface RecordedLine {
  readonly schemaVersion: 1;
  readonly type: "recorded";
  readonly command: string;
  readonly class: "ok" | "refused" | "decide" | "unchecked";
  readonly exit: number;
  readonly package?: string | undefined;
  readonly signer?: string | undefined;
  readonly sentence: string;
  /** Further lines, indented under the first. */
  readonly details: readonly string[];
  readonly next?: readonly string[] | undefined;
  readonly replay?: boolean | undefined;
}

/** One package of a pin file: what it comes to here (`tofu import`), or how the two differ (`tofu diff`). */
export interface ImportLine {
  readonly schemaVersion: 1;
  readonly type: "import";
  readonly package: string;
  readonly verdict: string;
  /** What else is so: a conflict of signers does not hide that the bytes differ too. */
  readonly also?: string | undefined;
  readonly detail?: string | undefined;
  readonly class: "ok" | "decide" | "refused";
  readonly exit: number;
  readonly sentence: string;
  /** Active signers that only one side has. */
  readonly here: readonly string[];
  readonly there: readonly string[];
  readonly facts: readonly { readonly label: string; readonly text: string }[];
  /** How strongly its signers are pinned, where it was taken. */
  readonly strength?: string | undefined;
  /** Whose signature on the file counted. */
  readonly signedBy?: string | undefined;
  readonly recorded: boolean;
  readonly replay?: boolean | undefined;
}

/** `tofu key show`. */
export interface CertificateLine {
  readonly schemaVersion: 1;
  readonly type: "certificate";
  readonly signer: string;
  readonly created: string;
  readonly expires?: string | undefined;
  readonly algorithm: string;
  readonly claims: readonly string[];
  readonly subkeys: readonly SubkeyLine[];
  readonly revoked?: { readonly hard: boolean; readonly reason: string; readonly at: string } | undefined;
  /** Packages pinned to it here. */
  readonly packages: readonly string[];
  readonly stored: boolean;
  readonly replay?: boolean | undefined;
}

export interface SubkeyLine {
  readonly fingerprint: string;
  readonly created: string;
  readonly expires?: string | undefined;
  readonly signs: boolean;
  readonly revoked?: boolean | undefined;
}

/** `tofu status`. */
export interface StatusLine {
  readonly schemaVersion: 1;
  readonly type: "status";
  readonly daemon?:
    | { readonly pid: number; readonly since: string; readonly version: string; readonly socket: string }
    | undefined;
  readonly store: string;
  readonly packages: number;
  readonly events: number;
  /** Only from a daemon. */
  readonly watch?: WatchStateLine | undefined;
  /** What waits for a person. */
  readonly you: readonly WaitingLine[];
  readonly soon: readonly WaitingLine[];
  readonly replay?: boolean | undefined;
}

/** What a daemon watches. */
export interface WatchStateLine {
  readonly folders: readonly string[];
  /** The first of the artifacts that wait for their signature; `until` they are no alarm and nothing is recorded. */
  readonly waiting: readonly { readonly path: string; readonly until: string }[];
  readonly waitingTotal: number;
  /** What is watched less well than it should be, and why, in sentences. */
  readonly degraded: readonly string[];
}

/** One line of `tofu doctor`: one thing that was looked at, and the one remedy where it is not as it should be. */
export interface CheckLine {
  readonly schemaVersion: 1;
  readonly type: "check";
  /** What was looked at, for programs: `node`, `journal`, `socket`. */
  readonly check: string;
  readonly class: "ok" | "decide" | "refused" | "fault";
  readonly exit: number;
  readonly sentence: string;
  /** Further lines, indented under the first. */
  readonly details: readonly string[];
  /** A command or an instruction. */
  readonly remedy?: string | undefined;
}

/** One thing that waits for a person, or soon will. */
export interface WaitingLine {
  readonly sentence: string;
  readonly next?: readonly string[] | undefined;
}

export interface NameLine {
  readonly schemaVersion: 1;
  readonly type: "name";
  readonly package: string;
}

/** One statement, judged or only shown (`tofu handover apply|check|show|fetch`, and `verify` where some lay beside). */
export interface HandoverLine {
  readonly schemaVersion: 1;
  readonly type: "handover";
  readonly package?: string | undefined;
  /** Absent where a statement is only shown. */
  readonly verdict?: string | undefined;
  readonly detail?: string | undefined;
  readonly class: "ok" | "refused" | "decide" | "unchecked";
  readonly exit: number;
  readonly sha256: string;
  readonly seq?: number | undefined;
  readonly sentence: string;
  /** Who signed it, and whether that counts: a fingerprint and a word each. */
  readonly signers: readonly { readonly signer: string; readonly counts: boolean; readonly why: string }[];
  readonly facts: readonly { readonly label: string; readonly text: string }[];
  readonly notices: readonly string[];
  /** Files accepted under a branch that this statement undid: digests with their names. */
  readonly affected: readonly AffectedLine[];
  readonly place: string;
  readonly recorded: boolean;
  readonly next?: readonly string[] | undefined;
  readonly replay?: boolean | undefined;
}

export interface AffectedLine {
  readonly sha256: string;
  readonly name: string;
  readonly version?: string | undefined;
}

/** A text for a person to keep or to send: `handover make`, `handover request`. */
export interface TextLine {
  readonly schemaVersion: 1;
  readonly type: "text";
  /** What was written where; absent: the text is the answer itself. */
  readonly path?: string | undefined;
  readonly text: string;
}

/** One file, statement, pinned signer or decision that rests on what was asked about (`tofu audit`). */
export interface AuditLine {
  readonly schemaVersion: 1;
  readonly type: "audit";
  /** `*` for a decision about the whole machine. */
  readonly package: string;
  readonly about: "file" | "statement" | "signer" | "decision";
  readonly version?: string | undefined;
  readonly name: string;
  /** Of the file, or of the statement. */
  readonly sha256?: string | undefined;
  /** When it was first seen here. */
  readonly at: string;
  readonly signers: readonly string[];
  /** Why it is listed: `signed`, `undone`, `refused`, `statement`, `after-since` …; see `AuditWhy`. */
  readonly why: string;
  /** The verdict of a refusal, the reason of a decision. */
  readonly detail?: string | undefined;
  readonly source: string;
  readonly replay?: boolean | undefined;
}

/** tofu broke; nothing was judged, or nothing recorded. */
export interface FaultLine {
  readonly schemaVersion: 1;
  readonly type: "fault";
  readonly code: string;
  readonly sentence: string;
  readonly exit: 1;
  readonly file?: string | undefined;
}

/** Wrong use; nothing was judged. */
export interface UsageLine {
  readonly schemaVersion: 1;
  readonly type: "usage";
  readonly sentence: string;
  readonly hint?: string | undefined;
  readonly candidates?: readonly string[] | undefined;
  readonly exit: 2;
}

/** Bytes hashed so far; only over the socket, never printed as an answer. */
export interface ProgressLine {
  readonly schemaVersion: 1;
  readonly type: "progress";
  readonly file: string;
  readonly done: number;
  readonly total: number;
}

/** The last line to every request; never printed. */
export interface EndLine {
  readonly schemaVersion: 1;
  readonly type: "end";
  readonly exit: number;
}

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
    record<TextLine>({ schemaVersion: version, type: oneOf("text"), path: optional(path), text: text(200_000) }, open),
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
