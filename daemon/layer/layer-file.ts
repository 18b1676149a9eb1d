import { type BigIntStats, constants, statSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { printablePath } from "../core/printable.ts";
import type { Sha256 } from "../core/sha256.ts";
import { type UnixMs, unixMs } from "../core/time.ts";
import { sha256OfBytes } from "../evidence/digest-lanes.ts";
import { MAX_PIN_FILE_BYTES } from "../pinfile/lines.ts";
import { parsePinFile } from "../pinfile/parse.ts";
import type { PinFile } from "../pinfile/pin-file.ts";
import { assertOwned, assertOwnedPart, layerFault, type Ownership, unreadable } from "./root-owned.ts";

/** A pin file of the machine, as it was read. */
export interface LayerFile {
  readonly path: string;
  readonly sha256: Sha256;
  readonly size: number;
  readonly pins: PinFile;
  /** When its word was given: as its header says, else when it was written. */
  readonly at: UnixMs;
}

/** @returns what tells whether a file is still the one that was read; `undefined` where there is none. */
export function stampOf(path: string, ownership: Ownership): string | undefined {
  if (!assertOwned(path, ownership)) return undefined;
  try {
    return stamp(path, statSync(path, { bigint: true }));
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/**
 * Reads one pin file of the machine.
 *
 * @throws TofuError `layer` where it isn't root's alone, is no regular file, changes meanwhile, or holds a line that is
 * refused: then nothing of it may be used, and without it nothing may be judged.
 */
export async function readLayerFile(path: string, { owner }: Ownership): Promise<LayerFile> {
  return await withFile(path, async (handle, before) => {
    const shown = printablePath(path, 120);
    if (!before.isFile()) throw layerFault(`${shown} is not a regular file`);
    assertOwnedPart(path, { uid: Number(before.uid), mode: Number(before.mode) }, owner);
    if (before.size > MAX_PIN_FILE_BYTES) throw layerFault(`${shown} has more than ${MAX_PIN_FILE_BYTES} bytes`);
    const bytes = await handle.readFile();
    const after = await handle.stat({ bigint: true });
    if (stamp(path, before) !== stamp(path, after)) throw layerFault(`${shown} changed while it was read; try again`);
    const parsed = parsePinFile(bytes);
    if (!parsed.ok) throw layerFault(`${shown}, line ${parsed.error.line}: ${parsed.error.what}`);
    const { header } = parsed.value;
    const at = header?.created ?? unixMs(Number(after.mtimeMs));
    return { path, sha256: sha256OfBytes(bytes), size: bytes.length, pins: parsed.value, at };
  });
}

/** Opened without waiting for a writer, should it be a pipe. */
async function withFile<T>(path: string, use: (handle: FileHandle, stats: BigIntStats) => Promise<T>): Promise<T> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    throw unreadable(path, cause);
  }
  try {
    return await use(handle, await handle.stat({ bigint: true }));
  } finally {
    await handle.close();
  }
}

function stamp(path: string, { dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [path, dev, ino, size, mtimeNs, ctimeNs].join(" ");
}
