import { resolve } from "node:path";
import { escapeText } from "../core/printable.ts";
import type { UnixMs } from "../core/time.ts";
import { TofuError } from "../core/tofu-error.ts";
import { type Anchor, openAnchor, type StoreHead } from "./anchor.ts";
import type { CopySource } from "./copy-store.ts";
import { checkStore } from "./level-check.ts";
import {
  type Database,
  type DatabasePlace,
  databaseFolder,
  logBytes,
  openDatabase,
  reopenDatabase,
  writeFault,
} from "./level-database.ts";
import { LevelReader } from "./level-reader.ts";
import { FORMAT_KEY, formatFormat, STORE_SCHEMA } from "./level-records.ts";
import { prepareFolder, removeOwner, unreadableFault, writeOwner } from "./store-folder.ts";
import { TableSeals } from "./table-seals.ts";

/** Appends after which new tables are sealed: LevelDB makes one after some thousands. */
const SEAL_EVERY = 500;

export interface StoreOptions extends DatabasePlace {
  /** The times come from `--at`. */
  readonly replay: boolean;
  readonly now: () => UnixMs;
}

type Batch = ReturnType<Database["batch"]>;

interface Parts {
  readonly db: Database;
  readonly anchor: Anchor;
  readonly reader: LevelReader;
  readonly seals: TableSeals;
  readonly options: StoreOptions;
  readonly replay: boolean;
  readonly findings: readonly string[];
}

/** The open database with its anchor, its seals, and its note of who has it open. */
export class LevelStore {
  readonly replay: boolean;
  readonly #parts: Parts;
  #findings: readonly string[];
  /** A write failed: what is on disk is known again when the database was opened anew. */
  #isSuspect = false;
  /** Appends since new tables were sealed. */
  #unsealed = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.replay = parts.replay;
    this.#findings = parts.findings;
  }

  get findings(): readonly string[] {
    return this.#findings;
  }

  /** No write has failed since the database was opened. */
  get isReady(): boolean {
    return !this.#isSuspect;
  }

  /** @returns what reads this store, after opening the database anew if the last write failed. */
  async reader(): Promise<LevelReader> {
    if (this.#isSuspect) await this.#reopen();
    return this.#parts.reader;
  }

  /**
   * @param fill - puts what is to be written into the batch.
   * @param sync - whether to wait for the disk; without it, a later write that waits covers this one.
   * @returns what `fill` returned, when the batch is on disk.
   */
  async write<T>(fill: (batch: Batch) => T, sync: boolean = true): Promise<T> {
    const batch = this.batch();
    let result: T;
    try {
      result = fill(batch);
    } catch (cause) {
      await batch.close();
      throw cause;
    }
    await this.writeBatch(batch, { sync });
    return result;
  }

  /** @returns a batch that is filled bit by bit, and then written or closed. */
  batch(): Batch {
    return this.#parts.db.batch();
  }

  /** As {@link write}. */
  async writeBatch(batch: Batch, { sync }: { readonly sync: boolean }): Promise<void> {
    try {
      await batch.write({ sync });
    } catch (cause) {
      // LevelDB may have written half a record, behind which its log would be unreadable.
      this.#isSuspect = true;
      throw writeFault(this.#parts.options.folder, cause);
    }
  }

  /**
   * Notes the store's head in the anchor.
   *
   * @param more.appends - that led to this head since the last time.
   */
  async anchor(
    head: StoreHead,
    at: UnixMs,
    { appends = 1, seal = false }: { readonly appends?: number; readonly seal?: boolean },
  ): Promise<void> {
    const { anchor, seals } = this.#parts;
    const unprovenCount = anchor.reading.kind === "read" ? anchor.reading.state.unprovenCount : 0;
    await anchor.write({ ...head, at, unprovenCount });
    this.#unsealed += appends;
    if (!seal && this.#unsealed < SEAL_EVERY) return;
    this.#unsealed = 0;
    await seals.seal();
  }

  /** @returns the time, as whoever opened this store has it. */
  now(): UnixMs {
    return this.#parts.options.now();
  }

  /** @returns what a copy of this store is made from. */
  copySource(reader: LevelReader): CopySource {
    const { anchor, options } = this.#parts;
    const unprovenCount = anchor.reading.kind === "read" ? anchor.reading.state.unprovenCount : 0;
    return { folder: options.folder, reader, replay: this.replay, repair: reader.repair(), unprovenCount };
  }

  async close(): Promise<void> {
    const { db, anchor, seals, options } = this.#parts;
    await this.#writeSnapshots();
    await removeOwner(options.folder);
    await anchor.close();
    await db.close();
    // Closing waits for a merge that is under way: only now are the last tables there. Should somebody else open the
    // store meanwhile, the worst is a seal too few.
    await seals.seal();
  }

  /** Not flushed, and left out where it fails: without them the next opening reads more events. */
  async #writeSnapshots(): Promise<void> {
    if (this.#isSuspect) return;
    for (const { key, text } of this.#parts.reader.snapshotsDue())
      await this.#parts.db.put(key, text).catch(() => undefined);
  }

  async #reopen(): Promise<void> {
    const { db, anchor, reader, seals, options } = this.#parts;
    await db.close();
    const unprovenBytes = await reopenDatabase(db, options, () => inspect(seals, options.folder));
    await seals.dropStale();
    const { folder, now } = options;
    this.#findings = await checkStore(reader, anchor, { folder, unprovenBytes, now: now() });
    reader.forget();
    this.#isSuspect = false;
  }
}

/** @returns how many bytes nothing vouches for: the logs, if all tables are as they were, else everything. */
async function inspect(seals: TableSeals, folder: string): Promise<number> {
  const { hasStrangers } = await seals.check().catch((cause: unknown) => {
    throw unreadableFault(folder, cause);
  });
  return hasStrangers ? Number.POSITIVE_INFINITY : logBytes(folder);
}

/** Opens the store in a folder, or begins one. See `openLevelJournal`. */
export async function openStore(given: StoreOptions): Promise<LevelStore> {
  const options = { ...given, folder: resolve(given.folder) };
  const { folder, now } = options;
  await prepareFolder(folder);
  const seals = new TableSeals(folder, databaseFolder(folder));
  const { db, found: unprovenBytes } = await openDatabase(options, () => inspect(seals, folder));
  let anchor: Anchor | undefined;
  try {
    await seals.dropStale();
    anchor = await openAnchor(`${folder}.anchor`);
    const reader = new LevelReader(db, folder);
    const { isBegun, replay } = checkFormat(reader, options);
    const findings = await checkStore(reader, anchor, { folder, unprovenBytes, now: now() });
    if (!isBegun) await writeFormat(db, folder, replay);
    await seals.seal();
    await writeOwner(folder, { pid: process.pid, since: now() });
    return new LevelStore({ db, anchor, reader, seals, options, replay, findings });
  } catch (cause) {
    await anchor?.close();
    await db.close();
    throw cause;
  }
}

/**
 * @returns whether the store is a replay, and whether it says so itself; without events it becomes what it is opened as.
 */
function checkFormat(
  reader: LevelReader,
  { folder, replay }: StoreOptions,
): { readonly isBegun: boolean; readonly replay: boolean } {
  const format = reader.format();
  const shown = escapeText(folder);
  if (format !== undefined && format.schema > STORE_SCHEMA)
    throw new TofuError("store-newer", `the store ${shown} was written by a newer tofu (its form is ${format.schema})`);
  if (reader.head().count === 0) return { isBegun: format?.replay === replay, replay };
  if (format === undefined)
    throw new TofuError("store-damaged", `the store ${shown} is damaged: it doesn't say what form it has`);
  if (replay && !format.replay)
    throw new TofuError("replay-mismatch", `the store ${shown} was begun without --at: its history can't be backdated`);
  return { isBegun: true, replay: format.replay };
}

async function writeFormat(db: Database, folder: string, replay: boolean): Promise<void> {
  try {
    await db.put(FORMAT_KEY, formatFormat({ schema: STORE_SCHEMA, replay }), { sync: true });
  } catch (cause) {
    throw writeFault(folder, cause);
  }
}
