import type { Command, OptionSpecs } from "./commands/command.ts";
import { GLOBAL_OPTIONS } from "./settings.ts";

const NAME_COLUMNS = 26;
const MAX_COLUMNS = 80;
const INDENT = 2;

/** @returns what `tofu help` prints: every command and every global option, one line each. */
export function overallHelp(commands: readonly Command[]): string {
  return [
    "tofu remembers who signed a package, and says when that changes.",
    "",
    "tofu COMMAND …",
    ...commands.map((command) => row(`${command.name} ${firstOperand(command)}`.trim(), command.summary)),
    "",
    "every command takes",
    ...optionRows(GLOBAL_OPTIONS),
    "",
    "exit codes",
    row("0", "ok"),
    row("1", "fault: tofu itself failed"),
    row("2", "wrong use; nothing was judged"),
    row("3", "decide: a person must look"),
    row("4, 5", "refused: on trust, on evidence"),
    row("6", "unchecked: cannot tell"),
    "",
  ].join("\n");
}

/** @returns what `tofu COMMAND --help` prints. */
export function commandHelp(command: Command): string {
  const options = Object.keys(command.options).length > 0 ? ["", ...optionRows(command.options)] : [];
  const usage = `tofu ${command.name} ${command.operands}`.trimEnd();
  const examples = ["", "for example", ...command.examples.flatMap(exampleLines)];
  const end = ["", "tofu help lists the options of every command.", ""];
  return [usage, `  ${command.summary}`, ...options, ...examples, ...end].join("\n");
}

/** A long one goes on in a second line, as a shell takes it. */
function exampleLines(example: string): readonly string[] {
  const at = example.indexOf(" --because");
  return example.length + INDENT <= MAX_COLUMNS || at === -1
    ? [`  ${example}`]
    : [`  ${example.slice(0, at)} \\`, `   ${example.slice(at)}`];
}

/** The operands without the options that the command's own help explains. */
function firstOperand(command: Command): string {
  return command.operands.replace(/ --.*$/, "");
}

function optionRows(options: OptionSpecs): readonly string[] {
  return Object.entries(options).map(([name, spec]) => {
    const alias = spec.alias === undefined ? "" : `-${spec.alias}, `;
    const value = spec.value === undefined ? "" : ` ${spec.value}`;
    return row(`${alias}--${name}${value}${spec.kind === "texts" ? " …" : ""}`, spec.summary);
  });
}

/** A long name stands on a line of its own, so that nothing is wider than 80 columns. */
function row(name: string, summary: string): string {
  return name.length < NAME_COLUMNS
    ? `  ${name.padEnd(NAME_COLUMNS)}${summary}`
    : `  ${name}\n  ${" ".repeat(NAME_COLUMNS)}${summary}`;
}
