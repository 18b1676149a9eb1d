import { printable } from "../daemon/core/printable.ts";
import { TofuError, UsageError } from "../daemon/core/tofu-error.ts";
import { type Answer, type FaultLine, SCHEMA_VERSION, type UsageLine } from "../daemon/protocol/answer.ts";
import type { Request } from "../daemon/protocol/request.ts";
import { openTelling } from "../daemon/words/telling.ts";
import type { Action } from "./commands/command.ts";
import { Progress } from "./progress.ts";
import { mannerOf } from "./style.ts";
import type { Settings, Terminal } from "./world.ts";

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
  const { stdout, stderr } = world;
  const telling = openTelling(work.request, mannerOf(settings, world), { stdout, stderr, annotate: work.annotate });
  const progress = new Progress(world.stderr, world.env, world.now);
  const tell = (line: Answer): void => {
    if (line.type === "progress") progress.show(line);
    else if (line.type !== "end") {
      progress.erase();
      telling.tell(line);
    }
  };
  const forget = world.onSignal(() => progress.erase());
  try {
    const exit = await work.exit(tell);
    if (exit === undefined) return undefined;
    progress.erase();
    telling.answered(exit);
  } catch (error) {
    tell(lineFor(error));
  } finally {
    forget();
    progress.erase();
  }
  return telling.finish();
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
