import { statementRuling } from "../core/handover-words.ts";
import { sha256OfBytes } from "../evidence/digest-lanes.ts";
import type { FoundChain } from "../evidence/statement-gathering.ts";
import { SCHEMA_VERSION } from "../protocol/answer.ts";
import type { HandoverLine } from "../protocol/handover-line.ts";
import type { OfferedHere } from "./chains.ts";
import type { ChainContext } from "./handover-answer.ts";

/** @returns the exit code of the last statement, but a refusal's that nothing after it made up for. */
export function exitOf(lines: readonly Pick<HandoverLine, "exit" | "verdict">[]): number {
  const last = lines.at(-1)?.exit ?? 0;
  const refusedAt = lines.findLastIndex(({ exit }) => exit === 4);
  if (refusedAt < 0) return last;
  const isMadeUp = lines.slice(refusedAt + 1).some(({ verdict }) => MADE_UP.has(verdict ?? ""));
  return isMadeUp ? last : 4;
}

const MADE_UP: ReadonlySet<string> = new Set(["handover-applied", "handover-recovered", "first-use"]);

/** A file that is no chain at all, or breaks off, is told too (rules.md, row 50). */
export function withFault(
  lines: readonly HandoverLine[],
  { chain, fault }: OfferedHere,
  context: ChainContext,
  found: readonly FoundChain[],
): readonly HandoverLine[] {
  const last = lines.at(-1);
  if (last !== undefined) {
    if (!chain.isCut) return lines;
    return [...lines.slice(0, -1), { ...last, notices: [...last.notices, "chain-ignored"] }];
  }
  const [first] = found;
  if (first === undefined || fault === undefined) return [];
  return [noChainLine(first, fault.line, context)];
}

function noChainLine(
  { bytes, place }: FoundChain,
  line: number,
  { package: name, replay }: ChainContext,
): HandoverLine {
  return {
    schemaVersion: SCHEMA_VERSION,
    type: "handover",
    package: name,
    verdict: "handover-rejected",
    detail: `syntax line ${line}`,
    ...statementRuling("handover-rejected"),
    sha256: sha256OfBytes(bytes),
    sentence: `no statement can be read: line ${line} begins none`,
    signers: [],
    facts: [{ label: "from", text: place }],
    notices: [],
    affected: [],
    place,
    recorded: false,
    ...(replay ? { replay } : {}),
  };
}
