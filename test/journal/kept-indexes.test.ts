import assert from "node:assert/strict";
import { test } from "node:test";
import type { PackageName } from "../../daemon/core/package-name.ts";
import { KeptIndexes } from "../../daemon/journal/kept-indexes.ts";
import { curl, sunpy } from "./kit.ts";

const never = (): Promise<readonly PackageName[]> => assert.fail("the store was asked");

test("an answer is kept, and what is appended joins it in its place, within the limit", async () => {
  const indexes = new KeptIndexes();
  assert.deepEqual(await indexes.get("s", 2, async () => [sunpy]), [sunpy]);
  assert.deepEqual(await indexes.get("s", 2, never), [sunpy]);
  indexes.noteAppended("s", curl);
  indexes.noteAppended("s", curl);
  assert.deepEqual(await indexes.get("s", 2, never), [curl, sunpy]);
  assert.deepEqual(await indexes.get("s", 1, async () => [curl]), [curl]);
  indexes.noteAppended("s", sunpy);
  assert.deepEqual(await indexes.get("s", 1, never), [curl]);
});

test("what was appended while the store was asked is not lost", async () => {
  const indexes = new KeptIndexes();
  await indexes.get("s", 5, async () => {
    indexes.noteAppended("s", curl);
    return [];
  });
  assert.deepEqual(await indexes.get("s", 5, async () => [curl]), [curl]);
});

test("nothing is kept after clearing", async () => {
  const indexes = new KeptIndexes();
  await indexes.get("s", 5, async () => [curl]);
  indexes.clear();
  assert.deepEqual(await indexes.get("s", 5, async () => [sunpy]), [sunpy]);
});
