import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { DEFAULT_SETTINGS } from "../../daemon/watch/candidate.ts";
import { Marks } from "../../daemon/watch/marks.ts";
import { type Outcome, Watcher } from "../../daemon/watch/watcher.ts";

interface Watched {
  readonly inbox: string;
  readonly watcher: Watcher;
  /** How often each file was judged, by name. */
  readonly judged: ReadonlyMap<string, number>;
  readonly until: (holds: () => boolean) => Promise<void>;
}

/** A real folder with a real watcher, and a judge that only counts. */
async function openWatched(t: TestContext, outcome: (path: string) => Outcome = () => "judged"): Promise<Watched> {
  const inbox = mkdtempSync(join(tmpdir(), "tofu-watched-"));
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
  await watcher.setFolders([{ path: inbox, depth: 4, isOptional: false }]);
  await until(() => watcher.state().folders[0]?.state.kind === "watched");
  return { inbox, watcher, judged, until };
}

test("a burst of 6,000 files, more than the queue takes, is judged whole and each file once", async (t) => {
  const { inbox, judged, until } = await openWatched(t);
  for (let n = 0; n < 6000; n += 1) writeFileSync(join(inbox, `burst${n}-1.0.tar.gz`), `${n}`);
  await until(() => judged.size === 6000);
  assert.equal(Math.max(...judged.values()), 1);
});

test("a folder that two roots share stays watched when one of them goes", async (t) => {
  const { inbox, watcher, judged, until } = await openWatched(t);
  const below = join(inbox, "below");
  mkdirSync(below);
  await watcher.setFolders([
    { path: inbox, depth: 4, isOptional: false },
    { path: below, depth: 0, isOptional: false },
  ]);
  await watcher.setFolders([{ path: inbox, depth: 4, isOptional: false }]);
  writeFileSync(join(below, "late-1.0.tar.gz"), "x");
  await until(() => judged.has("below/late-1.0.tar.gz"));
});
