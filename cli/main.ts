import { printable } from "../daemon/core/printable.ts";
import { TofuError, UsageError } from "../daemon/core/tofu-error.ts";
import { type Answer, type FaultLine, SCHEMA_VERSION, type UsageLine } from "../daemon/protocol/answer.ts";
import { COMMANDS } from "./commands/all.ts";
import type { Action, Arguments, Command } from "./commands/command.ts";
import { worstExit } from "./exit-code.ts";
import { commandHelp, overallHelp } from "./help.ts";
import { parseCommandLine } from "./parse.ts";
import { jsonPrinter, type Printer, textPrinter } from "./printer.ts";
import { Progress } from "./progress.ts";
import { readSettings } from "./settings.ts";
import { type Style, styleFor } from "./style.ts";
import type { Output, Settings, World } from "./world.ts";

/** A message that libraries made can be long; what helps stands at its beginning. */
const MESSAGE_COLUMNS = 300;

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
        : await answer(action, readSettings(args, world), world);
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

async function answer(
  action: Exclude<Action, { readonly kind: "print" }>,
  settings: Settings,
  world: World,
): Promise<number> {
  const request = action.kind === "ask" ? action.request : undefined;
  const annotate = action.kind === "ask" ? action.annotate : undefined;
  const outputs = { stdout: world.stdout, stderr: world.stderr, annotate };
  const style = (output: Output): Style => styleFor(output, world.env, settings, world.now());
  const printer = settings.json
    ? jsonPrinter(outputs)
    : textPrinter(outputs, { stdout: style(world.stdout), stderr: style(world.stderr) }, request);
  const progress = new Progress(world.stderr, world.env, world.now);
  // A stream of answers may go on for weeks: only what the end needs is kept of it.
  const exits = new Set<number>();
  const judged = new Set<string>();
  const tell = (line: Answer): void => {
    if (line.type === "end") return;
    if (line.type === "progress") {
      progress.show(line);
      return;
    }
    // A refused statement leaves a file's answer as it is, and of several the request itself knows which one counts.
    if ("exit" in line && line.type !== "handover") exits.add(line.exit);
    if (line.type === "judgement" && request?.do === "verify") judged.add(line.artifact.path);
    progress.erase();
    printer.tell(line);
  };
  const forget = world.onSignal(() => progress.erase());
  try {
    exits.add(
      action.kind === "ask"
        ? await world.ask(action.request, settings, tell)
        : await world.run(action.errand, settings, tell),
    );
    const missing = request?.do === "verify" ? new Set(request.files).size - judged.size : 0;
    if (missing > 0 && worstExit([...exits]) === 0) tell(unanswered(missing));
  } catch (error) {
    tell(lineFor(error));
  } finally {
    forget();
    progress.erase();
    printer.finish();
  }
  return worstExit([...exits]);
}

/** Nothing but 0 lets an installer go on, so 0 is never said about a file that nobody judged. */
function unanswered(missing: number): FaultLine {
  const sentence = `${missing} of the files got no answer; nothing is known about them`;
  return { schemaVersion: SCHEMA_VERSION, type: "fault", code: "protocol", sentence, exit: 1 };
}

/** @returns a thrown error as the answer it is: wrong use, a fault that has a name, or a fault inside tofu. */
export function lineFor(error: unknown): FaultLine | UsageLine {
  if (error instanceof UsageError)
    return { schemaVersion: SCHEMA_VERSION, type: "usage", sentence: error.message, hint: error.hint, exit: 2 };
  const known = error instanceof TofuError;
  const message = printable(error instanceof Error ? error.message : String(error), MESSAGE_COLUMNS);
  return {
    schemaVersion: SCHEMA_VERSION,
    type: "fault",
    code: known ? error.code : "internal",
    sentence: known ? error.message : `tofu failed inside: ${message}`,
    exit: 1,
  };
}

/** For lines that come before, or in spite of, reading the options. */
function plainPrinter(argv: readonly string[], world: World): Printer {
  if (wantsJson(argv)) return jsonPrinter(world);
  const wish = { color: undefined, verbose: false, quiet: false, at: undefined };
  const style = styleFor(world.stderr, world.env, wish, world.now());
  return textPrinter(world, { stdout: style, stderr: style });
}

/** @returns whether the words ask for JSON, even where they can't be read as a whole. */
export function wantsJson(argv: readonly string[]): boolean {
  const dashes = argv.indexOf("--");
  return argv.slice(0, dashes === -1 ? undefined : dashes).includes("--json");
}
