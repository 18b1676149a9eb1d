import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, chown, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { Level } from "level";
import { TableSeals } from "../../daemon/journal/table-seals.ts";
import { verifyStore } from "../../daemon/journal/verify-store.ts";
import { alice, appendOf, forget, sighting, sunpy } from "./kit.ts";
import { openStoreIn, scratchFolder } from "./scratch.ts";

const newFolder = scratchFolder();
const mode = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);

async function begin(folder: string, replay = false): Promise<void> {
  const journal = await openStoreIn(folder, { replay });
  await journal.append(appendOf(sunpy, 0, [forget("1")]));
  await journal.close();
}

describe("whose store it is", () => {
  test("folders that had to be made are for us alone, and so are the notes", async () => {
    const folder = join(newFolder(), "state", "tofu");
    const journal = await openStoreIn(folder);
    assert.deepEqual(await Promise.all([folder, dirname(folder), dirname(dirname(folder))].map(mode)), [
      "700",
      "700",
      "700",
    ]);
    assert.deepEqual(await Promise.all([`${folder}.anchor`, `${folder}/owner.json`].map(mode)), ["600", "600"]);
    await journal.close();
  });
  for (const bits of [0o750, 0o705, 0o770, 0o701])
    test(`a folder of mode ${bits.toString(8)} is refused, with the remedy`, async () => {
      const folder = newFolder();
      await mkdir(folder);
      await chmod(folder, bits);
      await assert.rejects(openStoreIn(folder), {
        code: "store-foreign",
        message: new RegExp(`: chmod 0700 ${folder}$`),
      });
    });
  test("a folder of another user is refused", {
    skip: process.getuid?.() === 0 ? false : "only root can make one",
  }, async () => {
    const folder = newFolder();
    await mkdir(folder, { mode: 0o700 });
    await chown(folder, 65534, 65534);
    await assert.rejects(openStoreIn(folder), { code: "store-foreign", message: /belongs to user 65534/ });
  });
  test("a file in the folder's place is a fault that says so", async () => {
    const folder = newFolder();
    await writeFile(folder, "");
    await assert.rejects(openStoreIn(folder), { code: "store-unwritable", message: /is not a folder/ });
  });
  for (const [what, place] of [
    ["the database's folder", "journal"],
    ["the list of its tables", "tables"],
  ] as const)
    test(`something else in the place of ${what} is damage, also when asked again`, async () => {
      const folder = newFolder();
      await mkdir(folder, { mode: 0o700 });
      if (place === "journal") await writeFile(join(folder, place), "");
      else await mkdir(join(folder, place));
      for (const _ of [1, 2])
        await assert.rejects(openStoreIn(folder), { code: "store-damaged", message: /is damaged/ });
    });
  test("a store whose making was cut short is begun anew", async () => {
    const folder = newFolder();
    await begin(folder);
    for (const name of await readdir(join(folder, "journal"))) await rm(join(folder, "journal", name));
    await rm(`${folder}.anchor`);
    // What LevelDB leaves when it is killed before it has named its first manifest.
    await writeFile(join(folder, "journal", "MANIFEST-000001"), "");
    const journal = await openStoreIn(folder);
    assert.deepEqual([await journal.count(), journal.findings], [0, []]);
    await journal.close();
  });
  test("a folder that can't be made, below one that can't hold any, is a fault and no waiting", {
    skip: existsSync("/proc/self") ? false : "no such folder here",
  }, async () => {
    const message = /can't write in the store's folder \/proc\/none\/store \(ENOENT\)/;
    await assert.rejects(openStoreIn("/proc/none/store"), { code: "store-unwritable", message });
  });
  test("a name with an escape in it is escaped in the sentence", async () => {
    const folder = `${newFolder()}\u001b[31m`;
    await writeFile(folder, "");
    await assert.rejects(openStoreIn(folder), { message: /\\x1b\[31m/ });
  });
});

describe("one owner at a time", () => {
  test("a second opener is told who has it, waits, and gets it when it is free", async () => {
    const folder = newFolder();
    const first = await openStoreIn(folder);
    const owner: unknown = JSON.parse(await readFile(join(folder, "owner.json"), "utf8"));
    assert.deepEqual(owner, { pid: process.pid, since: "1970-01-01T00:00:01Z" });
    await assert.rejects(openStoreIn(folder), {
      code: "store-in-use",
      message: `the store ${folder} is in use by another tofu (pid ${process.pid})`,
    });
    const waiting = openStoreIn(folder, { lockWaitMs: 60_000 });
    await first.append(appendOf(sunpy, 0, [forget("1")]));
    await first.close();
    const second = await waiting;
    assert.equal((await second.read(sunpy)).length, 1);
    await second.close();
    await assert.rejects(stat(join(folder, "owner.json")), { code: "ENOENT" });
  });
  for (const [name, note] of [
    ["of a process that is gone", '{"pid":2147483646,"since":"2026-01-01T00:00:00Z"}'],
    ["that is half written", '{"pid":1'],
    ["of another form", '{"pid":"1; rm","since":"2026-01-01T00:00:00Z"}'],
  ] as const)
    test(`a note ${name} names nobody`, async () => {
      const folder = newFolder();
      const first = await openStoreIn(folder);
      await writeFile(join(folder, "owner.json"), note);
      await assert.rejects(openStoreIn(folder), { message: `the store ${folder} is in use by another tofu` });
      await first.close();
    });
});

describe("what a store was begun as", () => {
  test("a live store is no replay: its history can't be backdated", async () => {
    const folder = newFolder();
    await begin(folder);
    await assert.rejects(openStoreIn(folder, { replay: true }), { code: "replay-mismatch" });
    const journal = await openStoreIn(folder);
    assert.equal(journal.replay, false);
    await journal.close();
  });
  test("a replay says so, however it is opened", async () => {
    const folder = newFolder();
    await begin(folder, true);
    for (const replay of [true, false]) {
      const journal = await openStoreIn(folder, { replay });
      assert.equal(journal.replay, true);
      await journal.close();
    }
  });
  test("a store without events becomes what it is opened as", async () => {
    const folder = newFolder();
    for (const replay of [false, true, false, true]) {
      const journal = await openStoreIn(folder, { replay });
      assert.equal(journal.replay, replay);
      await journal.close();
    }
  });
  test("a store of a newer form is left alone", async () => {
    const folder = newFolder();
    await begin(folder);
    const db = new Level(join(folder, "journal"));
    await db.put("m\0format", '{"schema":2,"replay":false,"more":1}');
    await db.close();
    await assert.rejects(openStoreIn(folder), { code: "store-newer", message: /its form is 2/ });
  });
  test("a store that doesn't say what form it has is damaged", async () => {
    const folder = newFolder();
    await begin(folder);
    for (const format of [undefined, "{}"]) {
      const db = new Level(join(folder, "journal"));
      await (format === undefined ? db.del("m\0format") : db.put("m\0format", format));
      await db.close();
      await assert.rejects(openStoreIn(folder), { code: "store-damaged" });
    }
  });
});

describe("a store edited by hand", () => {
  const edits: readonly (readonly [string, string, string | undefined, RegExp])[] = [
    ["an event changed", "e\0pkg:pypi/sunpy\x00000000000001", "{}", /event 1 of pkg:pypi\/sunpy/],
    ["an event removed", "e\0pkg:pypi/sunpy\x00000000000002", undefined, /event 2 of pkg:pypi\/sunpy is missing/],
    ["an event added", "e\0pkg:pypi/sunpy\x00000000000004", "{}", /event 4 of pkg:pypi\/sunpy is there/],
    ["the end of a journal removed", "h\0pkg:pypi/sunpy", undefined, /event 1 of pkg:pypi\/sunpy is there/],
    ["the end of a journal set back", "h\0pkg:pypi/sunpy", `2 ${"0".repeat(64)}`, /event 2 of pkg:pypi\/sunpy/],
  ];
  for (const [name, key, value, message] of edits)
    test(`${name}: opening, reading and checking say so`, async () => {
      const folder = newFolder();
      let journal = await openStoreIn(folder);
      await journal.append(appendOf(sunpy, 0, [sighting("a", alice), forget("2"), forget("3")]));
      await journal.close();
      // Opened and closed once more, so that what is edited lies in a table and not in the log that opening looks at.
      await (await openStoreIn(folder)).close();
      const db = new Level(join(folder, "journal"));
      await (value === undefined ? db.del(key) : db.put(key, value));
      await db.close();
      await rm(join(folder, "tables"));
      await assert.rejects(openStoreIn(folder), { code: "store-damaged", message: /event \d of pkg:pypi\/sunpy/ });
      await new TableSeals(folder, join(folder, "journal")).seal();
      journal = await openStoreIn(folder);
      await assert.rejects(journal.read(sunpy), { code: "store-damaged", message });
      // An append reads no further back than the end.
      const isAtEnd = !key.startsWith("e\0") || key.endsWith("4");
      const append = journal.append(appendOf(sunpy, 3, [forget("4")]));
      await (isAtEnd ? assert.rejects(append, { code: "store-damaged" }) : append);
      const problems: string[] = [];
      for await (const { problem } of verifyStore(journal)) problems.push(problem);
      assert.match(problems.join("\n"), message);
      await journal.close();
    });
});
