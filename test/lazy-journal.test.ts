import assert from "node:assert/strict";
import { test } from "node:test";
import { createMemoryJournal } from "../daemon/journal/memory-journal.ts";
import { LazyJournal } from "../daemon/lazy-journal.ts";
import { appendOf, forget, journalKit, sunpy } from "./journal/kit.ts";

journalKit("lazy", async () => ({ journal: new LazyJournal(async () => createMemoryJournal()) }));

test("a lazy journal that is only read opens nothing", async () => {
  const journal = new LazyJournal(() => assert.fail("a store was begun"));
  assert.deepEqual([await journal.read(sunpy), await journal.count(), journal.opened], [[], 0, undefined]);
  await journal.close();
});

test("a store that somebody else began meanwhile conflicts, and is read from then on", async () => {
  const theirs = createMemoryJournal();
  const journal = new LazyJournal(async () => theirs);
  assert.equal((await journal.read(sunpy)).length, 0);
  await theirs.append(appendOf(sunpy, 0, [forget("theirs")]));
  assert.deepEqual(await journal.append(appendOf(sunpy, 0, [forget("ours")])), { kind: "conflict", version: 1 });
  assert.equal((await journal.read(sunpy)).length, 1);
});

test("a store that could not be begun is tried again by the next append", async () => {
  let tries = 0;
  const journal = new LazyJournal(async () => {
    tries += 1;
    if (tries === 1) throw new Error("disk full");
    return createMemoryJournal();
  });
  await assert.rejects(journal.append(appendOf(sunpy, 0, [forget("one")])), /disk full/);
  assert.equal((await journal.append(appendOf(sunpy, 0, [forget("one")]))).kind, "appended");
});
