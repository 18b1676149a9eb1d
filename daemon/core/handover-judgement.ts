import type { EventBody, SignedStatement } from "./event.ts";
import type { Signers } from "./handover-signers.ts";
import type { OfferedStatement } from "./offer.ts";
import type { PackageName } from "./package-name.ts";
import type { Pin } from "./pin.ts";
import type { Sha256 } from "./sha256.ts";
import type { UnixMs } from "./time.ts";

/** Everything a judgement about one statement depends on. */
export interface StatementQuestion {
  readonly package: PackageName;
  readonly pin: Pin;
  readonly offer: OfferedStatement;
  readonly now: UnixMs;
  /** What came along; a statement judged by itself came alone. */
  readonly batch?: Batch | undefined;
}

/** Statements that were seen together. */
export interface Batch {
  /** What was in force, or waited, before any of them was seen. */
  readonly seenBefore: ReadonlySet<Sha256>;
  readonly offered: ReadonlySet<Sha256>;
}

export type StatementVerdict =
  | "handover-applied"
  | "handover-recovered"
  | "handover-pending"
  | "handover-contested"
  | "handover-known"
  | "handover-gap"
  | "handover-rejected"
  | "handover-fork"
  | "first-use"
  | "unsupported";

/** What a statement comes to, and the events that say so. */
export interface StatementJudgement {
  readonly verdict: StatementVerdict;
  /** The reason, as rules.md, 3.6, names it: `quorum (1 of 2)`, `possession 135E 14B1 …`, `syntax line 4`. */
  readonly detail: string | undefined;
  readonly events: readonly EventBody[];
  readonly notices: readonly ("signer-expired" | "recovery-dropped" | "trusted-here-only" | "handover-contested")[];
}

/** @returns the statement as events keep it, with those whose signatures counted. */
export function signedStatement({ offer }: StatementQuestion, { counted }: Signers): SignedStatement {
  const { sha256, text, place: from, blocks } = offer;
  return { sha256, text, signers: [...counted], place: from, ...(blocks === undefined ? {} : { blocks }) };
}

/** @returns a refusal with its reason, and the event that says so. */
export function rejected({ offer }: StatementQuestion, detail: string): StatementJudgement {
  const told = offer.fitsOnlyRaw ? `${detail}; a signature fits only the file with CRLF line ends` : detail;
  return {
    verdict: "handover-rejected",
    detail: told,
    events: [{ kind: "handover-refused", sha256: offer.sha256, detail: told, place: offer.place }],
    notices: [],
  };
}

/** @returns the answer to a statement whose predecessors are missing. */
export function gap(detail: string): StatementJudgement {
  return { verdict: "handover-gap", detail, events: [], notices: [] };
}

/** @returns what a statement comes to that is in force already, or was before what this pin knows. */
export function known(): StatementJudgement {
  return { verdict: "handover-known", detail: undefined, events: [], notices: [] };
}
