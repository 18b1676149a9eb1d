export interface Row {
  readonly name: string;
  readonly cells: readonly string[];
}

/** @returns a Markdown table with its columns aligned, so that it reads in a terminal too. */
export function table(columns: readonly string[], rows: readonly Row[]): string {
  const all = [["", ...columns], ...rows.map(({ name, cells }) => [name, ...cells])];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((cells) => cells[column]?.length ?? 0))) ?? [];
  const lines = all.map((cells) => `| ${cells.map((cell, column) => pad(cell, column, widths)).join(" | ")} |`);
  const rule = `| ${widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  return [lines[0], rule, ...lines.slice(1)].join("\n");
}

function pad(cell: string, column: number, widths: readonly number[]): string {
  const width = widths[column] ?? 0;
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}
