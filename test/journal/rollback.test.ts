import assert from "node:assert/strict";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { appendOf, curl, forget, sunpy } from "./kit.ts";
import { openStoreIn, scratchFolder } from "./scratch.ts";

const newFolder = scratchFolder();

async function storeOf(events: number): Promise<string> {
  const folder = newFolder();
  const journal = await openStoreIn(folder);
  for (let n = 0; n < events; n += 1) await journal.append(appendOf(sunpy, n, [forget(`${n}`)]));
  await journal.close();
  return folder;
}

async function appendOne(folder: string, version: number): Promise<void> {
  const journal = await openStoreIn(folder);
  assert.equal((await journal.append(appendOf(sunpy, version, [forget("more")]))).kind, "appended");
  await journal.close();
}

async function findings(folder: string): Promise<readonly string[]> {
  const journal = await openStoreIn(folder);
  await journal.close();
  return journal.findings;
}

test("yesterday's copy put back: refused each time, with the number of events that are missing", async () => {
  const folder = await storeOf(3);
  await cp(folder, `${folder}.copy`, { recursive: true });
  await appendOne(folder, 3);
  await appendOne(folder, 4);
  await rm(folder, { recursive: true });
  await cp(`${folder}.copy`, folder, { recursive: true });
  for (let attempt = 0; attempt < 2; attempt += 1)
    await assert.rejects(openStoreIn(folder), {
      code: "store-rolled-back",
      message: /ends after event 3.*2 events are missing/,
    });
});

test("a store emptied or removed is no first use", async () => {
  const folder = await storeOf(1);
  await rm(folder, { recursive: true });
  for (let attempt = 0; attempt < 2; attempt += 1)
    await assert.rejects(openStoreIn(folder), {
      code: "store-rolled-back",
      message: /is empty, and 1 event is missing/,
    });
});

test("another store in its place is refused, longer ones too", async () => {
  const folder = await storeOf(2);
  for (const length of [2, 5]) {
    const other = newFolder();
    const journal = await openStoreIn(other);
    for (let n = 0; n < length; n += 1) await journal.append(appendOf(curl, n, [forget(`${n}`)]));
    await journal.close();
    await rm(folder, { recursive: true });
    await cp(other, folder, { recursive: true });
    await assert.rejects(openStoreIn(folder), { code: "store-rolled-back", message: /other events/ });
  }
});

test("an anchor behind its store, as a crash between the two leaves it, is brought up to date", async () => {
  const folder = await storeOf(2);
  const old = await readFile(`${folder}.anchor`);
  await appendOne(folder, 2);
  const current = await readFile(`${folder}.anchor`);
  await writeFile(`${folder}.anchor`, old);
  assert.deepEqual(await findings(folder), []);
  await cp(folder, `${folder}.copy`, { recursive: true });
  assert.notDeepEqual(await readFile(`${folder}.anchor`), old);
  assert.equal(current.length, old.length);
  await appendOne(folder, 3);
  await rm(folder, { recursive: true });
  await cp(`${folder}.copy`, folder, { recursive: true });
  await assert.rejects(openStoreIn(folder), { code: "store-rolled-back" });
});

test("a removed anchor is said at once and ever after; what comes later is guarded again", async () => {
  const folder = await storeOf(2);
  await rm(`${folder}.anchor`);
  for (const _ of [1, 2]) {
    const [finding, ...rest] = await findings(folder);
    assert.match(finding ?? "", /^cannot prove completeness: .*\.anchor was missing or unreadable when 2 events were/);
    assert.deepEqual(rest, []);
  }
  await cp(folder, `${folder}.copy`, { recursive: true });
  await appendOne(folder, 2);
  await rm(folder, { recursive: true });
  await cp(`${folder}.copy`, folder, { recursive: true });
  await assert.rejects(openStoreIn(folder), { code: "store-rolled-back", message: /1 event is missing/ });
});

test("a garbled anchor over an emptied store is said too", async () => {
  const folder = await storeOf(2);
  await rm(folder, { recursive: true });
  await mkdir(folder, { mode: 0o700 });
  await writeFile(`${folder}.anchor`, "garbled");
  assert.match((await findings(folder)).join(), /^cannot prove completeness/);
});

test("a store opened only to be read leaves its anchor as it is", async () => {
  const folder = await storeOf(2);
  const before = await readFile(`${folder}.anchor`);
  assert.deepEqual(await findings(folder), []);
  assert.deepEqual(await readFile(`${folder}.anchor`), before);
});
