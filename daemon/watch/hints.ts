/** An entry of a folder that something happened to. */
export interface Hint {
  readonly folder: string;
  readonly name: string;
}

/** Entries that something happened to, and that were not looked at yet; of more, the folders of the older half are read. */
const MAX_HINTS = 4096;
/** Readings wait for a pause, but not longer than for so many portions of hints. */
const MAX_PATIENCE = 64;

/**
 * What is to be looked at: entries by name, and folders that are to be read as a whole, since nobody knows what happened
 * in them. Bounded: of too many names the older half is forgotten, for a reading, so that what came last is looked at soon
 * however much came before it.
 */
export class Hints {
  readonly #names: Map<string, Hint> = new Map();
  readonly #unread: Set<string> = new Set();
  readonly #max: number;
  #patience = MAX_PATIENCE;

  constructor(max: number = MAX_HINTS) {
    this.#max = max;
  }

  get isEmpty(): boolean {
    return this.#names.size === 0 && this.#unread.size === 0;
  }

  get hasNames(): boolean {
    return this.#names.size > 0;
  }

  addName(folder: string, name: string): void {
    this.#names.set(`${folder}/${name}`, { folder, name });
    if (this.#names.size <= this.#max) return;
    for (const [path, hint] of this.#names) {
      if (this.#names.size <= this.#max / 2) return;
      this.#names.delete(path);
      this.#unread.add(hint.folder);
    }
  }

  hasName(folder: string, name: string): boolean {
    return this.#names.has(`${folder}/${name}`);
  }

  addFolder(folder: string): void {
    this.#unread.add(folder);
  }

  /** What is below a folder that went away is not to be looked at any more. */
  forgetBelow(folder: string): void {
    const isBelow = (other: string): boolean => other === folder || other.startsWith(`${folder}/`);
    for (const [path, hint] of this.#names) if (isBelow(hint.folder)) this.#names.delete(path);
    for (const other of this.#unread) if (isBelow(other)) this.#unread.delete(other);
  }

  /** @returns all names, which count as looked at. */
  takeNames(): readonly Hint[] {
    const taken = [...this.#names.values()];
    this.#names.clear();
    return taken;
  }

  /** @returns a folder to be read, which counts as read; none while names keep coming, for a while. */
  takeFolder(): string | undefined {
    if (this.#names.size > 0 && this.#patience > 0) {
      this.#patience -= 1;
      return undefined;
    }
    this.#patience = MAX_PATIENCE;
    for (const folder of this.#unread) {
      this.#unread.delete(folder);
      return folder;
    }
    return undefined;
  }
}
