/** The longest that a timer can sleep; then whoever sleeps just looks again. */
const MAX_SLEEP_MS = 2 ** 31 - 1;

/** Lets a loop sleep until there is something to do. */
export class Alarm {
  #isRung = false;
  #wake: () => void = () => undefined;

  /** Wakes whoever sleeps; if nobody does, the next sleep ends at once. */
  ring(): void {
    this.#isRung = true;
    this.#wake();
  }

  /** Sleeps until it rings, at most so long. */
  async sleep(ms: number = MAX_SLEEP_MS): Promise<void> {
    if (!this.#isRung)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(ms, MAX_SLEEP_MS));
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    this.#wake = () => undefined;
    this.#isRung = false;
  }
}
