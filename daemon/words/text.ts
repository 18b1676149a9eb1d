import { escapeText } from "../core/printable.ts";
import type { TextLine } from "../protocol/answer.ts";
import { shown, under } from "./layout.ts";
import { wholeSentence } from "./outside.ts";
import type { Style } from "./style.ts";

/**
 * @returns where a file was written, or the text itself: line by line as it is and never broken, since commands in it
 * are there to be copied.
 */
export function renderText({ path, text }: TextLine, style: Style): readonly string[] {
  if (path !== undefined) return style.quiet ? [] : under(`wrote ${escapeText(path)}`, style);
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line) => shown(wholeSentence(line), style));
}
