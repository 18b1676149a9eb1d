import { copyFile, mkdir, rename, rm, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { JournalName } from "../core/event.ts";
import { escapeText } from "../core/printable.ts";
import { formatTime, type UnixMs } from "../core/time.ts";
import { TofuError } from "../core/tofu-error.ts";
import { type AnchorReading, openAnchor } from "./anchor.ts";
import { lockStore, placeOf, type Salvaged, type SalvagedChain, salvage } from "./salvage.ts";
import { StoreBuilder } from "./store-builder.ts";
import { assertPrivate, isNodeError, syncFolder } from "./store-folder.ts";

/** What a repair came to. */
export interface Repaired {
  /** Events taken over. */
  readonly events: number;
  readonly packages: number;
  /** Events that the anchor knew of and that are gone; `undefined` where no anchor says how many there were. */
  readonly lost: number | undefined;
  /** The anchor vouches for all of it: only what can be made anew was broken. */
  readonly isComplete: boolean;
  /** What could not be taken over, in sentences. */
  readonly losses: readonly string[];
  /** Where the damaged store lies now. */
  readonly damaged: string;
}

export interface RepairOptions {
  readonly folder: string;
  readonly now: UnixMs;
  /** Opens the repaired store as any command would, and reads all of it. @returns what it lacks, in sentences. */
  readonly verify: (folder: string) => Promise<readonly string[]>;
}

/** The scratch folders of one repair, beside the store. */
interface Workshop {
  readonly folder: string;
  readonly scratch: string;
  readonly fresh: string;
  readonly damaged: string;
}

/**
 * Makes a store anew from what can be proven of a damaged one: of each journal the longest run of events from its first
 * on in which each follows the one before; order and indexes are made again from these. The damaged store is kept beside
 * the new one, and unless the anchor vouches for all of it, the new one says for ever that it was repaired.
 *
 * @throws TofuError `store-in-use`; `store-damaged` or `store-rolled-back` where nothing can be proven, and then nothing
 * was changed.
 */
export async function repairStore({ folder: given, now, verify }: RepairOptions): Promise<Repaired> {
  const folder = resolve(given);
  assertPrivate(await stat(folder), folder, "0700");
  const stamp = formatTime(now).replaceAll(":", "");
  const workshop = {
    folder,
    scratch: `${folder}.repair-${process.pid}`,
    fresh: `${folder}.repaired-${process.pid}`,
    damaged: await freeName(`${folder}.damaged-${stamp}`),
  };
  await mkdir(workshop.scratch, { mode: 0o700 });
  try {
    const lock = await lockStore(folder, `${workshop.scratch}/lock`);
    try {
      return await rebuild(workshop, now, verify);
    } finally {
      await lock.release();
    }
  } finally {
    for (const made of [workshop.scratch, workshop.fresh]) await rm(made, { recursive: true, force: true });
    await rm(`${workshop.fresh}.anchor`, { force: true });
  }
}

async function rebuild(workshop: Workshop, now: UnixMs, verify: RepairOptions["verify"]): Promise<Repaired> {
  const { folder, scratch, fresh, damaged } = workshop;
  const reading = await readAnchor(`${folder}.anchor`);
  const found = await salvage(folder, `${scratch}/copy`);
  const builder = await StoreBuilder.begin(fresh);
  try {
    const losses = await fill(builder, found);
    const { count, hash } = builder.head;
    if (count === 0) throw nothingLeft(folder);
    const known = reading.kind === "read" ? reading.state : undefined;
    const isComplete = known?.count === count && known.hash === hash;
    if (known !== undefined && count >= known.count && !isComplete && losses.length === 0) throw replaced(folder);
    const lost = known === undefined ? undefined : Math.max(0, known.count - count);
    const unprovenCount = isComplete ? known.unprovenCount : count;
    const repair = isComplete && unprovenCount === 0 ? undefined : { at: now, kept: count, lost };
    await builder.finish({ replay: found.format?.replay === true, repair, unprovenCount, now });
    losses.push(...(await verify(fresh)));
    await exchange(workshop, reading);
    return { events: count, packages: builder.packages, lost, isComplete, losses, damaged };
  } catch (cause) {
    await builder.abandon();
    throw cause;
  }
}

/** @returns what could not be taken over. */
async function fill(builder: StoreBuilder, { chains, positions, records }: Salvaged): Promise<string[]> {
  const losses = chains.flatMap(lossOf);
  for (const { name, text } of inOrder(chains, positions)) await builder.add(name, text);
  let broken = 0;
  for (const record of records) if (!(await builder.addRecord(record))) broken += 1;
  if (broken > 0) losses.push(`${broken} certificates or signature files are not as they were written`);
  return losses;
}

function lossOf({ name, texts, stray, gap }: SalvagedChain): readonly string[] {
  if (gap === undefined) return [];
  const rest = stray === 1 ? "1 later event" : `${stray} later events`;
  return [`${name}: kept up to event ${texts.length}, without ${rest} (${gap})`];
}

interface Placed {
  readonly name: JournalName;
  readonly text: string;
  readonly position: number;
  readonly time: number;
}

/** The order of the store where it is known; else by time, behind the event before in the same journal. */
function inOrder(chains: readonly SalvagedChain[], positions: ReadonlyMap<string, number>): readonly Placed[] {
  const placed = chains.flatMap(({ name, texts, times }) => {
    let before = -1;
    return texts.map((text, index): Placed => {
      const known = positions.get(placeOf(name, index + 1));
      before = known !== undefined && known > before ? known : before;
      return { name, text, position: before, time: times[index] ?? 0 };
    });
  });
  // Sorting is stable: events of one journal with one position stay in their order.
  return placed.sort((a, b) => a.position - b.position || (a.name === b.name ? 0 : a.time - b.time));
}

/**
 * Puts the new store in the damaged one's place. Between any two of the steps there is an anchor that fits no emptiness,
 * so that a power cut leaves a fault or one of the two stores, never what looks like a first use.
 */
async function exchange({ folder, fresh, damaged }: Workshop, reading: AnchorReading): Promise<void> {
  const anchor = `${folder}.anchor`;
  if (reading.kind !== "absent") await copyFile(anchor, `${damaged}.anchor`);
  await rename(`${fresh}.anchor`, anchor);
  await rename(folder, damaged);
  await rename(fresh, folder);
  await syncFolder(dirname(folder));
}

/** Opening makes an anchor where there is none; here nothing is to be made yet. */
async function readAnchor(path: string): Promise<AnchorReading> {
  const there = await stat(path).catch((cause: unknown) => {
    if (isNodeError(cause, "ENOENT")) return undefined;
    throw cause;
  });
  if (there === undefined) return { kind: "absent" };
  const anchor = await openAnchor(path);
  await anchor.close();
  return anchor.reading;
}

/** Two repairs may come in one second. */
async function freeName(wanted: string, number = 1): Promise<string> {
  const name = number === 1 ? wanted : `${wanted}-${number}`;
  const isTaken = await stat(name).then(
    () => true,
    () => false,
  );
  return isTaken ? freeName(wanted, number + 1) : name;
}

function nothingLeft(folder: string): TofuError {
  const shown = escapeText(folder);
  return new TofuError("store-damaged", `no event of the store ${shown} can be recovered; put its newest copy back`);
}

function replaced(folder: string): TofuError {
  const what = "is whole, and its anchor says that other events were written to it";
  const text = `the store ${escapeText(folder)} ${what}; it was replaced or edited, which no repair can undo: put its newest copy back`;
  return new TofuError("store-rolled-back", text);
}
