import { answer } from "./answer.ts";
import { argumentsOf } from "./arguments.ts";
import { askRunning } from "./ask-running.ts";
import type { Action, Arguments, Command, OptionSpec, OptionSpecs } from "./commands/command.ts";
import { list } from "./commands/list.ts";
import { status } from "./commands/status.ts";
import { verify } from "./commands/verify.ts";
import { why } from "./commands/why.ts";
import { GLOBAL_OPTIONS, readSettings } from "./settings.ts";
import type { Settings, Terminal } from "./world.ts";

/** The commands that scripts and people ask most, each a question that a daemon answers. */
const COMMANDS: readonly Command[] = [verify, why, list, status];

/** What no daemon answers: help, and a store, a clock or settings that are this command's own. */
const ELSEWHERE: ReadonlySet<string> = new Set(["help", "version", "no-daemon", "config", "at"]);

/** A command line that means one thing only. */
export interface Plain {
  readonly command: Command;
  readonly args: Arguments;
}

/**
 * Answers a plain question with nothing loaded but what is needed for it: yargs alone takes longer than the daemon, the
 * socket and the printing together (docs/performance.md).
 *
 * @returns the exit code; `undefined` where the line is not plain or no daemon answers. Nothing was printed then, and
 * the whole command line must do it.
 */
export async function answerPlain(argv: readonly string[], terminal: Terminal): Promise<number | undefined> {
  const question = await prepare(argv, terminal);
  if (question === undefined) return undefined;
  const { request, annotate, settings } = question;
  return answer({ request, annotate, exit: (tell) => askRunning(request, settings, tell) }, settings, terminal);
}

interface Question extends Omit<Extract<Action, { readonly kind: "ask" }>, "kind"> {
  readonly settings: Settings;
}

async function prepare(argv: readonly string[], terminal: Terminal): Promise<Question | undefined> {
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

/** Options begin with a dash; quotes come off at some places; a flag takes the word `true` behind it for its value. */
function isPlainWord(word: string): boolean {
  return word !== "" && !/^["'-]/.test(word) && word !== "true" && word !== "false";
}

function optionOf(word: string, known: OptionSpecs): Option | undefined {
  if (!/^--?[a-z]/.test(word)) return undefined;
  const found = Object.entries(known).find(([name, { alias }]) => word === `--${name}` || word === `-${alias}`);
  return found === undefined ? undefined : { ...found[1], name: found[0] };
}
