/**
 * Work on a list that is begun before its turn comes: some of it goes on at once, and whoever takes the results takes
 * them in the list's own order.
 */
export class Ahead<Item, Result> {
  readonly #items: readonly Item[];
  readonly #begin: (item: Item, index: number) => Promise<Result>;
  readonly #width: number;
  readonly #begun: Promise<Result>[] = [];

  /** @param width - how many are worked on at once, the one whose turn it is among them. */
  constructor(items: readonly Item[], begin: (item: Item, index: number) => Promise<Result>, width: number) {
    this.#items = items;
    this.#begin = begin;
    this.#width = width;
  }

  /** @returns what came of the item whose turn it is; begins with those that follow it. */
  take(index: number): Promise<Result> {
    for (const item of this.#items.slice(this.#begun.length, index + this.#width)) {
      const begun = this.#begin(item, this.#begun.length);
      // A failure is told to whoever takes it, when its turn comes.
      begun.catch(() => undefined);
      this.#begun.push(begun);
    }
    return this.#begun[index] ?? Promise.reject(new RangeError(`there is no item ${index}`));
  }

  /** Waits for what was begun, also where nobody will take it. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#begun);
  }
}
