import { argumentsOf } from "./arguments.ts";
import type { Action, Arguments, Command, OptionSpec, OptionSpecs } from "./commands/command.ts";
import { list } from "./commands/list.ts";
import { status } from "./commands/status.ts";
import { verify } from "./commands/verify.ts";
import { why } from "./commands/why.ts";
import { isPlainWord } from "./glance.ts";
import { GLOBAL_OPTIONS, readSettings } from "./settings.ts";
import type { Settings, Terminal } from "./world.ts";

/** The commands that scripts and people ask most, each a question that a daemon answers. */
const COMMANDS: readonly Command[] = [verify, why, list, status];

/** What is no question. */
const ELSEWHERE: ReadonlySet<string> = new Set(["help", "version"]);

/** A command line that means one thing only. */
export interface Plain {
  readonly command: Command;
  readonly args: Arguments;
}

/** A plain line as the question it is, with the settings that it is asked under. */
export interface Question extends Omit<Extract<Action, { readonly kind: "ask" }>, "kind"> {
  readonly settings: Settings;
}

/** @returns the question; `undefined` where the line is not plain, or something is wrong with it. */
export async function preparePlain(argv: readonly string[], terminal: Terminal): Promise<Question | undefined> {
  const plain = readPlain(argv);
  if (plain === undefined) return undefined;
  try {
    const settings = readSettings(plain.args, terminal);
    const action = await plain.command.prepare(plain.args, terminal);
    return action.kind === "ask" ? { ...action, settings } : undefined;
  } catch {
    // What is wrong is found again by the whole command line, which has the words for it.
    return undefined;
  }
}

/**
 * Reads the lines that need no parser: a command first, then words and options in full, values as words of their own,
 * nothing twice. It may refuse any line, and must read those it takes as {@link parseCommandLine} does; a test holds the
 * two against each other.
 *
 * @returns the command and what goes with it; `undefined` for every line that could mean something else.
 */
export function readPlain(argv: readonly string[]): Plain | undefined {
  const [name, ...rest] = argv;
  const command = COMMANDS.find((known) => known.name === name);
  if (command === undefined) return undefined;
  const known = { ...GLOBAL_OPTIONS, ...command.options };
  const words: string[] = [];
  const values = new Map<string, readonly string[]>();
  for (let at = 0; at < rest.length; ) {
    const word = rest[at] ?? "";
    const option = optionOf(word, known);
    if (option === undefined) {
      if (!isPlainWord(word)) return undefined;
      words.push(word);
      at += 1;
      continue;
    }
    const value = takenBy(option, rest[at + 1]);
    const before = values.get(option.name) ?? [];
    if (value === undefined || (before.length > 0 && option.kind !== "texts")) return undefined;
    values.set(option.name, [...before, value]);
    at += option.kind === "flag" ? 1 : 2;
  }
  return { command, args: argumentsOf(words, Object.fromEntries(values), known) };
}

type Option = OptionSpec & { readonly name: string };

function takenBy({ name, kind, choices }: Option, next: string | undefined): string | undefined {
  if (ELSEWHERE.has(name)) return undefined;
  if (kind === "flag") return "true";
  if (next === undefined || !isPlainWord(next)) return undefined;
  return choices === undefined || choices.includes(next) ? next : undefined;
}

function optionOf(word: string, known: OptionSpecs): Option | undefined {
  if (!/^--?[a-z]/.test(word)) return undefined;
  const found = Object.entries(known).find(([name, { alias }]) => word === `--${name}` || word === `-${alias}`);
  return found === undefined ? undefined : { ...found[1], name: found[0] };
}
