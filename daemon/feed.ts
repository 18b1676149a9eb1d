import { TofuError } from "./core/tofu-error.ts";
import type { Answer } from "./protocol/answer.ts";
import type { Listener } from "./protocol/ask.ts";

/** Answers kept for a listener that is slow to read. */
const MAX_BEHIND = 1000;

/** Gives answers to everybody who listens at that time. */
export class Feed {
  readonly #give: Set<(path: string, answer: Answer) => void> = new Set();

  /** @param path - of the file that the answer is about. */
  tell(path: string, answer: Answer): void {
    for (const give of [...this.#give]) give(path, answer);
  }

  /**
   * Tells what comes from now on, until the listener has enough.
   *
   * @throws TofuError `busy` when it is too far behind: what it would miss must not look like silence.
   */
  async follow(
    wanted: (path: string) => boolean,
    tell: (answer: Answer) => void,
    { signal, drained }: { readonly signal: AbortSignal } & Pick<Listener, "drained">,
  ): Promise<void> {
    const behind: Answer[] = [];
    let wake = (): void => undefined;
    const give = (path: string, answer: Answer): void => {
      if (wanted(path) && behind.length <= MAX_BEHIND) behind.push(answer);
      wake();
    };
    const onAbort = (): void => wake();
    this.#give.add(give);
    signal.addEventListener("abort", onAbort);
    try {
      while (!signal.aborted) {
        if (behind.length > MAX_BEHIND) throw new TofuError("busy", "answers come faster than they are read here");
        const answer = behind.shift();
        if (answer === undefined) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          continue;
        }
        tell(answer);
        await drained();
      }
    } finally {
      this.#give.delete(give);
      signal.removeEventListener("abort", onAbort);
    }
  }
}
