import { printable } from "../core/printable.ts";
import type { FaultLine, UsageLine } from "../protocol/answer.ts";
import { shown, under } from "./layout.ts";
import { wholeSentence } from "./outside.ts";
import { classWord, type Style } from "./style.ts";

/** @returns a fault on one line, however long: it is searched for, and never wears the words of an alarm. */
export function renderFault(answer: FaultLine, style: Style): readonly string[] {
  return [`${classWord("fault", style)} ${shown(wholeSentence(answer.sentence), style)}`];
}

/** @returns wrong use on one line, with what may have been meant below. */
export function renderUsage(answer: UsageLine, style: Style): readonly string[] {
  const hint = answer.hint === undefined ? [] : [wholeSentence(answer.hint)];
  const below = [...hint, ...(answer.candidates ?? []).map((candidate) => printable(candidate))];
  return [
    `${classWord("usage", style)} ${shown(wholeSentence(answer.sentence), style)}`,
    ...below.flatMap((line) => under(line, style)),
  ];
}
