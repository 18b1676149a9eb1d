import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { batchesOf, type Wish } from "../../daemon/watch/batches.ts";
import { type Candidate, DEFAULT_SETTINGS } from "../../daemon/watch/candidate.ts";
import { Held } from "../../daemon/watch/held.ts";
import { Marks } from "../../daemon/watch/marks.ts";
import { Watcher } from "../../daemon/watch/watcher.ts";

const SECOND = 1000;
const MINUTE: number = 60 * SECOND;

describe("an artifact whose signature doesn't fit", () => {
  for (const [when, lastWriteMs, nowMs, holds] of [
    ["right after its last write", 0, 500, true],
    ["half a minute later", 0, 30 * SECOND, false],
    ["written to again meanwhile", 20 * SECOND, 30 * SECOND, true],
  ] as const)
    test(`${when} is ${holds ? "held" : "told"}`, () =>
      assert.equal(new Held().mayHold("/in/a", lastWriteMs, nowMs), holds));

  test("is told after ten minutes, however often it is written to", () => {
    const held = new Held();
    let now = 0;
    while (held.mayHold("/in/a", now, now)) {
      assert.equal(held.hold("/in/a", now, now), now + 30 * SECOND);
      now += 20 * SECOND;
    }
    assert.equal(now, 10 * MINUTE);
    assert.ok(held.mayHold("/in/b", now, now));
    held.release("/in/a");
    assert.ok(held.mayHold("/in/a", now, now));
  });

  test("is asked for again once it has lain still, and then for good", async (t) => {
    const inbox = mkdtempSync(join(tmpdir(), "tofu-held-"));
    let offset = 0;
    const asked: boolean[] = [];
    let more = (): void => undefined;
    const watcher = new Watcher(
      { ...DEFAULT_SETTINGS, settleMs: 0 },
      {
        nowMs: () => Date.now() + offset,
        uid: process.getuid?.() ?? 0,
        marks: new Marks(),
        keep: async () => undefined,
        judge: async (paths, { mayBeHeld }) => {
          asked.push(mayBeHeld);
          more();
          return paths.map(() => (mayBeHeld ? "held" : "judged"));
        },
        onState: () => more(),
        onFault: (error) => assert.fail(String(error)),
      },
    );
    t.after(async () => {
      await watcher.stop();
      rmSync(inbox, { recursive: true, force: true });
    });
    const until = async (holds: () => boolean): Promise<void> => {
      while (!holds())
        await new Promise<void>((resolve) => {
          more = resolve;
        });
    };
    await watcher.setFolders([{ path: inbox, depth: 0, isOptional: false }]);
    await until(() => watcher.state().folders[0]?.state.kind === "watched");
    writeFileSync(join(inbox, "orbit-1.0.tar.gz"), "half");
    writeFileSync(join(inbox, "orbit-1.0.tar.gz.asc"), "signature");
    await until(() => asked.includes(true));
    offset = 31 * SECOND;
    // The watcher sleeps by a real clock; anything that happens wakes it.
    writeFileSync(join(inbox, "orbit-2.0.tar.gz"), "x");
    await until(() => asked.includes(false));
    assert.equal(asked.at(-1), false);
  });
});

describe("one request for many", () => {
  const candidate = (path: string, size: number): Candidate => ({
    path,
    size,
    basis: "beside",
    isKnown: false,
    lastWriteMs: 0,
    aloneAtMs: 0,
    files: [{ folder: "/in", name: path, identity: path }],
    marks: [],
  });
  const shape = (candidates: readonly Candidate[], wishOf: (candidate: Candidate) => Wish): readonly string[] =>
    batchesOf(candidates, wishOf).map((batch) => batch.candidates.map(({ path }) => path).join(" "));
  const same: Wish = { onlyIfNamed: false, mayBeHeld: false };

  test("small files go together, a large one alone, each with its like", () => {
    const three = [candidate("a", 10), candidate("b", 40 << 20), candidate("c", 10)];
    assert.deepEqual(
      shape(three, () => same),
      ["a c", "b"],
    );
    assert.deepEqual(
      shape(three, ({ path }) => ({ ...same, mayBeHeld: path === "c" })),
      ["a", "b", "c"],
    );
    assert.deepEqual(
      shape(three, ({ path }) => ({ ...same, onlyIfNamed: path !== "b" })),
      ["a c", "b"],
    );
  });

  test("no request grows without bound", () => {
    const many = Array.from({ length: 130 }, (_, n) => candidate(`${n}`, 1));
    assert.deepEqual(
      batchesOf(many, () => same).map((batch) => batch.candidates.length),
      [64, 64, 2],
    );
  });
});
