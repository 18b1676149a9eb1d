import { readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, relative, resolve } from "node:path";
import { printablePath } from "../core/printable.ts";
import type { UnixMs } from "../core/time.ts";
import { TofuError, UsageError } from "../core/tofu-error.ts";
import type { LevelReader } from "./level-reader.ts";
import type { RepairRecord } from "./level-records.ts";
import { StoreBuilder } from "./store-builder.ts";
import { isNodeError, syncFolder } from "./store-folder.ts";

/** What a verified copy holds. */
export interface CopiedStore {
  readonly folder: string;
  readonly events: number;
  readonly packages: number;
  /** Certificates and signature files. */
  readonly records: number;
}

export interface CopySource {
  readonly folder: string;
  readonly reader: LevelReader;
  readonly replay: boolean;
  readonly repair: RepairRecord | undefined;
  readonly unprovenCount: number;
}

/** Opens a finished copy as any command would, and reads all of it. */
export type VerifyCopy = (folder: string) => Promise<void>;

/**
 * Copies a whole store while it is open: its events up to now, each checked against its chain and against the order of
 * the store, and the certificates and signature files with them. The copy gets an anchor of its own and is read again
 * before it gets its name, so that a copy that broke off is never taken for one.
 *
 * @throws UsageError for a folder that is not empty, TofuError `store-damaged` naming the place that can't be copied.
 */
export async function copyStore(
  source: CopySource,
  target: string,
  { now, verify }: { readonly now: UnixMs; readonly verify: VerifyCopy },
): Promise<CopiedStore> {
  const folder = resolve(target);
  await assertFree(folder, source.folder);
  const part = `${folder}.part-${process.pid}`;
  const builder = await StoreBuilder.begin(part);
  try {
    const records = await copyRecords(source.reader, builder);
    const { replay, repair, unprovenCount } = source;
    await builder.finish({ replay, repair, unprovenCount, now });
    await verify(part);
    // The anchor first: alone it makes a fault, and a folder alone would be a store that proves nothing.
    await rename(`${part}.anchor`, `${folder}.anchor`);
    await rename(part, folder);
    await syncFolder(dirname(folder));
    return { folder, events: builder.head.count, packages: builder.packages, records };
  } catch (cause) {
    await builder.abandon();
    await rm(part, { recursive: true, force: true });
    await rm(`${part}.anchor`, { force: true });
    throw cause;
  }
}

async function copyRecords(reader: LevelReader, builder: StoreBuilder): Promise<number> {
  const { count } = reader.head();
  for (let position = 0; position < count; position += 1) {
    const { name, text, hash } = reader.entryAt(position);
    await builder.add(name, text);
    if (builder.head.hash !== hash)
      throw new TofuError("store-damaged", `the store is damaged: event ${position} of all is not as it was written`);
  }
  let records = 0;
  for (const part of ["c", "k", "o"]) {
    for await (const record of reader.records(part)) {
      if (!(await builder.addRecord(record)))
        throw new TofuError("store-damaged", "the store is damaged: a certificate or signature file is not as written");
      if (part !== "k") records += 1;
    }
  }
  return records;
}

async function assertFree(folder: string, source: string): Promise<void> {
  const shown = printablePath(folder, 120);
  if (!relative(source, folder).startsWith("..")) throw new UsageError(`${shown} lies in the store itself`);
  const names = await namesIn(folder);
  if (names.length > 0) throw new UsageError(`${shown} is not empty`, "name a new folder");
  const beside = await namesIn(dirname(folder));
  if (beside.includes(`${basename(folder)}.anchor`))
    throw new UsageError(`${shown}.anchor is there already, from another store`, "name a new folder");
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    if (isNodeError(cause, "ENOENT")) return [];
    throw isNodeError(cause, "ENOTDIR") ? new UsageError(`${printablePath(folder, 120)} is not a folder`) : cause;
  }
}
