import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Hints } from "../../daemon/watch/hints.ts";

test("of too many names the newest are kept, and the folders of the others are read", () => {
  const hints = new Hints(4);
  for (const n of [1, 2, 3, 4, 5]) hints.addName(n <= 2 ? "/old" : "/new", `${n}`);
  assert.deepEqual(
    hints.takeNames().map(({ name }) => name),
    ["4", "5"],
  );
  assert.deepEqual([hints.takeFolder(), hints.takeFolder(), hints.takeFolder()], ["/old", "/new", undefined]);
});

test("a name that is told twice is looked at once", () => {
  const hints = new Hints();
  for (const folder of ["/a", "/a", "/b"]) hints.addName(folder, "x");
  assert.ok(hints.hasName("/a", "x"));
  assert.equal(hints.takeNames().length, 2);
  assert.ok(hints.isEmpty);
});

test("a reading waits while names come, and not for ever", () => {
  const hints = new Hints();
  hints.addFolder("/large");
  let rounds = 0;
  for (let read: string | undefined; read === undefined; rounds += 1) {
    hints.addName("/other", `${rounds}`);
    read = hints.takeFolder();
    hints.takeNames();
    assert.ok(rounds < 1000);
  }
  assert.ok(rounds > 10);
});

test("nothing below a folder that went is looked at", () => {
  const hints = new Hints();
  for (const folder of ["/a", "/a/b", "/ab"]) {
    hints.addName(folder, "x");
    hints.addFolder(folder);
  }
  hints.forgetBelow("/a");
  assert.deepEqual(hints.takeNames(), [{ folder: "/ab", name: "x" }]);
  assert.deepEqual([hints.takeFolder(), hints.takeFolder()], ["/ab", undefined]);
});

test("whatever is told is looked at by its name or with its folder, and few names are kept", () => {
  const told = fc.array(fc.record({ folder: fc.constantFrom("/a", "/b", "/c"), name: fc.nat(99).map(String) }));
  fc.assert(
    fc.property(told, fc.integer({ min: 1, max: 20 }), (all, max) => {
      const hints = new Hints(max);
      for (const { folder, name } of all) hints.addName(folder, name);
      const names = hints.takeNames();
      const folders = new Set<string>();
      for (let folder = hints.takeFolder(); folder !== undefined; folder = hints.takeFolder()) folders.add(folder);
      assert.ok(names.length <= max);
      const byName = new Set(names.map(({ folder, name }) => `${folder}/${name}`));
      for (const { folder, name } of all) assert.ok(byName.has(`${folder}/${name}`) || folders.has(folder));
      assert.ok(hints.isEmpty);
    }),
  );
});
