import type { SummaryLine } from "../protocol/answer.ts";
import { paragraph } from "./layout.ts";
import { count } from "./outside.ts";
import type { Style } from "./style.ts";

/** @returns how several files came out; one file has said so itself, and with `--quiet` good news is none. */
export function renderSummary(answer: SummaryLine, style: Style): readonly string[] {
  const { ok, decide, refused, unchecked, faults } = answer;
  const files = ok + decide + refused + unchecked + faults;
  if (files < 2 || (style.quiet && answer.exit === 0)) return [];
  const parts = (["ok", "refused", "decide", "unchecked"] as const)
    .filter((word) => answer[word] > 0)
    .map((word) => `${answer[word]} ${word}`);
  const all = faults > 0 ? [...parts, count(faults, "fault")] : parts;
  return paragraph(`${count(files, "file")}: ${all.join(", ")}`, style);
}
