/** How long a file must have lain still before it counts as whole although its signature doesn't fit: downloads stall. */
const WHOLE_MS = 30_000;
/** Whoever keeps writing to a file must not keep it from being told for longer. */
const LONGEST_HOLD_MS = 600_000;
const MAX_HELD = 10_000;

/** Artifacts whose signature doesn't fit, and that may be half of what they will be. */
export class Held {
  /** Since when, by path. */
  readonly #since: Map<string, number> = new Map();

  /** @returns whether it may still be half a file, by the last write to it or its signature. */
  mayHold(path: string, lastWriteMs: number, nowMs: number): boolean {
    return nowMs < lastWriteMs + WHOLE_MS && nowMs < (this.#since.get(path) ?? nowMs) + LONGEST_HOLD_MS;
  }

  /** @returns until when it is held, should nothing write to it any more. */
  hold(path: string, lastWriteMs: number, nowMs: number): number {
    if (!this.#since.has(path)) this.#since.set(path, nowMs);
    for (const oldest of this.#since.keys()) {
      if (this.#since.size <= MAX_HELD) break;
      this.#since.delete(oldest);
    }
    return lastWriteMs + WHOLE_MS;
  }

  release(path: string): void {
    this.#since.delete(path);
  }
}
