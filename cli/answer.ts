import { printable } from "../daemon/core/printable.ts";
import { TofuError, UsageError } from "../daemon/core/tofu-error.ts";
import { type Answer, type FaultLine, SCHEMA_VERSION, type UsageLine } from "../daemon/protocol/answer.ts";
import type { Request } from "../daemon/protocol/request.ts";
import type { Action } from "./commands/command.ts";
import { worstExit } from "./exit-code.ts";
import { jsonPrinter, textPrinter } from "./printer.ts";
import { Progress } from "./progress.ts";
import { type Style, styleFor } from "./style.ts";
import type { Output, Settings, Terminal } from "./world.ts";

/** A message that libraries made can be long; what helps stands at its beginning. */
const MESSAGE_COLUMNS = 300;

/** What is done, and how; `exit` is the code that comes of it, `undefined` where nobody was there to do it. */
export interface Work {
  /** The question, where it is one. */
  readonly request: Request | undefined;
  readonly annotate: Extract<Action, { readonly kind: "ask" }>["annotate"];
  readonly exit: (tell: (answer: Answer) => void) => Promise<number | undefined>;
}

/**
 * Prints what is answered, as it comes.
 *
 * @returns the exit code: the worst of the answers. `undefined` where nobody was there to answer; nothing is printed then.
 */
export async function answer(work: Work, settings: Settings, world: Terminal): Promise<number | undefined> {
  const { request, annotate } = work;
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
    const exit = await work.exit(tell);
    if (exit === undefined) return undefined;
    exits.add(exit);
    const missing = request?.do === "verify" ? new Set(request.files).size - judged.size : 0;
    if (missing > 0 && worstExit([...exits]) === 0) tell(unanswered(missing));
  } catch (error) {
    tell(lineFor(error));
  } finally {
    forget();
    progress.erase();
  }
  printer.finish();
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

/** @returns whether the words ask for JSON, even where they can't be read as a whole. */
export function wantsJson(argv: readonly string[]): boolean {
  const dashes = argv.indexOf("--");
  return argv.slice(0, dashes === -1 ? undefined : dashes).includes("--json");
}
