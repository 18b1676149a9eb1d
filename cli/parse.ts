import yargs, { type Argv, type Options } from "yargs";
import { printable } from "../daemon/core/printable.ts";
import { UsageError } from "../daemon/core/tofu-error.ts";
import { argumentsOf, type Values } from "./arguments.ts";
import type { Arguments, Command, OptionSpec, OptionSpecs } from "./commands/command.ts";
import { nearest } from "./nearest.ts";
import { GLOBAL_OPTIONS } from "./settings.ts";

/** What was typed: a command with its arguments, or none, with the global options alone. */
export interface Parsed {
  readonly command: Command | undefined;
  readonly args: Arguments;
}

/**
 * Splits the words after `tofu`. Every value stays the text it was: no numbers (a fingerprint's groups would lose their
 * zeros), no `--no-X` turned into `X: false` (it would eat `--no-rollback`), and an option takes one value, so that it
 * never swallows the file behind it.
 *
 * @throws UsageError for unknown commands and options, missing values, and a value given twice.
 */
export async function parseCommandLine(argv: readonly string[], commands: readonly Command[]): Promise<Parsed> {
  const dashes = argv.indexOf("--");
  const before = dashes === -1 ? argv : argv.slice(0, dashes);
  const after = dashes === -1 ? [] : argv.slice(dashes + 1);
  refuseInherited(before);
  const { command, values } = await runYargs(before, commands);
  const words = (Array.isArray(values["_"]) ? values["_"] : []).map(String);
  const known = { ...GLOBAL_OPTIONS, ...command?.options };
  refuseUnknown(values, known, command);
  const depth = command === undefined ? 0 : command.name.split(" ").length;
  const args = argumentsOf([...words.slice(depth), ...after], values, known);
  if (command === undefined && !args.flag("help") && !args.flag("version")) refuseCommand(args.words, commands);
  return { command, args };
}

/** yargs keeps options in plain objects, where the names of `Object.prototype` are taken, and has one of its own. */
function refuseInherited(words: readonly string[]): void {
  const name = words
    .map((word) => /^--?(?:no-)?([^=.]+)/.exec(word)?.[1] ?? "")
    .find((found) => found in Object.prototype || found === "get-yargs-completions");
  if (name !== undefined) throw new UsageError(`there is no option --${name}`);
}

async function runYargs(
  words: readonly string[],
  commands: readonly Command[],
): Promise<{ readonly command: Command | undefined; readonly values: Values }> {
  let found: { readonly command: Command | undefined; readonly values: Values } | undefined;
  const take = (command: Command | undefined) => (values: Values) => {
    found = { command, values };
  };
  const parser = yargs([...words])
    .scriptName("tofu")
    .detectLocale(false)
    .exitProcess(false)
    .help(false)
    .version(false)
    .parserConfiguration({
      "boolean-negation": false,
      "camel-case-expansion": false,
      "dot-notation": false,
      "greedy-arrays": false,
      "parse-numbers": false,
      "parse-positional-numbers": false,
    })
    .options(yargsOptions(GLOBAL_OPTIONS))
    .fail((message: string | undefined, error: Error | undefined) => {
      throw usageFrom(message ?? error?.message ?? "");
    })
    .command({ command: "$0", handler: take(undefined) });
  register(parser, commands, take);
  await parser.parseAsync();
  return found ?? { command: undefined, values: { _: [] } };
}

/** Commands of two words hang below their first, which by itself is none. */
function register(
  parser: Argv,
  commands: readonly Command[],
  take: (command: Command | undefined) => (values: Values) => void,
): void {
  const groups = groupByFirst(commands);
  const add = (to: Argv, word: string, command: Command): Argv =>
    to.command({ command: word, builder: (y) => y.options(yargsOptions(command.options)), handler: take(command) });
  for (const [first, members] of groups) {
    const [only] = members;
    if (members.length === 1 && only?.name === first) add(parser, first, only);
    else
      parser.command({
        command: first,
        builder: (y) => members.reduce((to, member) => add(to, member.name.slice(first.length + 1), member), y),
        handler: take(undefined),
      });
  }
}

function groupByFirst(commands: readonly Command[]): Map<string, Command[]> {
  const groups = new Map<string, Command[]>();
  for (const command of commands) {
    const first = command.name.split(" ")[0] ?? "";
    groups.set(first, [...(groups.get(first) ?? []), command]);
  }
  return groups;
}

function yargsOptions(specs: OptionSpecs): Record<string, Options> {
  const one = (spec: OptionSpec): Options => ({
    ...(spec.kind === "flag" ? { type: "boolean" } : { type: "string", requiresArg: true }),
    ...(spec.kind === "texts" ? { array: true } : {}),
    ...(spec.alias === undefined ? {} : { alias: spec.alias }),
  });
  return Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, one(spec)]));
}

/** yargs says what is wrong in a sentence of its own; the only one left here is about a missing value. */
function usageFrom(message: string): UsageError {
  const option = /^Not enough arguments following: (.+)$/.exec(message)?.[1];
  return new UsageError(option === undefined ? printable(message, 200) : `--${option} needs a value`);
}

function refuseUnknown(values: Values, known: OptionSpecs, command: Command | undefined): void {
  const names = Object.keys(known);
  const all = new Set(["_", "$0", "--", ...names, ...Object.values(known).flatMap((spec) => spec.alias ?? [])]);
  const stranger = Object.keys(values).find((name) => !all.has(name));
  if (stranger === undefined) return;
  const dashed = `${stranger.length === 1 ? "-" : "--"}${printable(stranger)}`;
  const near = nearest(stranger, names);
  const where = command === undefined ? "tofu" : `tofu ${command.name}`;
  throw new UsageError(`${where} has no option ${dashed}`, near === undefined ? undefined : `--${near}`);
}

function refuseCommand(words: readonly string[], commands: readonly Command[]): never {
  const [first] = words;
  if (first === undefined) throw new UsageError("say what to do", "tofu help");
  const names = commands.map((command) => command.name);
  const pair = words.slice(0, 2).join(" ");
  const below = names.filter((name) => name.startsWith(`${first} `));
  if (below.length > 0) {
    const near = nearest(pair, below);
    throw new UsageError(
      words.length === 1 ? `tofu ${first} needs a second word` : `there is no tofu ${printable(pair)}`,
      near === undefined ? below.map((name) => `tofu ${name}`).join(", ") : `tofu ${near}`,
    );
  }
  const near = nearest(first, [...names, ...names.map((name) => name.split(" ")[0] ?? "")]);
  throw new UsageError(`there is no tofu ${printable(first)}`, near === undefined ? "tofu help" : `tofu ${near}`);
}
