import { createHash } from "node:crypto";

/** Hex digits of a mark: 80 bits, against accidents. Whoever can write the marks can write the folder too. */
const MARK_DIGITS = 20;
const MARK = new RegExp(`^[0-9a-f]{${MARK_DIGITS}}$`);

/** At most so many are kept; beyond that the oldest go, and their files are judged once more. */
export const MAX_MARKS = 400_000;

/**
 * What was judged before: an artifact as it lay there, and each file beside it that counted as its signature. An equal
 * file under an equal path is not judged again, also after a restart.
 */
export class Marks {
  readonly #marks: Set<string>;
  readonly #max: number;

  constructor(marks: Iterable<string> = [], max: number = MAX_MARKS) {
    this.#marks = new Set(marks);
    this.#max = max;
    this.#trim();
  }

  get size(): number {
    return this.#marks.size;
  }

  has(mark: string): boolean {
    return this.#marks.has(mark);
  }

  /** @returns those that are new. */
  add(marks: readonly string[]): readonly string[] {
    const fresh = marks.filter((mark) => !this.#marks.has(mark));
    for (const mark of fresh) this.#marks.add(mark);
    this.#trim();
    return fresh;
  }

  /** What these say doesn't count any more, until the next start. */
  remove(marks: readonly string[]): void {
    for (const mark of marks) this.#marks.delete(mark);
  }

  [Symbol.iterator](): IterableIterator<string> {
    return this.#marks.values();
  }

  #trim(): void {
    for (const oldest of this.#marks) {
      if (this.#marks.size <= this.#max) return;
      this.#marks.delete(oldest);
    }
  }
}

/**
 * @param identity - of the artifact: device, inode, size and times.
 * @param companion - name and identity of a file beside it; `undefined`: the artifact itself.
 */
export function markOf(
  path: string,
  identity: string,
  companion?: { readonly name: string; readonly identity: string },
): string {
  const parts = [path, identity, ...(companion === undefined ? [] : [companion.name, companion.identity])];
  // A slice of the whole text would keep all of it in memory, for each of 400,000 marks.
  return createHash("sha256")
    .update(parts.join("\0"))
    .digest()
    .toString("hex", 0, MARK_DIGITS / 2);
}

/** @returns whether a line of the file that keeps them is one. */
export function isMark(text: string): boolean {
  return MARK.test(text);
}
