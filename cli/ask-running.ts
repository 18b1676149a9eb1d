import type { Answer } from "../daemon/protocol/answer.ts";
import { askDaemon } from "../daemon/protocol/client.ts";
import type { Inbox } from "../daemon/protocol/inbox.ts";
import type { Request } from "../daemon/protocol/request.ts";
import type { Settings } from "./world.ts";

/** How long a daemon may take to accept a request before that is a fault; a starting one needs about half a second. */
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Asks the daemon that the settings name.
 *
 * @param begun - as in `DaemonQuestion`.
 * @returns the exit code, or `undefined` where no daemon of this store answers; nothing was told then.
 * @throws TofuError and UsageError as {@link askDaemon}.
 */
export async function askRunning(
  request: Request,
  { daemon, socket, store, storeGiven }: Settings,
  tell: (answer: Answer) => void,
  begun?: Inbox,
): Promise<number | undefined> {
  if (!daemon || socket === undefined) return undefined;
  const named = storeGiven ? store : undefined;
  return askDaemon({ socketPath: socket, store: named, request, tell, connectTimeoutMs: CONNECT_TIMEOUT_MS, begun });
}
