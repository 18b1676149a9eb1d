import type { PackageName } from "../core/package-name.ts";

/** Answers of indexes that are kept: one for each signer or digest that was asked for last. Each is a name or two. */
const MAX_KEPT = 2000;

interface KeptNames {
  /** In byte order: the first ones, at most `limit`. */
  readonly names: readonly PackageName[];
  readonly limit: number;
}

/** The first packages that an index has, as they were read and as appends have added to them since. */
export class KeptIndexes {
  readonly #kept = new Map<string, KeptNames>();
  #appends = 0;

  /** @param read - asks the store for the first `limit` names. */
  async get(key: string, limit: number, read: () => Promise<readonly PackageName[]>): Promise<readonly PackageName[]> {
    const kept = this.#kept.get(key);
    if (kept?.limit === limit) return kept.names;
    const before = this.#appends;
    const names = await read();
    // Of what was appended meanwhile nobody can say whether it was read.
    if (before === this.#appends) this.#keep(key, { names, limit });
    return names;
  }

  /** Called after each append that names this package under this key. */
  noteAppended(key: string, name: PackageName): void {
    this.#appends += 1;
    const kept = this.#kept.get(key);
    if (kept === undefined || kept.names.includes(name)) return;
    // Names are ASCII: the order of UTF-16 units is the order of bytes.
    this.#kept.set(key, { ...kept, names: [...kept.names, name].sort().slice(0, kept.limit) });
  }

  clear(): void {
    this.#kept.clear();
    this.#appends += 1;
  }

  #keep(key: string, names: KeptNames): void {
    this.#kept.set(key, names);
    const oldest = this.#kept.size > MAX_KEPT ? this.#kept.keys().next().value : undefined;
    if (oldest !== undefined) this.#kept.delete(oldest);
  }
}
