import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { DEFAULT_SETTINGS } from "../../daemon/watch/candidate.ts";
import { Marks } from "../../daemon/watch/marks.ts";
import { type Outcome, Watcher } from "../../daemon/watch/watcher.ts";

export interface Watched {
  readonly inbox: string;
  readonly watcher: Watcher;
  /** How often each file was judged, by its path below the inbox. */
  readonly judged: ReadonlyMap<string, number>;
  /** Waits until a condition holds, which may change whenever something is judged or a folder's state is told. */
  readonly until: (holds: () => boolean) => Promise<void>;
}

export interface WatchedOptions {
  readonly depth?: number;
  readonly outcome?: (path: string) => Outcome;
  /** Makes what is there before the watch begins. */
  readonly before?: (inbox: string) => void;
}

/** A real folder with a real watcher, and a judge that only counts. */
export async function openWatched(
  t: TestContext,
  { depth = 4, outcome = () => "judged", before = () => undefined }: WatchedOptions = {},
): Promise<Watched> {
  const inbox = mkdtempSync(join(tmpdir(), "tofu-watched-"));
  before(inbox);
  const judged = new Map<string, number>();
  let more = (): void => undefined;
  const faults: unknown[] = [];
  const watcher = new Watcher(
    { ...DEFAULT_SETTINGS, signatureWaitMs: 0, settleMs: 0 },
    {
      nowMs: Date.now,
      uid: process.getuid?.() ?? 0,
      marks: new Marks(),
      keep: async () => undefined,
      judge: async (paths) => {
        for (const path of paths) {
          const name = path.slice(inbox.length + 1);
          judged.set(name, (judged.get(name) ?? 0) + 1);
        }
        more();
        return paths.map(outcome);
      },
      onState: () => more(),
      onFault: (error) => faults.push(error),
    },
  );
  t.after(async () => {
    await watcher.stop();
    rmSync(inbox, { recursive: true, force: true });
    assert.deepEqual(faults, []);
  });
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds())
      await new Promise<void>((resolve) => {
        more = resolve;
      });
  };
  await watcher.setFolders([{ path: inbox, depth, isOptional: false }]);
  await until(() => watcher.state().folders[0]?.state.kind === "watched");
  return { inbox, watcher, judged, until };
}
