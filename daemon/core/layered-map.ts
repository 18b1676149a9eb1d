/**
 * A map that branches in constant time: a branch shares what is there and keeps its own additions apart, so folding one
 * more event costs the same however long the history is. Entries can be added and replaced, never removed.
 *
 * The layers, oldest first, at least halve in size from one to the next: finding a key asks as many maps as the
 * logarithm of their number, and an entry is copied as many times in its life.
 */
export class LayeredMap<K, V> implements ReadonlyMap<K, V> {
  /** Never changed once they are here: branches share them. */
  #shared: readonly ReadonlyMap<K, V>[];
  /** This branch's own. */
  #own: Map<K, V>;
  #size: number;

  private constructor(shared: readonly ReadonlyMap<K, V>[], own: Map<K, V>, size: number) {
    this.#shared = shared;
    this.#own = own;
    this.#size = size;
  }

  /** @returns a map with these entries; it makes its own copy. */
  static of<K, V>(entries: Iterable<readonly [K, V]> = []): LayeredMap<K, V> {
    const own = new Map(entries);
    return new LayeredMap<K, V>([], own, own.size);
  }

  /** @returns a map that begins as `map` is, and can be changed without changing it. */
  static branchOf<K, V>(map: ReadonlyMap<K, V>): LayeredMap<K, V> {
    return map instanceof LayeredMap ? map.#branch() : LayeredMap.of(map);
  }

  get size(): number {
    return this.#size;
  }

  get(key: K): V | undefined {
    return this.#holder(key)?.get(key);
  }

  has(key: K): boolean {
    return this.#holder(key) !== undefined;
  }

  set(key: K, value: V): this {
    if (!this.has(key)) this.#size += 1;
    this.#own.set(key, value);
    return this;
  }

  /** In the order in which the keys first came, as a `Map` has it. */
  *entries(): MapIterator<[K, V]> {
    const layers = [...this.#shared, this.#own];
    for (const [index, layer] of layers.entries()) {
      const older = layers.slice(0, index);
      for (const [key, value] of layer) {
        if (older.some((each) => each.has(key))) continue;
        const holder = this.#holder(key);
        yield [key, holder === undefined || holder === layer ? value : (holder.get(key) ?? value)];
      }
    }
  }

  *keys(): MapIterator<K> {
    for (const [key] of this.entries()) yield key;
  }

  *values(): MapIterator<V> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries();
  }

  forEach(call: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    for (const [key, value] of this.entries()) call(value, key, this);
  }

  /** The newest layer that has the key. */
  #holder(key: K): ReadonlyMap<K, V> | undefined {
    if (this.#own.has(key)) return this.#own;
    return this.#shared.findLast((layer) => layer.has(key));
  }

  #branch(): LayeredMap<K, V> {
    this.#share();
    return new LayeredMap<K, V>(this.#shared, new Map(), this.#size);
  }

  /** What was this branch's own becomes a layer; small layers are joined, so that there are never many. */
  #share(): void {
    if (this.#own.size === 0) return;
    const layers = [...this.#shared];
    let top: ReadonlyMap<K, V> = this.#own;
    for (let below = layers.at(-1); below !== undefined && below.size < 2 * top.size; below = layers.at(-1)) {
      layers.pop();
      top = new Map([...below, ...top]);
    }
    this.#shared = [...layers, top];
    this.#own = new Map();
  }
}

/** A set that branches in constant time, as {@link LayeredMap} does. */
export class LayeredSet<T> implements ReadonlySet<T> {
  readonly #members: LayeredMap<T, true>;

  private constructor(members: LayeredMap<T, true>) {
    this.#members = members;
  }

  /** @returns a set with these members. */
  static of<T>(members: Iterable<T> = []): LayeredSet<T> {
    const set = new LayeredSet<T>(LayeredMap.of());
    for (const member of members) set.add(member);
    return set;
  }

  /** @returns a set that begins as `set` is, and can be changed without changing it. */
  static branchOf<T>(set: ReadonlySet<T>): LayeredSet<T> {
    return set instanceof LayeredSet ? new LayeredSet<T>(LayeredMap.branchOf(set.#members)) : LayeredSet.of(set);
  }

  get size(): number {
    return this.#members.size;
  }

  has(member: T): boolean {
    return this.#members.has(member);
  }

  add(member: T): this {
    if (!this.has(member)) this.#members.set(member, true);
    return this;
  }

  *entries(): SetIterator<[T, T]> {
    for (const member of this.keys()) yield [member, member];
  }

  keys(): SetIterator<T> {
    return this.#members.keys();
  }

  values(): SetIterator<T> {
    return this.keys();
  }

  [Symbol.iterator](): SetIterator<T> {
    return this.keys();
  }

  forEach(call: (member: T, again: T, set: ReadonlySet<T>) => void): void {
    for (const member of this.keys()) call(member, member, this);
  }
}
