import { columnsOf, printable } from "../../daemon/core/printable.ts";
import type { StatusLine, WaitingLine } from "../../daemon/protocol/answer.ts";
import type { Style } from "../style.ts";
import { labelled, paragraph, shown } from "./layout.ts";
import { commandLine, count, day, sentence } from "./outside.ts";

const INDENT = " ".repeat(12);
const GAP = 2;

/** @returns whether the daemon runs, and what waits for a person, each with its command at the right. */
export function renderStatus(answer: StatusLine, style: Style): readonly string[] {
  const { daemon } = answer;
  const pins = `keeps ${count(answer.packages, "pin")}`;
  const first =
    daemon === undefined
      ? `no tofud answers; the store ${pins}`
      : `tofud runs (pid ${daemon.pid}, since ${day(daemon.since)}), ${pins}`;
  const places = [`store   ${printable(answer.store, 200)}, ${count(answer.events, "event")}`];
  if (daemon !== undefined)
    places.push(`socket  ${printable(daemon.socket, 200)}, version ${printable(daemon.version)}`);
  return [
    ...paragraph(first, style),
    ...(style.verbose ? places.flatMap((place) => paragraph(place, style)) : []),
    ...waiting("you", answer.you, style),
    ...waiting("soon", answer.soon, style),
  ];
}

/** The first line carries how many there are. */
function waiting(word: string, things: readonly WaitingLine[], style: Style): readonly string[] {
  return things.flatMap((thing, index) => {
    const head = index === 0 ? `${word.padEnd(9)}${things.length}  ` : INDENT;
    return withNext(
      labelled(head.padEnd(INDENT.length), sentence(thing.sentence), { indent: INDENT, style }),
      thing,
      style,
    );
  });
}

function withNext(lines: readonly string[], { next }: WaitingLine, style: Style): readonly string[] {
  if (next === undefined || next.length === 0) return lines;
  const command = shown(commandLine(next), style);
  const last = lines.at(-1) ?? "";
  const blanks = style.width - columnsOf(last) - columnsOf(command);
  return blanks >= GAP
    ? [...lines.slice(0, -1), last + " ".repeat(blanks) + command]
    : [...lines, ...labelled(INDENT, command, { indent: INDENT, style })];
}
