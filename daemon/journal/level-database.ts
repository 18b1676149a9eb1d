import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Level } from "level";
import { escapeText } from "../core/printable.ts";
import { TofuError } from "../core/tofu-error.ts";
import { isNodeError, livingOwner } from "./store-folder.ts";

export type Database = Level<string, string>;

/** Longest pause between two attempts at a store that is in use; the shortest is a quarter of it. */
const LOCK_PAUSE_MS = 100;
/** The files that LevelDB keeps, but for its lock and its own log of what it did. */
const DATABASE_FILE = /^(?:CURRENT|MANIFEST-\d+|\d+\.(?:ldb|sst|log))$/;
/**
 * The first file that LevelDB makes (DBImpl::NewDB). Alone it is a database whose making was cut short: by the time that
 * anything could be written there is a later one.
 */
const FIRST_FILE = "MANIFEST-000001";
/** How the operating system says that a disk takes no more; LevelDB passes on its words and no code. */
const NO_WRITING = /no space left|read-only file system|permission denied|quota exceeded|operation not permitted/i;

export interface DatabasePlace {
  /** The store's folder: the database lies in its folder `journal`. */
  readonly folder: string;
  /** How long to wait for another tofu that holds the store for a moment. */
  readonly lockWaitMs: number;
}

/** What is to be looked at right before each attempt, and what was found. */
export type BeforeOpening<T> = () => Promise<T>;

/** @returns where LevelDB's files are. */
export function databaseFolder(folder: string): string {
  return join(folder, "journal");
}

/**
 * Opens LevelDB, or begins it where it has no files at all, or was being begun when that was cut short: with some of its files gone it would begin anew and sweep
 * away the others.
 *
 * @throws TofuError `store-in-use`, `store-unwritable` or `store-damaged`.
 */
export async function openDatabase<T>(
  place: DatabasePlace,
  before: BeforeOpening<T>,
): Promise<{ readonly db: Database; readonly found: T }> {
  const db: Database = new Level(databaseFolder(place.folder), { createIfMissing: false });
  // The constructor opens on its own account; the outcome that counts is that of the attempts below.
  await db.close();
  return { db, found: await reopenDatabase(db, place, before) };
}

/** Opens a closed database; as {@link openDatabase}. */
export async function reopenDatabase<T>(
  db: Database,
  { folder, lockWaitMs }: DatabasePlace,
  before: BeforeOpening<T>,
): Promise<T> {
  const deadline = performance.now() + lockWaitMs;
  for (;;) {
    const found = await before();
    const createIfMissing = (await databaseFiles(folder)).every((name) => name === FIRST_FILE);
    try {
      await db.open({ createIfMissing });
      return found;
    } catch (cause) {
      const reason = causeOf(cause);
      if (codeOf(reason) !== "LEVEL_LOCKED") throw openFault(folder, reason);
      if (performance.now() >= deadline) throw await inUse(folder, reason);
    }
    // Different pauses, so that two who wait don't meet each time.
    await sleep(LOCK_PAUSE_MS * (0.25 + 0.75 * Math.random()));
  }
}

/** @returns how many bytes lie in LevelDB's write-ahead logs: what the next opening will replay. */
export async function logBytes(folder: string): Promise<number> {
  const logs = (await databaseFiles(folder)).filter((name) => name.endsWith(".log"));
  const sizes = await Promise.all(logs.map(async (name) => (await stat(join(databaseFolder(folder), name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function databaseFiles(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(databaseFolder(folder))).filter((name) => DATABASE_FILE.test(name));
  } catch (cause) {
    if (isNodeError(cause, "ENOENT")) return [];
    throw openFault(folder, cause);
  }
}

/** @returns the fault for a failed write. */
export function writeFault(folder: string, cause: unknown): TofuError {
  return new TofuError("store-unwritable", `can't write to the store ${escapeText(folder)}${because(cause)}`, {
    cause,
  });
}

/** @returns the fault for a failed read. */
export function readFault(folder: string, cause: unknown): TofuError {
  return new TofuError("store-damaged", `can't read the store ${escapeText(folder)}${because(cause)}`, { cause });
}

function openFault(folder: string, cause: unknown): TofuError {
  if (cause instanceof Error && NO_WRITING.test(cause.message)) return writeFault(folder, cause);
  const text = `the store ${escapeText(folder)} is damaged and can't be opened${because(cause)}`;
  return new TofuError("store-damaged", text, { cause });
}

async function inUse(folder: string, cause: unknown): Promise<TofuError> {
  const owner = await livingOwner(folder);
  const who = owner === undefined ? "another tofu" : `another tofu (pid ${owner.pid})`;
  return new TofuError("store-in-use", `the store ${escapeText(folder)} is in use by ${who}`, { cause });
}

/** LevelDB's words, which name its files, cut to what helps. */
function because(cause: unknown): string {
  return cause instanceof Error ? ` (${escapeText(cause.message.slice(0, 200))})` : "";
}

function causeOf(cause: unknown): unknown {
  return cause instanceof Error && cause.cause !== undefined ? cause.cause : cause;
}

function codeOf(cause: unknown): string | undefined {
  return isNodeError(cause) ? cause.code : undefined;
}
