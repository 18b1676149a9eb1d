/** Lets so many go at once; the others wait in order. */
export class Turns {
  #free: number;
  readonly #waiting: Set<() => void> = new Set();

  constructor(count: number) {
    this.#free = count;
  }

  /** @returns a turn, to be ended; `undefined` where the signal came first. */
  async take(signal: AbortSignal): Promise<{ readonly end: () => void } | undefined> {
    if (this.#free === 0 && !(await this.#wait(signal))) return undefined;
    this.#free -= 1;
    return { end: () => this.#end() };
  }

  #wait(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const go = (): void => {
        signal.removeEventListener("abort", giveUp);
        resolve(true);
      };
      const giveUp = (): void => {
        this.#waiting.delete(go);
        resolve(false);
      };
      signal.addEventListener("abort", giveUp, { once: true });
      this.#waiting.add(go);
    });
  }

  #end(): void {
    this.#free += 1;
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#waiting.delete(next);
    next();
  }
}
