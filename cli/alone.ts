import type { Answer, FaultLine, UsageLine } from "../daemon/protocol/answer.ts";
import { answer, lineFor } from "./answer.ts";
import { askHere } from "./ask-here.ts";
import { askRunning } from "./ask-running.ts";
import { preparePlain } from "./plain.ts";
import type { Terminal } from "./world.ts";

/**
 * Answers a plain question in this process, where no daemon does.
 *
 * @returns the exit code; `undefined` where the line is not plain. Nothing was done then.
 */
export async function answerAlone(argv: readonly string[], terminal: Terminal): Promise<number | undefined> {
  const question = await preparePlain(argv, terminal);
  if (question === undefined) return undefined;
  const { request, annotate, settings } = question;
  // Loading this took a while, in which a daemon may have started.
  const exit = async (tell: (answer: Answer) => void): Promise<number> =>
    (await askRunning(request, settings, tell)) ?? askHere(request, settings, terminal.env, tell);
  return answer({ request, annotate, exit }, settings, terminal);
}

/** @returns what is said of an error that {@link answerAlone} did not see: only this copy of the program knows its class. */
export function lastLine(error: unknown): FaultLine | UsageLine {
  return lineFor(error);
}
