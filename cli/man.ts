import type { Command, OptionSpecs } from "./commands/command.ts";
import { GLOBAL_OPTIONS } from "./settings.ts";

const EXITS: readonly (readonly [string, string])[] = [
  ["0", "ok: go on"],
  ["1", "fault: tofu itself failed"],
  ["2", "wrong use; nothing was judged"],
  ["3", "decide: a person must look"],
  ["4", "refused on trust"],
  ["5", "refused on evidence"],
  ["6", "unchecked: cannot tell"],
];

/** @returns the manual page tofu(1) in mdoc(7), made of the same definitions as `tofu help`. */
export function tofuManual(commands: readonly Command[], date: string): string {
  return page([
    ".Dd $Mdocdate$".replace("$Mdocdate$", date),
    ".Dt TOFU 1",
    ".Os",
    ".Sh NAME",
    ".Nm tofu",
    ".Nd remember who signed a package, and say when that changes",
    ".Sh SYNOPSIS",
    ".Nm",
    ".Ar command",
    ".Op Ar option ...",
    ".Op Ar operand ...",
    ".Sh DESCRIPTION",
    ".Nm",
    "asks",
    ".Xr tofud 8",
    "where one runs, and else opens the journal itself for one command.",
    ".Ss Commands",
    ".Bl -tag -width Ds",
    ...commands.flatMap(commandItem),
    ".El",
    ".Ss Options of every command",
    ...optionList(GLOBAL_OPTIONS),
    ".Sh ENVIRONMENT",
    ".Bl -tag -width Ds",
    ...item("TOFU_STORE", "the store's folder"),
    ...item("TOFU_CONFIG", "the configuration file"),
    ...item("TOFU_SOCKET", "the daemon's socket"),
    ".El",
    ".Sh EXIT STATUS",
    ".Bl -tag -width Ds",
    ...EXITS.flatMap(([code, meaning]) => item(code, meaning)),
    ".El",
    ".Sh SEE ALSO",
    ".Xr known_keys 5 ,",
    ".Xr tofu-handover 5 ,",
    ".Xr tofud 8",
  ]);
}

/**
 * @param help - what `tofud --help` prints: usage, options and what there is to know, divided by empty lines.
 * @returns the manual page tofud(8) in mdoc(7).
 */
export function tofudManual(help: string, date: string): string {
  const [usage = "", summary = "", ...rest] = help.trim().split(/\n\s*\n/);
  const options = rest.filter((block) => block.startsWith("Options:"));
  const notes = rest.filter((block) => !block.startsWith("Options:"));
  return page([
    `.Dd ${date}`,
    ".Dt TOFUD 8",
    ".Os",
    ".Sh NAME",
    ".Nm tofud",
    ".Nd keep the journal and answer tofu on a Unix socket",
    ".Sh SYNOPSIS",
    ".Nm",
    `.Op Ar ${plain(usage.replace(/^tofud \[|\]$/g, ""))}`,
    ".Sh DESCRIPTION",
    ...sentences(summary),
    ".Ss Options",
    ".Bl -tag -width Ds",
    ...options.flatMap(helpItems),
    ".El",
    ".Ss Notes",
    ...notes.flatMap(sentences),
    ".Sh SEE ALSO",
    ".Xr tofu 1 ,",
    ".Xr systemd.service 5",
  ]);
}

function commandItem({ name, operands, summary, options }: Command): readonly string[] {
  const head = `.It Ic ${plain(name)}${operands === "" ? "" : ` Ar ${plain(operands)}`}`;
  return [head, plain(summary), ...(Object.keys(options).length === 0 ? [] : optionList(options))];
}

function optionList(options: OptionSpecs): readonly string[] {
  const items = Object.entries(options).flatMap(([name, { alias, value, summary }]) => {
    const short = alias === undefined ? "" : `Fl ${alias} , `;
    return [`.It ${short}Fl -${plain(name)}${value === undefined ? "" : ` Ar ${plain(value)}`}`, plain(summary)];
  });
  return [".Bl -tag -width Ds", ...items, ".El"];
}

/** An option of the daemon's help begins with its dashes; what follows on deeper lines belongs to it. */
function helpItems(block: string): readonly string[] {
  const lines = block
    .split("\n")
    .slice(1)
    .join("\n")
    .split(/\n(?=\s{2,6}--)/);
  return lines.flatMap((line) => {
    const [, name = "", text = ""] = /^\s*--([\w-]+)\s+(.*)$/s.exec(line) ?? [];
    return [
      `.It Fl -${plain(name)}`,
      plain(
        text
          .replace(/\s+/g, " ")
          .replace(/ \[(?:string|boolean)\]/, "")
          .trim(),
      ),
    ];
  });
}

function item(name: string, text: string): readonly string[] {
  return [`.It ${plain(name)}`, plain(text)];
}

/** mdoc(7): a new sentence begins a new line. */
function sentences(text: string): readonly string[] {
  return plain(text.replace(/\s+/g, " ").trim()).split(/(?<=[.;]) /);
}

/** Backslashes and dots at a line's beginning are roff's; a bar and brackets among operands are mdoc's delimiters. */
function plain(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("…", " ...")
    .replace(/(?<!\S)([|[\]()]+)(?!\S)/g, "\\&$1")
    .replace(/^\./, "\\&.");
}

function page(lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}
