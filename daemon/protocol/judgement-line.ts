import { boolean, type Codec, integer, list, oneOf, optional, record, text } from "../core/codec.ts";

/** One judged file, as cli.md's JSON has it. `sentence` is line one of every text, without the class word. */
export interface JudgementLine {
  readonly schemaVersion: 1;
  readonly type: "judgement";
  readonly verdict: string;
  readonly class: "ok" | "decide" | "refused" | "unchecked";
  readonly exit: number;
  /** Why, where a verdict has several reasons: `seed-expired`. */
  readonly reason?: string | undefined;
  readonly package: string;
  readonly version?: string | undefined;
  readonly artifact: { readonly path: string; readonly sha256: string; readonly size: number };
  readonly sentence: string;
  readonly expected: readonly ExpectedLine[];
  readonly got: readonly GotLine[];
  readonly notices: readonly NoticeLine[];
  /** Facts that make a person's own check faster: `certified-by-pinned`, `listed-in-earlier-keyring`, `pinned-elsewhere` … */
  readonly hints: readonly { readonly kind: string; readonly signer: string; readonly detail: string }[];
  readonly handover?: HandoverState | undefined;
  /** What independent sources say of whoever signed; empty where nobody was asked. */
  readonly witnesses: readonly WitnessLine[];
  /** Further facts of this verdict, in words, one a line: what was looked for, which file was seen before. */
  readonly facts: readonly { readonly label: string; readonly text: string }[];
  readonly firstRefusedAt?: string | undefined;
  readonly recorded: boolean;
  readonly next?: readonly string[] | undefined;
  /** A store, policy or socket that is not the default (rules.md, row 75). */
  readonly unusual?: readonly string[] | undefined;
  readonly replay?: boolean | undefined;
}

/** `says`: `new`, a signer of this file; `old`, a pinned one; `other`; `against`, a warning of it; `nothing`. */
export interface WitnessLine {
  readonly kind: string;
  /** What was asked: a tag, a file, a domain. */
  readonly source: string;
  readonly says: string;
  /** It is the one voice of whoever controls it; others beside it have no vote. */
  readonly counted: boolean;
  /** Why it says nothing. */
  readonly silence?: string | undefined;
  readonly checkedAt: string;
}

export interface NoticeLine {
  readonly kind: string;
  readonly detail?: string | undefined;
}

/** What was found where statements are looked for. */
export interface HandoverState {
  readonly state: string;
  readonly detail?: string | undefined;
}

export interface ExpectedLine {
  readonly signer: string;
  readonly releases: number;
  readonly days: number;
  readonly first?: string | undefined;
  readonly last?: string | undefined;
}

export interface GotLine {
  /** Absent where no certificate is at hand; then `names` has what the signature claims. */
  readonly signer?: string | undefined;
  readonly signingKey?: string | undefined;
  readonly names?: string | undefined;
  readonly verified: boolean;
  /** When the signer's key was made. */
  readonly created?: string | undefined;
  readonly signed?: string | undefined;
  readonly claims: readonly string[];
}

const short = text(2000);
const count = integer(0, Number.MAX_SAFE_INTEGER);
const open = { unknown: "drop" } as const;

export const judgementLineCodec: Codec<JudgementLine> = record<JudgementLine>(
  {
    schemaVersion: oneOf(1),
    type: oneOf("judgement"),
    verdict: short,
    class: oneOf("ok", "decide", "refused", "unchecked"),
    exit: count,
    reason: optional(short),
    package: short,
    version: optional(short),
    artifact: record({ path: text(4096), sha256: short, size: count }, open),
    sentence: short,
    expected: list(
      record<ExpectedLine>(
        { signer: short, releases: count, days: count, first: optional(short), last: optional(short) },
        open,
      ),
      10_000,
    ),
    got: list(
      record<GotLine>(
        {
          signer: optional(short),
          signingKey: optional(short),
          names: optional(short),
          verified: boolean,
          created: optional(short),
          signed: optional(short),
          claims: list(short, 64),
        },
        open,
      ),
      1000,
    ),
    notices: list(record<NoticeLine>({ kind: short, detail: optional(short) }, open), 100),
    hints: list(record({ kind: short, signer: short, detail: short }, open), 100),
    handover: optional(record<HandoverState>({ state: short, detail: optional(short) }, open)),
    witnesses: list(
      record<WitnessLine>(
        { kind: short, source: short, says: short, counted: boolean, silence: optional(short), checkedAt: short },
        open,
      ),
      100,
    ),
    facts: list(record({ label: short, text: short }, open), 100),
    firstRefusedAt: optional(short),
    recorded: boolean,
    next: optional(list(short, 64)),
    unusual: optional(list(short, 10)),
    replay: optional(boolean),
  },
  open,
);
