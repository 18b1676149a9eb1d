import { constants } from "node:fs";
import { copyFile, link, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Level } from "level";
import type { JournalName } from "../core/event.ts";
import { escapeText } from "../core/printable.ts";
import { TofuError } from "../core/tofu-error.ts";
import type { StoreHead } from "./anchor.ts";
import { damaged, EMPTY_CHAIN, endAfter, readNext, type Sealed } from "./chain.ts";
import { NO_EVENTS, runningHash, sha256 } from "./digest.ts";
import { type Database, databaseFolder } from "./level-database.ts";
import {
  FORMAT_KEY,
  lastPart,
  type PositionRecord,
  parseFormat,
  parseHead,
  parseJournalName,
  parsePosition,
  type StoreFormat,
} from "./level-records.ts";
import type { RawRecord } from "./store-builder.ts";
import { isNodeError } from "./store-folder.ts";

/** One journal as far as it can be proven, and what lies behind the first gap. */
export interface SalvagedChain {
  readonly name: JournalName;
  /** The events from the first on, each of which follows the one before. */
  readonly texts: readonly string[];
  readonly times: readonly number[];
  /** Events that are there and that nothing connects to those. */
  readonly stray: number;
  /** Why it ends where it ends, if it does so too early. */
  readonly gap: string | undefined;
}

export interface Salvaged {
  readonly chains: readonly SalvagedChain[];
  /** Where the order of the store puts an event, by its key; only what could be read. */
  readonly positions: ReadonlyMap<string, number>;
  readonly records: readonly RawRecord[];
  readonly format: StoreFormat | undefined;
}

/** `Level` is `ClassicLevel` here, whose types have this; those of `level` only know what browsers have too. */
const { repair } = Level as unknown as { readonly repair: (location: string) => Promise<void> };

const LOCK = "LOCK";

/**
 * Takes the lock of a store without touching its data: LevelDB locks the file, whatever name it has, so a small database
 * of our own with that file as its lock keeps every other tofu out.
 *
 * @param scratch - a new folder on the same file system.
 * @throws TofuError `store-in-use`.
 */
export async function lockStore(folder: string, scratch: string): Promise<{ readonly release: () => Promise<void> }> {
  const lock = join(databaseFolder(folder), LOCK);
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  await writeFile(lock, "", { flag: "a", mode: 0o600 });
  await link(lock, join(scratch, LOCK));
  const db: Database = new Level(scratch);
  try {
    await db.open();
  } catch (cause) {
    const reason = cause instanceof Error && cause.cause !== undefined ? cause.cause : cause;
    if (isNodeError(reason, "LEVEL_LOCKED"))
      throw new TofuError("store-in-use", `the store ${escapeText(folder)} is in use by another tofu`, { cause });
    throw cause;
  }
  return { release: () => db.close() };
}

/**
 * Reads all that can still be read of a store, from a copy: the store itself stays as it is.
 *
 * @param copy - a new folder for the copy.
 */
export async function salvage(folder: string, copy: string): Promise<Salvaged> {
  await mkdir(copy, { mode: 0o700 });
  const from = databaseFolder(folder);
  for (const name of await readdir(from)) {
    // Opening the lock's file once more and closing it would let go of the lock (fcntl(2), advisory record locking).
    if (name === LOCK || !/^(?:CURRENT|MANIFEST-\d+|\d+\.(?:ldb|sst|log))$/.test(name)) continue;
    await copyFile(join(from, name), join(copy, name), constants.COPYFILE_EXCL);
  }
  const db: Database = new Level(copy, { createIfMissing: false });
  await db.close();
  try {
    await repair(copy);
    await db.open();
  } catch (cause) {
    throw new TofuError("store-damaged", `nothing in the store ${escapeText(folder)} can be read any more`, { cause });
  }
  try {
    return await readAll(db);
  } finally {
    await db.close();
  }
}

async function readAll(db: Database): Promise<Salvaged> {
  const events = new Map<JournalName, Map<number, string>>();
  const order = new Map<number, PositionRecord>();
  const ends = new Map<JournalName, StoreHead>();
  const records: RawRecord[] = [];
  let format: StoreFormat | undefined;
  for await (const [key, value] of db.iterator<string, Uint8Array>({ valueEncoding: "view" })) {
    const text = (): string => Buffer.from(value).toString("utf8");
    if (key.startsWith("e\0")) noteEvent(events, key, text());
    else if (key.startsWith("p\0")) {
      const record = parsePosition(text());
      if (record !== undefined) order.set(Number(lastPart(key)), record);
    } else if (key.startsWith("h\0")) noteEnd(ends, key, text());
    else if (key === FORMAT_KEY) format = parseFormat(text());
    else if (/^[cko]\0/.test(key)) records.push({ key, value: new Uint8Array(value) });
  }
  const positions = new Map([...order].map(([position, { name, n }]) => [placeOf(name, n), position]));
  const isProven = ({ event, text }: Sealed): boolean => {
    const end = ends.get(event.package);
    if (end?.count === event.n && end.hash === sha256(text)) return true;
    const position = positions.get(placeOf(event.package, event.n)) ?? -1;
    const before = position === 0 ? NO_EVENTS : order.get(position - 1)?.hash;
    return before !== undefined && runningHash(before, text) === order.get(position)?.hash;
  };
  const chains = [...events].map(([name, found]) => longestPrefix(name, found, isProven));
  return { chains, positions, records, format };
}

/** @returns an event's place in the map of positions. */
export function placeOf(name: JournalName, n: number): string {
  return `${n} ${name}`;
}

function noteEvent(events: Map<JournalName, Map<number, string>>, key: string, text: string): void {
  const [, stored = ""] = key.split("\0");
  const name = parseJournalName(stored);
  if (name === undefined) return;
  const found = events.get(name) ?? new Map<number, string>();
  events.set(name, found.set(Number(lastPart(key)), text));
}

function noteEnd(ends: Map<JournalName, StoreHead>, key: string, text: string): void {
  const [name, end] = [parseJournalName(lastPart(key)), parseHead(text)];
  if (name !== undefined && end !== undefined) ends.set(name, end);
}

/**
 * An event is vouched for by the one behind it. The last one has none behind it.
 *
 * @param isProven - whether the journal's recorded end names this event, or the running hash of the store holds it.
 */
function longestPrefix(
  name: JournalName,
  found: ReadonlyMap<number, string>,
  isProven: (last: Sealed) => boolean,
): SalvagedChain {
  const chain: Sealed[] = [];
  let end = EMPTY_CHAIN;
  let gap: string | undefined;
  while (gap === undefined && chain.length < found.size) {
    try {
      const sealed = readNext(end, name, found.get(end.n + 1));
      end = endAfter(sealed);
      chain.push(sealed);
    } catch (cause) {
      if (!(cause instanceof TofuError)) throw cause;
      gap = cause.message;
    }
  }
  const last = chain.at(-1);
  if (last !== undefined && !isProven(last)) {
    chain.pop();
    gap ??= damaged(name, last.event.n, "has nothing that proves it").message;
  }
  const texts = chain.map(({ text }) => text);
  const times = chain.map(({ event }) => event.mono);
  return { name, texts, times, stray: found.size - chain.length, gap };
}
