import { mkdtempSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { unixMs } from "../../daemon/core/time.ts";
import { type LevelJournal, openLevelJournal } from "../../daemon/journal/level-journal.ts";
import type { StoreOptions } from "../../daemon/journal/level-store.ts";

/** @returns a maker of paths that do not exist yet, in a folder that is removed when the tests of the file are over. */
export function scratchFolder(): () => string {
  const scratch = mkdtempSync(join(tmpdir(), "tofu-journal-"));
  after(() => rm(scratch, { recursive: true, force: true }));
  let used = 0;
  return () => {
    used += 1;
    return join(scratch, `store-${used}`);
  };
}

/** @returns the store in a folder, opened without waiting for others. */
export function openStoreIn(folder: string, more: Partial<StoreOptions> = {}): Promise<LevelJournal> {
  return openLevelJournal({ folder, replay: false, lockWaitMs: 0, now: () => unixMs(1000), ...more });
}

/** @returns the paths of LevelDB's files that hold data, in order. */
export async function dataFiles(folder: string): Promise<readonly string[]> {
  const names = await readdir(join(folder, "journal"));
  return names
    .filter((name) => /^(?:CURRENT|MANIFEST-\d+|\d+\.(?:ldb|log))$/.test(name))
    .sort()
    .map((name) => join(folder, "journal", name));
}

/** @returns a generator of numbers from 0 below 1, the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
