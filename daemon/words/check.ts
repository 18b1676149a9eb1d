import { columnsOf } from "../core/printable.ts";
import type { CheckLine } from "../protocol/answer.ts";
import { headline, shown, under } from "./layout.ts";
import { sentence, wholeSentence } from "./outside.ts";
import type { Style } from "./style.ts";

const GAP = 2;

/** @returns one thing that was looked at, its remedy at the right where there is room, else below. */
export function renderCheck(answer: CheckLine, style: Style): readonly string[] {
  if (answer.class === "ok" && style.quiet) return [];
  const first = headline(answer.class, wholeSentence(answer.sentence), style);
  const details = answer.details.flatMap((detail) => under(sentence(detail), style));
  if (answer.remedy === undefined) return [...first, ...details];
  const remedy = shown(wholeSentence(answer.remedy), style);
  const [line = ""] = first;
  // A coloured class word has the same columns as a plain one.
  const blanks =
    style.width -
    columnsOf(headline(answer.class, wholeSentence(answer.sentence), { ...style, color: false })[0] ?? "") -
    columnsOf(remedy);
  if (first.length === 1 && details.length === 0 && blanks >= GAP) return [line + " ".repeat(blanks) + remedy];
  return [...first, ...details, ...under(remedy, style)];
}
