import { columnsOf, printable, printablePath } from "../core/printable.ts";
import { formatTime, parseTime } from "../core/time.ts";
import type { StatusLine, WaitingLine, WatchStateLine } from "../protocol/answer.ts";
import { labelled, paragraph, shown } from "./layout.ts";
import { commandLine, count, day, sentence, wholeSentence } from "./outside.ts";
import type { Style } from "./style.ts";

const INDENT = " ".repeat(12);
const GAP = 2;
const SHORT_LIST = 5;

/** @returns whether the daemon runs, and what waits for a person, each with its command at the right. */
export function renderStatus(answer: StatusLine, style: Style): readonly string[] {
  const { daemon } = answer;
  const pins = `keeps ${count(answer.packages, "pin")}`;
  const watches = answer.watch === undefined ? "" : `watches ${count(answer.watch.folders.length, "folder")}, `;
  const first =
    daemon === undefined
      ? `no tofud answers; the store ${pins}`
      : `tofud runs (pid ${daemon.pid}, since ${day(daemon.since)}), ${watches}${pins}`;
  const places = [`store   ${printable(answer.store, 200)}, ${count(answer.events, "event")}`];
  if (daemon !== undefined)
    places.push(`socket  ${printable(daemon.socket, 200)}, version ${printable(daemon.version)}`);
  return [
    ...paragraph(first, style),
    ...(style.verbose ? places.flatMap((place) => paragraph(place, style)) : []),
    ...(answer.watch === undefined ? [] : watched(answer.watch, style)),
    ...waiting("you", answer.you, style),
    ...waiting("soon", answer.soon, style),
  ];
}

/** What is watched badly comes first; a file that waits is no alarm, only the answer to "why nothing yet?". */
function watched({ folders, waiting: files, waitingTotal, degraded }: WatchStateLine, style: Style): readonly string[] {
  const row = (word: string, text: string): readonly string[] =>
    labelled(word.padEnd(INDENT.length), text, { indent: INDENT, style });
  const named = style.verbose ? folders.flatMap((folder) => row("watched", printable(folder, 200))) : [];
  const shown = style.verbose ? files : files.slice(0, SHORT_LIST);
  const more = waitingTotal - shown.length;
  return [
    ...degraded.flatMap((text) => row("degraded", wholeSentence(text))),
    ...named,
    ...shown.flatMap(({ path, until }) =>
      row("waits", `${printablePath(path)} for its signature, until ${minute(until)}`),
    ),
    ...(more > 0 ? row("waits", `and ${count(more, "more file")}`) : []),
  ];
}

/** Times of a wait lie within hours: day and minute, UTC. */
function minute(text: string): string {
  const time = parseTime(text);
  return time.ok ? `${formatTime(time.value).slice(0, 16).replace("T", " ")} UTC` : printable(text, 20);
}

/** The first line carries how many there are; the commands stand in one column, or each below its sentence. */
function waiting(word: string, things: readonly WaitingLine[], style: Style): readonly string[] {
  const rows = things.map((thing, index) => {
    const head = index === 0 ? `${word.padEnd(9)}${things.length}  ` : INDENT;
    const lines = labelled(head.padEnd(INDENT.length), sentence(thing.sentence), { indent: INDENT, style });
    const { next = [] } = thing;
    return { lines, command: next.length === 0 ? undefined : shown(commandLine(next), style) };
  });
  const withCommand = rows.flatMap(({ lines, command }) => (command === undefined ? [] : [{ lines, command }]));
  const column = GAP + Math.max(0, ...withCommand.map(({ lines }) => columnsOf(lines.at(-1) ?? "")));
  const beside = withCommand.every(({ command }) => column + columnsOf(command) <= style.width);
  return rows.flatMap(({ lines, command }) => {
    if (command === undefined) return lines;
    if (!beside) return [...lines, ...labelled(INDENT, command, { indent: INDENT, style })];
    const last = lines.at(-1) ?? "";
    return [...lines.slice(0, -1), last + " ".repeat(column - columnsOf(last)) + command];
  });
}
