import assert from "node:assert/strict";
import { test } from "node:test";
import { Ahead } from "../../daemon/usecases/ahead.ts";

test("no more than so many go on at once, and results come in the order of the list", async () => {
  const open = new Map<number, () => void>();
  const begun: number[] = [];
  const ahead = new Ahead(
    ["a", "b", "c", "d", "e"],
    async (item, index) => {
      begun.push(index);
      await new Promise<void>((resolve) => open.set(index, resolve));
      return `${item}${index}`;
    },
    3,
  );
  const first = ahead.take(0);
  assert.deepEqual(begun, [0, 1, 2]);
  for (const index of [2, 1, 0]) open.get(index)?.();
  assert.equal(await first, "a0");
  assert.equal(await ahead.take(1), "b1");
  assert.deepEqual(begun, [0, 1, 2, 3]);
  assert.equal(await ahead.take(2), "c2");
  for (const index of [3, 4]) open.get(index)?.();
  assert.deepEqual([await ahead.take(3), await ahead.take(4)], ["d3", "e4"]);
});

test("a failure is told to whoever takes that item, and what nobody takes is waited for", async () => {
  let isDone = false;
  const ahead = new Ahead(
    [0, 1, 2],
    async (item) => {
      if (item === 1) throw new Error("one is bad");
      if (item === 2) await new Promise((resolve) => setImmediate(resolve));
      isDone ||= item === 2;
      return item;
    },
    3,
  );
  assert.equal(await ahead.take(0), 0);
  await assert.rejects(ahead.take(1), /one is bad/);
  await ahead.settle();
  assert.equal(isDone, true);
});
