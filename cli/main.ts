import { UsageError } from "../daemon/core/tofu-error.ts";
import { jsonPrinter, type Printer, textPrinter } from "../daemon/words/printer.ts";
import { answer, lineFor, type Work, wantsJson } from "./answer.ts";
import { COMMANDS } from "./commands/all.ts";
import type { Action, Arguments, Command } from "./commands/command.ts";
import { commandHelp, overallHelp } from "./help.ts";
import { parseCommandLine } from "./parse.ts";
import { writeAnswer } from "./pin-file-output.ts";
import { readSettings } from "./settings.ts";
import { styleFor } from "./style.ts";
import type { Settings, World } from "./world.ts";

const FAULT = 1;

/**
 * Runs one command line.
 *
 * @param argv - the words after `tofu`.
 * @returns the exit code (cli.md, exit codes). Faults and wrong use are printed, never thrown.
 */
export async function main(argv: readonly string[], world: World): Promise<number> {
  try {
    const { command, args } = await parseCommandLine(argv, COMMANDS);
    const text = ownAnswer(command, args, world);
    if (text !== undefined) return printText(text, world);
    // parseCommandLine leaves no line without a command but those that ownAnswer knows.
    if (command === undefined) throw new UsageError("say what to do", "tofu help");
    const action = await command.prepare(args, world);
    try {
      return action.kind === "print"
        ? printText(action.text, world)
        : await printWork(action, readSettings(args, world), world);
    } finally {
      if (action.kind === "ask") action.cleanup?.();
    }
  } catch (error) {
    const line = lineFor(error);
    plainPrinter(argv, world).tell(line);
    return line.exit;
  }
}

/** What `--version` and `--help` print; `undefined` where neither was asked for. */
function ownAnswer(command: Command | undefined, args: Arguments, world: World): string | undefined {
  if (args.flag("version")) return `tofu ${world.version}\n`;
  if (!args.flag("help")) return undefined;
  return command === undefined ? overallHelp(COMMANDS) : commandHelp(command);
}

function printText(text: string, { stdout }: World): number {
  stdout.write(text);
  return 0;
}

async function printWork(
  action: Exclude<Action, { kind: "print" }>,
  settings: Settings,
  world: World,
): Promise<number> {
  const exit = await answer(workOf(action, settings, world), settings, world);
  // Without a daemon the question is answered here, so there is always a code.
  return exit ?? FAULT;
}

function workOf(action: Exclude<Action, { kind: "print" }>, settings: Settings, world: World): Work {
  return action.kind === "ask"
    ? {
        request: action.request,
        annotate: action.annotate,
        exit: (tell) => {
          const ask = (told: typeof tell): Promise<number> => world.ask(action.request, settings, told);
          return action.output === undefined ? ask(tell) : writeAnswer(action.output, ask, tell);
        },
      }
    : { request: undefined, annotate: undefined, exit: (tell) => world.run(action.errand, settings, tell) };
}

/** For lines that come before, or in spite of, reading the options. */
function plainPrinter(argv: readonly string[], world: World): Printer {
  if (wantsJson(argv)) return jsonPrinter(world);
  const wish = { color: undefined, verbose: false, quiet: false, at: undefined };
  const style = styleFor(world.stderr, world.env, wish, world.now());
  return textPrinter(world, { stdout: style, stderr: style });
}
