import { columnsOf, printable } from "../core/printable.ts";
import type { EventLine } from "../protocol/answer.ts";
import { labelled } from "./layout.ts";
import { day, packagePath, sentence } from "./outside.ts";
import type { Style } from "./style.ts";

const NAME_COLUMNS = 14;
const KIND_COLUMNS = 11;
const INDENT = " ".repeat(12);

/** @returns one event of the journal; a line each as it comes, so nothing waits for the widest. */
export function renderEvent(event: EventLine, style: Style): readonly string[] {
  const name = packagePath(event.package);
  const padded = name + " ".repeat(Math.max(0, NAME_COLUMNS - columnsOf(name)));
  const head = `${day(event.at)}  ${padded}  ${printable(event.kind, 20).padEnd(KIND_COLUMNS)}  `;
  const lines = labelled(head, sentence(event.sentence), { indent: INDENT, style });
  return style.verbose ? [...lines, ...labelled(INDENT, place(event), { indent: INDENT, style })] : lines;
}

/** Where in the journal it stands, and who had it written. */
function place({ position, n, at, actor, sha256 }: EventLine): string {
  const digest = sha256 === undefined ? "" : `, sha256 ${printable(sha256, 64)}`;
  return `number ${position}, ${n} of its package, ${printable(at)}, by ${printable(actor)}${digest}`;
}
