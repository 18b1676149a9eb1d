import type { SignerState } from "../core/pin.ts";
import type { HandoverLine } from "./handover-line.ts";
import type { JudgementLine } from "./judgement-line.ts";
import type { StoryLine } from "./story-line.ts";

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

/** Longest text of one answer, in UTF-16 units; what is longer comes in several. */
export const MAX_TEXT = 200_000;

/** A text for a person to keep or to send: `handover make`, `handover request`, `export`. */
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
