import assert from "node:assert/strict";
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { openWatched } from "./watched.ts";

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

describe("folders below", () => {
  const names = ["*.[ch]", "tilde~", "orbit-1.0.tar.gz", "%s", "na\u0301me", " "];
  for (const when of ["before", "after"] as const)
    test(`of odd names are watched that are made ${when} the watch begins`, async (t) => {
      const make = (inbox: string): void => {
        for (const name of names) mkdirSync(join(inbox, name));
      };
      const { inbox, judged, until } = await openWatched(t, when === "before" ? { before: make } : {});
      if (when === "after") make(inbox);
      for (const round of ["one", "two"]) {
        const files = names.map((name) => `${name}/${round}-1.0.tar.gz`);
        for (const file of files) writeFileSync(join(inbox, file), round);
        await until(() => files.every((file) => judged.has(file)));
      }
    });

  test("are watched as deep as was asked for", async (t) => {
    const { inbox, judged, until } = await openWatched(t, { depth: 2 });
    mkdirSync(join(inbox, "1/2/3"), { recursive: true });
    for (const folder of ["1/2/3", "1/2", "1"]) writeFileSync(join(inbox, folder, "deep-1.0.tar.gz"), "x");
    await until(() => judged.has("1/2/deep-1.0.tar.gz") && judged.has("1/deep-1.0.tar.gz"));
    writeFileSync(join(inbox, "1/2/3/deeper-1.0.tar.gz"), "x");
    writeFileSync(join(inbox, "1/2/last-1.0.tar.gz"), "x");
    await until(() => judged.has("1/2/last-1.0.tar.gz"));
    assert.equal(judged.size, 3);
  });

  test("that begin with a dot are not watched", async (t) => {
    const { inbox, judged, until } = await openWatched(t);
    mkdirSync(join(inbox, ".hidden"));
    writeFileSync(join(inbox, ".hidden/a-1.0.tar.gz"), "x");
    writeFileSync(join(inbox, "b-1.0.tar.gz"), "x");
    await until(() => judged.has("b-1.0.tar.gz"));
    assert.equal(judged.size, 1);
  });

  test("that come by a rename are watched with all that is in them, under their last name", async (t) => {
    const { inbox, judged, until } = await openWatched(t);
    mkdirSync(join(inbox, "old/deep"), { recursive: true });
    writeFileSync(join(inbox, "old/deep/a-1.0.tar.gz"), "x");
    await until(() => judged.has("old/deep/a-1.0.tar.gz"));
    renameSync(join(inbox, "old"), join(inbox, "new"));
    await until(() => judged.has("new/deep/a-1.0.tar.gz"));
    writeFileSync(join(inbox, "new/deep/b-1.0.tar.gz"), "x");
    await until(() => judged.has("new/deep/b-1.0.tar.gz"));
    assert.equal(judged.size, 3);
  });

  test("that go and come again at once, maybe with the same inode, are watched again", async (t) => {
    const { inbox, judged, until } = await openWatched(t);
    const below = join(inbox, "below");
    for (let round = 0; round < 20; round += 1) {
      rmSync(below, { recursive: true, force: true });
      mkdirSync(below);
      writeFileSync(join(below, `early${round}-1.0.tar.gz`), "x");
      await until(() => judged.has(`below/early${round}-1.0.tar.gz`));
      writeFileSync(join(below, `late${round}-1.0.tar.gz`), "x");
      await until(() => judged.has(`below/late${round}-1.0.tar.gz`));
    }
  });
});

test("a root that goes and comes again at once, maybe with the same inode, is watched again", async (t) => {
  const { inbox, judged, until } = await openWatched(t);
  for (let round = 0; round < 20; round += 1) {
    rmSync(inbox, { recursive: true, force: true });
    mkdirSync(inbox);
    writeFileSync(join(inbox, `early${round}-1.0.tar.gz`), "x");
    await until(() => judged.has(`early${round}-1.0.tar.gz`));
    writeFileSync(join(inbox, `late${round}-1.0.tar.gz`), "x");
    await until(() => judged.has(`late${round}-1.0.tar.gz`));
  }
});

test("an entry that is called as its folder changes nothing", async (t) => {
  const { inbox, judged, until } = await openWatched(t);
  const own = join(inbox, inbox.slice(inbox.lastIndexOf("/") + 1));
  mkdirSync(own);
  mkdirSync(join(inbox, "same-1.0.tar.gz"));
  writeFileSync(join(own, "a-1.0.tar.gz"), "x");
  writeFileSync(join(inbox, "same-1.0.tar.gz/same-1.0.tar.gz"), "x");
  await until(() => judged.size === 2);
  writeFileSync(join(own, "b-1.0.tar.gz"), "x");
  writeFileSync(join(inbox, "same-1.0.tar.gz/c-1.0.tar.gz"), "x");
  await until(() => judged.size === 4);
});
