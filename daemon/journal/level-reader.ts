import type { JournalName } from "../core/event.ts";
import { parseEvent } from "../core/event-codec.ts";
import { escapeText } from "../core/printable.ts";
import type { Sha256 } from "../core/sha256.ts";
import { TofuError } from "../core/tofu-error.ts";
import type { StoreHead } from "./anchor.ts";
import { type ChainEnd, damaged, EMPTY_CHAIN, endAfter, readNext, type Sealed } from "./chain.ts";
import { NO_EVENTS, sha256 } from "./digest.ts";
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
  positionKey,
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

  constructor(db: Database, folder: string) {
    this.#db = db;
    this.#folder = folder;
  }

  /** @returns what the store was begun as, `undefined` where it was not begun. */
  format(): StoreFormat | undefined {
    const text = this.text(FORMAT_KEY);
    if (text === undefined) return undefined;
    return parseFormat(text) ?? this.#broken("what it says of its own form can't be read");
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

  /** The events of one journal, each checked against the one before and the last against the journal's recorded end. */
  chain(name: JournalName): readonly Sealed[] {
    const recorded = this.#recordedEnd(name);
    const chain: Sealed[] = [];
    let end = EMPTY_CHAIN;
    while (end.n < recorded.count) {
      const sealed = readNext(end, name, this.text(eventKey(name, end.n + 1)));
      end = endAfter(sealed);
      chain.push(sealed);
    }
    if (recorded.count > 0 && end.hash !== recorded.hash) throw damaged(name, end.n, "is not the one written there");
    // There may be one more by now: an append that was finished while we read wrote its new end as well.
    if (this.text(eventKey(name, end.n + 1)) !== undefined && this.#recordedEnd(name).count === recorded.count)
      throw damaged(name, end.n + 1, "is there, and the store doesn't know of it");
    return chain;
  }

  /** @returns where a journal's chain ends, without reading all of it. */
  end(name: JournalName): ChainEnd {
    const { count, hash } = this.#recordedEnd(name);
    const next = this.text(eventKey(name, count + 1));
    if (next !== undefined) throw damaged(name, count + 1, "is there, and the store doesn't know of it");
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

  #recordedEnd(name: JournalName): StoreHead {
    const text = this.text(chainKey(name));
    if (text === undefined) return { count: 0, hash: NO_EVENTS };
    return parseHead(text) ?? this.#broken(`the end of ${name} can't be read`);
  }

  #broken(what: string): never {
    throw new TofuError("store-damaged", `the store ${escapeText(this.#folder)} is damaged: ${what}`);
  }
}
