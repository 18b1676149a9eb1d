import { execFile } from "node:child_process";
import { printable } from "../core/printable.ts";

/** A refused event, as the desktop is told of it. */
export interface Refusal {
  /** What makes two tellings the same event. */
  readonly key: string;
  readonly sentence: string;
}

export interface NotifierOptions {
  readonly env: NodeJS.ProcessEnv;
  /** At most so many in a window; what is over that is told in one sentence when the window ends. */
  readonly maxInWindow: number;
  readonly windowMs: number;
  /** Why one could not be shown; the error's code. */
  readonly onFailure: (code: string) => void;
}

export const NOTIFY_BOUNDS = { maxInWindow: 5, windowMs: 60_000 } as const;

const TOLD_MAX = 10_000;
/** A notification server that does not answer must not collect our children. */
const CHILD_TIMEOUT_MS = 5000;
/** Two lines of a common desktop. */
const SENTENCE_COLUMNS = 200;

/**
 * Shows refused events on the desktop, through notify-send(1) where there is one. Nothing else is ever shown, and no
 * event twice. A failure is told to `onFailure` and changes nothing: what was refused stays so.
 */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #told: Set<string> = new Set();
  readonly #running: Set<Promise<void>> = new Set();
  #inWindow = 0;
  #over = 0;
  #window: NodeJS.Timeout | undefined;

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  refused({ key, sentence }: Refusal): void {
    if (this.#told.has(key)) return;
    this.#told.add(key);
    for (const oldest of this.#told) {
      if (this.#told.size <= TOLD_MAX) break;
      this.#told.delete(oldest);
    }
    if (this.#inWindow >= this.#options.maxInWindow) this.#over += 1;
    else this.#show(sentence);
  }

  /** Ends after what is being shown. */
  async close(): Promise<void> {
    clearTimeout(this.#window);
    this.#window = undefined;
    await Promise.all(this.#running);
  }

  #show(sentence: string): void {
    this.#inWindow += 1;
    this.#window ??= setTimeout(() => this.#nextWindow(), this.#options.windowMs);
    const shown = this.#send(sentence).finally(() => this.#running.delete(shown));
    this.#running.add(shown);
  }

  #nextWindow(): void {
    this.#window = undefined;
    this.#inWindow = 0;
    const over = this.#over;
    this.#over = 0;
    if (over > 0) this.#show(`${over} more ${over === 1 ? "file was" : "files were"} refused; tofu status lists them`);
  }

  #send(sentence: string): Promise<void> {
    const words = ["--app-name=tofu", "--urgency=critical", "--", "tofu refused a file", bodyOf(sentence)];
    const options = { env: this.#options.env, timeout: CHILD_TIMEOUT_MS };
    return new Promise((resolve) => {
      execFile("notify-send", words, options, (error) => {
        if (error !== null) this.#options.onFailure(String(error.code ?? error.signal ?? error.name));
        resolve();
      });
    });
  }
}

/**
 * The body of a notification is markup (Desktop Notifications Specification 1.2, section 4), and notify-send(1) reads
 * backslash escapes in it. The sentence is escaped for a terminal already; here it is only kept from being either.
 */
function bodyOf(sentence: string): string {
  const line = printable(sentence, SENTENCE_COLUMNS).replaceAll("\\\\", "\\");
  return line.replaceAll("\\", "\\\\").replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
