import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { escapeText } from "../core/printable.ts";
import { parseSha256, type Sha256 } from "../core/sha256.ts";
import { formatTime, parseTime, type UnixMs } from "../core/time.ts";
import { TofuError } from "../core/tofu-error.ts";
import { sha256 } from "./digest.ts";
import { assertPrivate, isNodeError } from "./store-folder.ts";

/** What the store held after its newest append, kept outside the store: a chain can't see that its own tail is gone. */
export interface AnchorState {
  /** Events in the whole store. */
  readonly count: number;
  /** The running hash over them. */
  readonly hash: Sha256;
  readonly at: UnixMs;
  /** Events that were there already when this anchor was begun: of those nobody can say whether they are all. */
  readonly unprovenCount: number;
}

export type AnchorReading =
  | { readonly kind: "absent" }
  /** There is a file, and neither of its slots can be read. */
  | { readonly kind: "unreadable" }
  | { readonly kind: "read"; readonly state: AnchorState };

/** An open anchor file. */
export interface Anchor {
  /** What it says now. */
  readonly reading: AnchorReading;
  /** Returns when the state is on disk; the state before it stays readable until then. */
  readonly write: (state: AnchorState) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Two slots, a page apart, written in turn: a write that is torn leaves the other whole. */
const SLOT_BYTES = 512;
const SLOT_OFFSETS = [0, 4096] as const;
const FILE_BYTES = 4096 + SLOT_BYTES;
const FORM = /^tofu-anchor 1 (\d{1,16}) (\d{1,16}) ([0-9a-f]{64}) (\S{1,40}) (\d{1,16}) ([0-9a-f]{64})\n/;

interface Slot {
  readonly sequence: number;
  readonly state: AnchorState;
}

/**
 * Opens the anchor of a store, or makes an empty one. The caller holds the store's lock.
 *
 * @throws TofuError `store-foreign` if it is a link or open to others, `store-unwritable` if it can't be written.
 */
export async function openAnchor(path: string): Promise<Anchor> {
  const handle = await openFile(path);
  try {
    assertPrivate(await handle.stat(), path, "0600");
    const bytes = Buffer.alloc(FILE_BYTES);
    const { bytesRead } = await handle.read(bytes, 0, FILE_BYTES, 0);
    const slots = SLOT_OFFSETS.map((offset) => readSlot(bytes.toString("latin1", offset, offset + SLOT_BYTES)));
    return new AnchorFile(handle, path, bytesRead === 0, slots);
  } catch (cause) {
    await handle.close();
    throw cause;
  }
}

class AnchorFile implements Anchor {
  readonly #handle: FileHandle;
  readonly #path: string;
  #sequence: number;
  #reading: AnchorReading;

  constructor(handle: FileHandle, path: string, isEmpty: boolean, slots: readonly (Slot | undefined)[]) {
    this.#handle = handle;
    this.#path = path;
    const newest = slots.filter((slot) => slot !== undefined).sort((a, b) => b.sequence - a.sequence)[0];
    this.#sequence = newest?.sequence ?? 0;
    if (newest !== undefined) this.#reading = { kind: "read", state: newest.state };
    else this.#reading = { kind: isEmpty ? "absent" : "unreadable" };
  }

  get reading(): AnchorReading {
    return this.#reading;
  }

  async write(state: AnchorState): Promise<void> {
    const sequence = this.#sequence + 1;
    const slot = Buffer.from(formatSlot({ sequence, state }).padEnd(SLOT_BYTES), "latin1");
    try {
      await this.#handle.write(slot, 0, SLOT_BYTES, SLOT_OFFSETS[sequence % 2] ?? 0);
      await this.#handle.datasync();
    } catch (cause) {
      throw unwritable(this.#path, cause);
    }
    this.#sequence = sequence;
    this.#reading = { kind: "read", state };
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/** What a store says of itself, to be compared with its anchor. */
export interface StoreHead {
  readonly count: number;
  readonly hash: Sha256;
}

export type AnchorComparison =
  /** They agree, or the store is ahead by what was appended after the anchor was last written: it can prove that. */
  | { readonly kind: "sound" }
  | { readonly kind: "behind"; readonly missing: number }
  /** As long as it was or longer, and yet other events. */
  | { readonly kind: "other" }
  /** Nothing to compare with. */
  | { readonly kind: "unproven" };

/**
 * Compares a store with its anchor.
 *
 * @param hashAt - the store's running hash after so many events, `undefined` where it has none.
 */
export function compareWithAnchor(
  reading: AnchorReading,
  head: StoreHead,
  hashAt: (count: number) => Sha256 | undefined,
): AnchorComparison {
  switch (reading.kind) {
    case "absent":
      // A store that never held anything has nothing to prove.
      return head.count === 0 ? { kind: "sound" } : { kind: "unproven" };
    case "unreadable":
      return { kind: "unproven" };
    case "read": {
      const { count, hash } = reading.state;
      if (head.count < count) return { kind: "behind", missing: count - head.count };
      const then = head.count === count ? head.hash : hashAt(count);
      return then === hash ? { kind: "sound" } : { kind: "other" };
    }
  }
}

async function openFile(path: string): Promise<FileHandle> {
  const flags = constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  try {
    return await open(path, flags);
  } catch (cause) {
    if (!isNodeError(cause, "ENOENT")) throw openFault(path, cause);
  }
  try {
    const handle = await open(path, flags | constants.O_CREAT | constants.O_EXCL, 0o600);
    const folder = await open(dirname(path), constants.O_RDONLY);
    // The name must survive a power cut too: without it the next start would find no anchor.
    await folder.sync().finally(() => folder.close());
    return handle;
  } catch (cause) {
    throw openFault(path, cause);
  }
}

function openFault(path: string, cause: unknown): TofuError {
  if (isNodeError(cause, "ELOOP"))
    return new TofuError("store-foreign", `${escapeText(path)} is a link; the store's anchor must be a file`, {
      cause,
    });
  return unwritable(path, cause);
}

function unwritable(path: string, cause: unknown): TofuError {
  const why = isNodeError(cause) ? ` (${cause.code})` : "";
  const remedy = "the store keeps it beside its folder, which must be writable";
  return new TofuError("store-unwritable", `can't write the store's anchor ${escapeText(path)}${why}; ${remedy}`, {
    cause,
  });
}

function formatSlot({ sequence, state }: Slot): string {
  const { count, hash, at, unprovenCount } = state;
  const text = `tofu-anchor 1 ${sequence} ${count} ${hash} ${formatTime(at)} ${unprovenCount}`;
  return `${text} ${sha256(text)}\n`;
}

function readSlot(slot: string): Slot | undefined {
  const found = FORM.exec(slot);
  if (found === null) return undefined;
  const [line, sequence = "", count = "", hash = "", at = "", unprovenCount = "", checksum = ""] = found;
  if (sha256(line.slice(0, -checksum.length - 2)) !== checksum) return undefined;
  const [running, time] = [parseSha256(hash), parseTime(at)];
  if (!running.ok || !time.ok) return undefined;
  const state = { count: Number(count), hash: running.value, at: time.value, unprovenCount: Number(unprovenCount) };
  return { sequence: Number(sequence), state };
}
