import assert from "node:assert/strict";
import { chmod, readFile, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { describe, test } from "node:test";
import { unixMs } from "../../daemon/core/time.ts";
import { type AnchorReading, type AnchorState, compareWithAnchor, openAnchor } from "../../daemon/journal/anchor.ts";
import { digestOf } from "../core/event-arbitrary.ts";
import { scratchFolder } from "./scratch.ts";

const newPath = scratchFolder();
const state = (count: number): AnchorState => ({
  count,
  hash: digestOf(`${count}`),
  at: unixMs(1_000_000 + count),
  unprovenCount: 0,
});

async function write(path: string, ...counts: readonly number[]): Promise<void> {
  const anchor = await openAnchor(path);
  for (const count of counts) await anchor.write(state(count));
  await anchor.close();
}

async function reading(path: string): Promise<AnchorReading> {
  const anchor = await openAnchor(path);
  await anchor.close();
  return anchor.reading;
}

async function flip(path: string, at: number): Promise<void> {
  const bytes = await readFile(path);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(path, bytes);
}

test("a new anchor is absent, private and of one size from the second write on", async () => {
  const path = newPath();
  assert.deepEqual(await reading(path), { kind: "absent" });
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  await write(path, 1, 2, 3);
  const { size } = await stat(path);
  await write(path, 4, 5, 6_000_000);
  assert.equal((await stat(path)).size, size);
});

test("the newest state is read back, whichever slot has it", async () => {
  const path = newPath();
  for (const count of [1, 2, 3, 4, 5]) {
    await write(path, count);
    assert.deepEqual(await reading(path), { kind: "read", state: state(count) });
  }
});

test("a torn slot: the other one serves, and the next write mends it", async () => {
  for (const [slot, offset] of [
    ["second", 0],
    ["first", 4096],
  ] as const) {
    const path = newPath();
    await write(path, 7, 8);
    await flip(path, offset + 20);
    const survivor = slot === "first" ? 8 : 7;
    assert.deepEqual(await reading(path), { kind: "read", state: state(survivor) });
    await write(path, 9);
    assert.deepEqual(await reading(path), { kind: "read", state: state(9) });
  }
});

test("a bit flipped anywhere never yields a state that was not written", async () => {
  const path = newPath();
  await write(path, 7, 8);
  const sound = await readFile(path);
  for (let at = 0; at < sound.length; at += 1) {
    // Between and behind the slots there is nothing to read.
    if (sound[at] === 0 || sound[at] === 0x20) continue;
    await writeFile(path, sound);
    await flip(path, at);
    const found = await reading(path);
    assert.ok(found.kind === "read" && [7, 8].includes(found.state.count), `byte ${at}`);
    assert.deepEqual(found.state, state(found.state.count));
  }
});

test("both slots torn, or text of another kind: unreadable, which is not absent", async () => {
  const path = newPath();
  await write(path, 7, 8);
  await flip(path, 20);
  await flip(path, 4096 + 20);
  assert.deepEqual(await reading(path), { kind: "unreadable" });
  await writeFile(path, "hello");
  assert.deepEqual(await reading(path), { kind: "unreadable" });
  await truncate(path, 0);
  assert.deepEqual(await reading(path), { kind: "absent" });
});

describe("an anchor that may be another's", () => {
  test("a link is refused", async () => {
    const path = newPath();
    await symlink("elsewhere", path);
    await assert.rejects(openAnchor(path), { code: "store-foreign", message: /is a link/ });
  });
  test("one that others can read is refused, with the remedy", async () => {
    const path = newPath();
    await write(path, 1);
    await chmod(path, 0o644);
    await assert.rejects(openAnchor(path), { code: "store-foreign", message: /chmod 0600 \// });
  });
  test("a folder that is not there, or a folder in its place, is a clear fault", async () => {
    await assert.rejects(openAnchor(`${newPath()}/anchor`), { code: "store-unwritable", message: /anchor.*ENOENT/ });
  });
});

describe("compared with its store", () => {
  const hashAt = (count: number): ReturnType<typeof digestOf> => digestOf(`${count}`);
  const read = (count: number): AnchorReading => ({ kind: "read", state: state(count) });
  const head = (count: number): { count: number; hash: ReturnType<typeof digestOf> } => ({
    count,
    hash: hashAt(count),
  });
  const foreign = { count: 5, hash: digestOf("foreign") };
  const rows = [
    ["equal", read(5), head(5), hashAt, { kind: "sound" }],
    ["the store ahead, and its past as noted", read(5), head(7), hashAt, { kind: "sound" }],
    ["the store ahead, and its past another", read(5), head(7), () => digestOf("x"), { kind: "other" }],
    ["the store ahead, without the past", read(5), head(7), () => undefined, { kind: "other" }],
    ["as long, and other events", read(5), foreign, hashAt, { kind: "other" }],
    ["the store behind", read(7), head(5), hashAt, { kind: "behind", missing: 2 }],
    ["the store empty", read(7), head(0), hashAt, { kind: "behind", missing: 7 }],
    ["no anchor, no events", { kind: "absent" }, head(0), hashAt, { kind: "sound" }],
    ["no anchor, events", { kind: "absent" }, head(1), hashAt, { kind: "unproven" }],
    ["an unreadable anchor, no events", { kind: "unreadable" }, head(0), hashAt, { kind: "unproven" }],
    ["an unreadable anchor, events", { kind: "unreadable" }, head(9), hashAt, { kind: "unproven" }],
  ] as const;
  for (const [name, anchor, store, past, expected] of rows)
    test(name, () => assert.deepEqual(compareWithAnchor(anchor, store, past), expected));
});
