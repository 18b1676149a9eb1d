import { Level } from "level";
import type { JournalName } from "../core/event.ts";
import { parseFingerprint } from "../core/fingerprint.ts";
import { parseSha256 } from "../core/sha256.ts";
import type { UnixMs } from "../core/time.ts";
import { openAnchor, type StoreHead } from "./anchor.ts";
import { type ChainEnd, EMPTY_CHAIN, endAfter, readNext, type Sealed } from "./chain.ts";
import { NO_EVENTS, sha256 } from "./digest.ts";
import { type Database, databaseFolder, writeFault } from "./level-database.ts";
import {
  chainKey,
  FORMAT_KEY,
  formatFormat,
  formatHead,
  formatRepair,
  lastPart,
  REPAIR_KEY,
  type RepairRecord,
  STORE_SCHEMA,
} from "./level-records.ts";
import { putEvents, unwrapCertificate } from "./level-writer.ts";
import { prepareFolder } from "./store-folder.ts";

/** Bytes gathered before they are written and flushed. */
const BATCH_BYTES: number = 1 << 20;

/** A record that stands for itself: a certificate, an object, or what certificate a subkey belongs to. */
export interface RawRecord {
  readonly key: string;
  readonly value: Uint8Array;
}

/** What a finished store says of itself besides its events. */
export interface Finish {
  readonly replay: boolean;
  readonly repair: RepairRecord | undefined;
  /** Events of which nobody can say that they are all; goes into the anchor. */
  readonly unprovenCount: number;
  readonly now: UnixMs;
}

/**
 * Makes a new store out of events that exist already, for a copy or a repair. Every event is checked against its chain
 * again, and everything that follows from events (order, ends, indexes, running hash) is made anew from them.
 */
export class StoreBuilder {
  readonly #folder: string;
  readonly #db: Database;
  readonly #ends = new Map<JournalName, ChainEnd>();
  #head: StoreHead = { count: 0, hash: NO_EVENTS };
  #batch: ReturnType<Database["batch"]>;
  #waitingBytes = 0;

  private constructor(folder: string, db: Database) {
    this.#folder = folder;
    this.#db = db;
    this.#batch = db.batch();
  }

  /** Begins a store in a folder that doesn't exist yet. */
  static async begin(folder: string): Promise<StoreBuilder> {
    await prepareFolder(folder);
    const db: Database = new Level(databaseFolder(folder), { errorIfExists: true });
    try {
      await db.open();
    } catch (cause) {
      throw writeFault(folder, cause instanceof Error ? (cause.cause ?? cause) : cause);
    }
    return new StoreBuilder(folder, db);
  }

  get head(): StoreHead {
    return this.#head;
  }

  get packages(): number {
    return [...this.#ends.keys()].filter((name) => name !== "*").length;
  }

  /** @returns where a journal's chain ends so far. */
  endOf(name: JournalName): ChainEnd {
    return this.#ends.get(name) ?? EMPTY_CHAIN;
  }

  /**
   * Adds the next event in the order of the store.
   *
   * @throws TofuError `store-damaged` if it isn't the next one of its journal.
   */
  async add(name: JournalName, text: string): Promise<Sealed> {
    const sealed = readNext(this.endOf(name), name, text);
    this.#head = putEvents(this.#batch, this.#head, [sealed]);
    this.#ends.set(name, endAfter(sealed));
    await this.#wrote(text.length);
    return sealed;
  }

  /** Takes over a record if its bytes prove what its key says. @returns whether they did. */
  async addRecord(record: RawRecord): Promise<boolean> {
    if (!isProven(record)) return false;
    this.#batch.put<string, Uint8Array>(record.key, record.value, { valueEncoding: "view" });
    await this.#wrote(record.value.length);
    return true;
  }

  /** Writes what is left and the anchor beside the folder. @returns when all of it is on disk. */
  async finish({ replay, repair, unprovenCount, now }: Finish): Promise<void> {
    for (const [name, { n, hash }] of this.#ends)
      if (hash !== undefined) this.#batch.put(chainKey(name), formatHead({ count: n, hash }));
    this.#batch.put(FORMAT_KEY, formatFormat({ schema: STORE_SCHEMA, replay }));
    if (repair !== undefined) this.#batch.put(REPAIR_KEY, formatRepair(repair));
    await this.#flush();
    await this.#db.close();
    const anchor = await openAnchor(`${this.#folder}.anchor`);
    try {
      await anchor.write({ ...this.#head, at: now, unprovenCount });
    } finally {
      await anchor.close();
    }
  }

  /** Lets go of an unfinished store. */
  async abandon(): Promise<void> {
    await this.#batch.close();
    await this.#db.close();
  }

  async #wrote(bytes: number): Promise<void> {
    this.#waitingBytes += bytes;
    if (this.#waitingBytes >= BATCH_BYTES) await this.#flush();
  }

  async #flush(): Promise<void> {
    try {
      await this.#batch.write({ sync: true });
    } catch (cause) {
      throw writeFault(this.#folder, cause);
    }
    this.#batch = this.#db.batch();
    this.#waitingBytes = 0;
  }
}

/** A subkey's record proves nothing by itself: what it leads to is looked at where it is used. */
function isProven({ key, value }: RawRecord): boolean {
  switch (key.slice(0, 2)) {
    case "c\0":
      return unwrapCertificate(value) !== undefined;
    case "o\0": {
      const digest = parseSha256(lastPart(key));
      return digest.ok && sha256(value) === digest.value;
    }
    case "k\0":
      return parseFingerprint(lastPart(key)).ok && parseFingerprint(Buffer.from(value).toString("latin1")).ok;
    default:
      return false;
  }
}
