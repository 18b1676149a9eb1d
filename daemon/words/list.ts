import { columnsOf, printable } from "../core/printable.ts";
import type { PinLine } from "../protocol/answer.ts";
import { shown } from "./layout.ts";
import { day, packagePath } from "./outside.ts";
import type { Style } from "./style.ts";

type Row = readonly [name: string, signers: string, releases: string, last: string, basis: string, state: string];

const HEADER: Row = ["PACKAGE", "SIGNERS", "RELEASES", "LAST", "BASIS", "STATE"];
const MIN_COLUMNS = [14, 7, 8, 10, 13, 0];
const GAP = 2;

/** @returns the table of pins; a name too long for its column stands on a line of its own, never cut. */
export function renderList(pins: readonly PinLine[], style: Style): readonly string[] {
  if (pins.length === 0) return style.quiet ? [] : ["no pins"];
  const rows = [HEADER, ...pins.map(rowOf)].map((row) => row.map((cell) => shown(cell, style)));
  const others = rows.map((row) => row.slice(1));
  const widths = MIN_COLUMNS.slice(1).map((minimum, index) =>
    Math.max(minimum, ...others.map((row) => columnsOf(row[index] ?? ""))),
  );
  const room = style.width - widths.reduce((sum, width) => sum + width + GAP, 0);
  const longest = Math.max(...rows.map(([name = ""]) => columnsOf(name)));
  const first = Math.max(MIN_COLUMNS[0] ?? 0, Math.min(longest, room));
  return rows.flatMap(([name = "", ...cells]) => {
    const rest = cells.map((cell, index) => pad(cell, (widths[index] ?? 0) + GAP)).join("");
    const fits = columnsOf(name) <= first;
    return (fits ? [pad(name, first + GAP) + rest] : [name, pad("", first + GAP) + rest]).map((line) => line.trimEnd());
  });
}

function rowOf({ package: name, signers, releases, last, basis, state }: PinLine): Row {
  const date = last === undefined ? "" : day(last);
  return [packagePath(name), String(signers), String(releases), date, printable(basis, 20), printable(state, 30)];
}

function pad(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - columnsOf(text)));
}
