import type { RecordedLine } from "../protocol/answer.ts";
import { headline, under } from "./layout.ts";
import { commandLine, sentence } from "./outside.ts";
import type { Style } from "./style.ts";

/** @returns what a command of the user's did, or would not do, with its further lines. */
export function renderRecorded(answer: RecordedLine, style: Style): readonly string[] {
  if (answer.class === "ok" && style.quiet) return [];
  const next = answer.next === undefined || answer.next.length === 0 ? [] : [`Next: ${commandLine(answer.next)}`];
  return [
    ...headline(answer.class, sentence(answer.sentence), style),
    ...[...answer.details.map(sentence), ...next].flatMap((line) => under(line, style)),
  ];
}
