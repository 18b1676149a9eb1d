import type { Answer } from "./answer.ts";
import type { Request } from "./request.ts";

/**
 * One question, its answers one by one, and the exit code: what the server serves and what the command line runs itself
 * where no daemon does. `EndLine` is not told; the exit code stands for it.
 *
 * @throws TofuError for faults and UsageError for wrong use, both before anything was recorded.
 */
export type Ask = (request: Request, tell: (answer: Answer) => void) => Promise<number>;
