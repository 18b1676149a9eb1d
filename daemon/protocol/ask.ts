import type { Answer } from "./answer.ts";
import type { Request } from "./request.ts";

/** What whoever asks can do while answers come: for requests that go on until it has enough. */
export interface Listener {
  /**
   * Listens for the client while it is being answered; only requests that go on call it.
   *
   * @returns what is aborted when the client is gone, says anything more, or the daemon ends.
   */
  readonly untilGone: () => AbortSignal;
  /** @returns what is aborted when the connection is closed: nobody can be told anything any more. */
  readonly gone: () => AbortSignal;
  /** @returns when what was told so far is on its way: a long answer waits for it, and so never piles up. */
  readonly drained: () => Promise<void>;
}

/**
 * One question, its answers one by one, and the exit code: what the server serves and what the command line runs itself
 * where no daemon does. `EndLine` is not told; the exit code stands for it.
 *
 * @throws TofuError for faults and UsageError for wrong use, both before anything was recorded.
 */
export type Ask = (request: Request, tell: (answer: Answer) => void, listener?: Listener) => Promise<number>;
