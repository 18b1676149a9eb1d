import type { Inbox } from "../daemon/protocol/inbox.ts";
import { answer } from "./answer.ts";
import { askRunning } from "./ask-running.ts";
import { preparePlain } from "./plain.ts";
import type { Terminal } from "./world.ts";

/**
 * Answers a plain question with nothing loaded but what is needed for it: yargs alone takes longer than the daemon, the
 * socket and the printing together (docs/performance.md).
 *
 * @param begun - a connection on which the daemon has accepted this question.
 * @returns the exit code; `undefined` where the line is not plain or no daemon answers. Nothing was printed then, and
 * the whole command line must do it.
 */
export async function answerPlain(
  argv: readonly string[],
  terminal: Terminal,
  begun?: Inbox,
): Promise<number | undefined> {
  const question = await preparePlain(argv, terminal);
  if (question === undefined) return undefined;
  const { request, annotate, settings } = question;
  return answer({ request, annotate, exit: (tell) => askRunning(request, settings, tell, begun) }, settings, terminal);
}
