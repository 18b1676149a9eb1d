import type { Journal } from "./journal/journal.ts";
import { passingOn } from "./journal/passing-on.ts";

/** Tells those who wait that something was appended; what it was they read from the journal. */
export class Appends {
  readonly #waiting: Set<() => void> = new Set();

  announce(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /** Resolves at the next append, or when the signal is aborted. */
  next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener("abort", wake);
      if (signal.aborted) wake();
    });
  }
}

/** @returns the journal, with every append announced once it is on disk. */
export function announcing(journal: Journal, appends: Appends): Journal {
  return {
    ...passingOn(journal),
    append: async (append) => {
      const appended = await journal.append(append);
      if (appended.kind === "appended") appends.announce();
      return appended;
    },
    appendTogether: async (together) => {
      const appended = await journal.appendTogether(together);
      if (appended[0]?.kind === "appended") appends.announce();
      return appended;
    },
    appendMany: async (many, onWritten) => {
      const appended = await journal.appendMany(many, onWritten);
      if (appended.count > 0) appends.announce();
      return appended;
    },
  };
}
