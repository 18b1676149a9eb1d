import type { Event, JournalName } from "../core/event.ts";
import { parseEvent } from "../core/event-codec.ts";
import type { Machine } from "../core/fold.ts";
import type { PackageName } from "../core/package-name.ts";
import type { Pin } from "../core/pin.ts";
import { escapeText } from "../core/printable.ts";
import type { Sha256 } from "../core/sha256.ts";
import { TofuError } from "../core/tofu-error.ts";
import type { StoreHead } from "./anchor.ts";
import { assertChainEnd, type ChainEnd, damaged, EMPTY_CHAIN, type Sealed, unknownEvent } from "./chain.ts";
import { ChainFolds, type StoredSnapshot } from "./chain-folds.ts";
import { NO_EVENTS, sha256 } from "./digest.ts";
import { indexTerms } from "./indexes.ts";
import { KeptIndexes } from "./kept-indexes.ts";
import { type Database, readFault } from "./level-database.ts";
import {
  chainKey,
  eventKey,
  FORMAT_KEY,
  HEAD_KEY,
  lastPart,
  type PositionRecord,
  parseFormat,
  parseHead,
  parseJournalName,
  parsePosition,
  parseRepair,
  positionKey,
  REPAIR_KEY,
  type RepairRecord,
  rangeOf,
  type StoreFormat,
} from "./level-records.ts";

/** One event as the store's own order has it. */
export interface Entry extends PositionRecord {
  readonly text: string;
  /** The running hash without it. */
  readonly before: Sha256;
}

/** Reads the records of an open database, each checked against what vouches for it. Nothing here writes. */
export class LevelReader {
  readonly #db: Database;
  readonly #folder: string;
  readonly #folds: ChainFolds;
  readonly #indexes = new KeptIndexes();

  constructor(db: Database, folder: string) {
    this.#db = db;
    this.#folder = folder;
    this.#folds = new ChainFolds({
      text: (key) => this.text(key),
      recordedEnd: (name) => this.#recordedEnd(name),
    });
  }

  /** @returns what the store was begun as, `undefined` where it was not begun. */
  format(): StoreFormat | undefined {
    const text = this.text(FORMAT_KEY);
    if (text === undefined) return undefined;
    return parseFormat(text) ?? this.#broken("what it says of its own form can't be read");
  }

  /** @returns what a repaired store keeps of its repair; `undefined` for one that was never repaired. */
  repair(): RepairRecord | undefined {
    const text = this.text(REPAIR_KEY);
    if (text === undefined) return undefined;
    return parseRepair(text) ?? this.#broken("what it says of its repair can't be read");
  }

  head(): StoreHead {
    const text = this.text(HEAD_KEY);
    if (text === undefined) return { count: 0, hash: NO_EVENTS };
    return parseHead(text) ?? this.#broken("its newest state can't be read");
  }

  /** @returns the running hash after so many events, `undefined` where the store has not so many. */
  hashAt(count: number): Sha256 | undefined {
    if (count === 0) return NO_EVENTS;
    const text = this.text(positionKey(count - 1));
    return text === undefined ? undefined : parsePosition(text)?.hash;
  }

  /** @throws TofuError `store-damaged` if there is none at that position. */
  entryAt(position: number): Entry {
    const before = this.hashAt(position);
    const record = parsePosition(this.text(positionKey(position)) ?? "");
    if (before === undefined || record === undefined) return this.#broken(`event ${position} of all is missing`);
    const text = this.text(eventKey(record.name, record.n));
    if (text === undefined) throw damaged(record.name, record.n, "is missing");
    return { ...record, text, before };
  }

  /** @returns the events of one journal, what they come to, and who is distrusted everywhere: see {@link ChainFolds}. */
  chain(name: JournalName): readonly Event[] {
    return this.#folds.chain(name);
  }

  pin(name: PackageName): Pin {
    return this.#folds.pin(name);
  }

  machine(): Machine {
    return this.#folds.machine();
  }

  /** @returns what is to be written beside these events, see {@link ChainFolds.snapshotWith}. */
  snapshotWith(name: JournalName, sealed: readonly Sealed[]): StoredSnapshot | undefined {
    return name === "*" ? undefined : this.#folds.snapshotWith(name, sealed);
  }

  snapshotsDue(): readonly StoredSnapshot[] {
    return this.#folds.snapshotsDue();
  }

  /** Called when events were appended, so that what is kept in memory is known to be behind. */
  noteAppended(event: Event): void {
    const { package: name, body } = event;
    this.#folds.noteAppended(name);
    if (name === "*") return;
    const { signers, artifacts } = indexTerms(body);
    for (const signer of signers) this.#indexes.noteAppended(rangeOf("s", signer).gte, name);
    for (const digest of artifacts) this.#indexes.noteAppended(rangeOf("a", digest).gte, name);
  }

  /** As {@link noteAppended}, for so many events that what indexes answer is better asked for anew. */
  noteAppendedMany(names: Iterable<JournalName>): void {
    for (const name of names) this.#folds.noteAppended(name);
    this.#indexes.clear();
  }

  /** @throws TofuError `store-damaged` if the journal is not recorded to end there. */
  assertEnd(name: JournalName, { count, hash }: StoreHead): void {
    assertChainEnd(name, { n: count, hash }, this.#recordedEnd(name));
    this.#assertNoMore(name, count);
  }

  /** Drops what was kept of chains, to be called when the database was opened anew. */
  forget(): void {
    this.#folds.clear();
    this.#indexes.clear();
  }

  /** @returns where a journal's chain ends, without reading all of it. */
  end(name: JournalName): ChainEnd {
    const { count, hash } = this.#recordedEnd(name);
    this.#assertNoMore(name, count);
    if (count === 0) return EMPTY_CHAIN;
    const text = this.text(eventKey(name, count));
    const last = text !== undefined && sha256(text) === hash ? parseEvent(text) : undefined;
    if (last?.ok !== true) throw damaged(name, count, "is not the one written there");
    return { n: count, hash, mono: last.value.mono };
  }

  /** @returns the digest of the event before this one in its journal. */
  digestBefore(name: JournalName, n: number): Sha256 | undefined {
    if (n === 1) return undefined;
    const text = this.text(eventKey(name, n - 1));
    if (text === undefined) throw damaged(name, n - 1, "is missing");
    return sha256(text);
  }

  /** @returns a record, `undefined` where there is none. */
  text(key: string): string | undefined {
    try {
      return this.#db.getSync(key);
    } catch (cause) {
      throw readFault(this.#folder, cause);
    }
  }

  /** @returns a copy of a record's bytes, `undefined` where there is none. */
  bytes(key: string): Uint8Array | undefined {
    try {
      const found = this.#db.getSync<string, Uint8Array>(key, { valueEncoding: "view" });
      return found === undefined ? undefined : new Uint8Array(found);
    } catch (cause) {
      throw readFault(this.#folder, cause);
    }
  }

  /** The names that end the keys beginning with these parts, in byte order. */
  async *names(...parts: readonly string[]): AsyncGenerator<JournalName, void, undefined> {
    const keys = this.#db.keys(rangeOf(...parts));
    try {
      for await (const key of keys)
        yield parseJournalName(lastPart(key)) ??
          this.#broken(`it lists ${escapeText(lastPart(key))}, which is no package`);
    } catch (cause) {
      throw cause instanceof TofuError ? cause : readFault(this.#folder, cause);
    }
  }

  /** @returns the packages that end the keys beginning with these parts, in byte order, at most so many. */
  packagesAt(parts: readonly string[], limit?: number): Promise<readonly PackageName[]> {
    const range = rangeOf(...parts);
    return limit === undefined
      ? this.#packagesIn(range)
      : this.#indexes.get(range.gte, limit, () => this.#packagesIn({ ...range, limit }));
  }

  async #packagesIn(range: {
    readonly gte: string;
    readonly lt: string;
    readonly limit?: number;
  }): Promise<readonly PackageName[]> {
    try {
      const keys = await this.#db.keys(range).all();
      return keys.flatMap((key) => {
        const name = parseJournalName(lastPart(key));
        if (name === undefined) this.#broken(`it lists ${escapeText(lastPart(key))}, which is no package`);
        return name === "*" || name === undefined ? [] : [name];
      });
    } catch (cause) {
      throw cause instanceof TofuError ? cause : readFault(this.#folder, cause);
    }
  }

  /** Every record whose key begins with this part, in byte order, as it is stored. */
  async *records(part: string): AsyncGenerator<{ readonly key: string; readonly value: Uint8Array }, void, undefined> {
    const found = this.#db.iterator<string, Uint8Array>({ ...rangeOf(part), valueEncoding: "view" });
    try {
      for await (const [key, value] of found) yield { key, value };
    } catch (cause) {
      throw cause instanceof TofuError ? cause : readFault(this.#folder, cause);
    }
  }

  #recordedEnd(name: JournalName): StoreHead {
    const text = this.text(chainKey(name));
    if (text === undefined) return { count: 0, hash: NO_EVENTS };
    return parseHead(text) ?? this.#broken(`the end of ${name} can't be read`);
  }

  #assertNoMore(name: JournalName, count: number): void {
    if (this.text(eventKey(name, count + 1)) !== undefined) throw unknownEvent(name, count + 1);
  }

  #broken(what: string): never {
    throw new TofuError("store-damaged", `the store ${escapeText(this.#folder)} is damaged: ${what}`);
  }
}
