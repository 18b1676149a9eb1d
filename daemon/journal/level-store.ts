import { resolve } from "node:path";
import { escapeText } from "../core/printable.ts";
import type { UnixMs } from "../core/time.ts";
import { TofuError } from "../core/tofu-error.ts";
import { type Anchor, openAnchor, type StoreHead } from "./anchor.ts";
import { checkStore } from "./level-check.ts";
import {
  type Database,
  type DatabasePlace,
  logBytes,
  openDatabase,
  reopenDatabase,
  writeFault,
} from "./level-database.ts";
import { LevelReader } from "./level-reader.ts";
import { FORMAT_KEY, formatFormat, STORE_SCHEMA } from "./level-records.ts";
import { prepareFolder, removeOwner, writeOwner } from "./store-folder.ts";

export interface StoreOptions extends DatabasePlace {
  /** The times come from `--at`. */
  readonly replay: boolean;
  readonly now: () => UnixMs;
}

type Batch = ReturnType<Database["batch"]>;

/** The open database with its anchor and its note of who has it open. */
export class LevelStore {
  readonly replay: boolean;
  #findings: readonly string[];
  readonly #db: Database;
  readonly #anchor: Anchor;
  readonly #options: StoreOptions;
  readonly #reader: LevelReader;
  /** A write failed: what is on disk is known again when the database was opened anew. */
  #isSuspect = false;

  constructor(parts: {
    readonly db: Database;
    readonly anchor: Anchor;
    readonly reader: LevelReader;
    readonly options: StoreOptions;
    readonly replay: boolean;
    readonly findings: readonly string[];
  }) {
    this.#db = parts.db;
    this.#anchor = parts.anchor;
    this.#reader = parts.reader;
    this.#options = parts.options;
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
    return this.#reader;
  }

  /**
   * @param fill - puts what is to be written into the batch.
   * @returns what `fill` returned, when the batch is on disk.
   */
  async write<T>(fill: (batch: Batch) => T): Promise<T> {
    const batch = this.#db.batch();
    let result: T;
    try {
      result = fill(batch);
    } catch (cause) {
      await batch.close();
      throw cause;
    }
    try {
      await batch.write({ sync: true });
    } catch (cause) {
      // LevelDB may have written half a record, behind which its log would be unreadable.
      this.#isSuspect = true;
      throw writeFault(this.#options.folder, cause);
    }
    return result;
  }

  /** Notes the store's head in the anchor. */
  async anchor(head: StoreHead, at: UnixMs): Promise<void> {
    const { reading } = this.#anchor;
    const unprovenCount = reading.kind === "read" ? reading.state.unprovenCount : 0;
    await this.#anchor.write({ ...head, at, unprovenCount });
  }

  async close(): Promise<void> {
    await removeOwner(this.#options.folder);
    await this.#anchor.close();
    await this.#db.close();
  }

  async #reopen(): Promise<void> {
    await this.#db.close();
    const replayedBytes = await logBytes(this.#options.folder);
    await reopenDatabase(this.#db, this.#options);
    const { folder, now } = this.#options;
    this.#findings = await checkStore(this.#reader, this.#anchor, { folder, replayedBytes, now: now() });
    this.#isSuspect = false;
  }
}

/** Opens the store in a folder, or begins one. See `openLevelJournal`. */
export async function openStore(given: StoreOptions): Promise<LevelStore> {
  const options = { ...given, folder: resolve(given.folder) };
  await prepareFolder(options.folder);
  const replayedBytes = await logBytes(options.folder);
  const db = await openDatabase(options);
  let anchor: Anchor | undefined;
  try {
    anchor = await openAnchor(`${options.folder}.anchor`);
    const reader = new LevelReader(db, options.folder);
    const { isBegun, replay } = checkFormat(reader, options);
    const { folder, now } = options;
    const findings = await checkStore(reader, anchor, { folder, replayedBytes, now: now() });
    if (!isBegun) await writeFormat(db, folder, replay);
    await writeOwner(folder, { pid: process.pid, since: now() });
    return new LevelStore({ db, anchor, reader, options, replay, findings });
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
