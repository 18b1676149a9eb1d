import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type PackageName, parsePackageName } from "../../daemon/core/package-name.ts";
import { unixMs } from "../../daemon/core/time.ts";
import { TofuError } from "../../daemon/core/tofu-error.ts";
import type { Journal } from "../../daemon/journal/journal.ts";
import { verifyFolder } from "../../daemon/journal/level-journal.ts";
import { type Repaired, repairStore } from "../../daemon/journal/repair-store.ts";
import { verifyStore } from "../../daemon/journal/verify-store.ts";
import { must } from "../core/event-arbitrary.ts";
import { alice, appendOf, curl, forget, sighting, sunpy } from "./kit.ts";
import { dataFiles, openStoreIn, scratchFolder, seeded } from "./scratch.ts";

const newFolder = scratchFolder();
const NOW = unixMs(Date.UTC(2026, 10, 20));
const names: readonly PackageName[] = Array.from({ length: 30 }, (_, index) =>
  must(parsePackageName(`pkg:pypi/p${index}`)),
);
const EVENTS_EACH = 8;

async function build(folder: string): Promise<ReadonlyMap<PackageName, readonly unknown[]>> {
  let journal = await openStoreIn(folder);
  for (let n = 0; n < EVENTS_EACH; n += 1) {
    for (const name of names) await journal.append(appendOf(name, n, [sighting(`${name.slice(9)}-${n}`, alice)]));
    if (n === EVENTS_EACH / 2) {
      // Half of it settled in a table, half in the log.
      await journal.close();
      journal = await openStoreIn(folder);
    }
  }
  const all = await everyChain(journal);
  await journal.close();
  return all;
}

async function everyChain(journal: Journal): Promise<ReadonlyMap<PackageName, readonly unknown[]>> {
  const all = new Map<PackageName, readonly unknown[]>();
  for await (const name of journal.packages()) all.set(name, await journal.read(name));
  return all;
}

function repair(folder: string): Promise<Repaired> {
  return repairStore({ folder, now: NOW, verify: (fresh) => verifyFolder(fresh, NOW) });
}

/** Every chain of the repaired store is a beginning of the true one, and the store is sound and says what it is. */
async function assertProven(
  folder: string,
  truth: ReadonlyMap<PackageName, readonly unknown[]>,
  repaired: Repaired,
): Promise<void> {
  const journal = await openStoreIn(folder);
  try {
    let events = 0;
    for (const [name, chain] of await everyChain(journal)) {
      assert.deepEqual(chain, truth.get(name)?.slice(0, chain.length), name);
      events += chain.length;
    }
    assert.equal(events, repaired.events);
    for await (const { kind, problem } of verifyStore(journal)) assert.equal(kind, "absent", problem);
    const said = repaired.isComplete ? [] : [/was repaired on 2026-11-20/];
    assert.equal(journal.findings.length, said.length, journal.findings.join());
    for (const [index, form] of said.entries()) assert.match(journal.findings[index] ?? "", form);
  } finally {
    await journal.close();
  }
}

async function isSound(folder: string): Promise<boolean> {
  try {
    const journal = await openStoreIn(folder);
    try {
      for await (const { kind } of verifyStore(journal)) if (kind === "damaged") return false;
      return true;
    } finally {
      await journal.close();
    }
  } catch (cause) {
    if (cause instanceof TofuError) return false;
    throw cause;
  }
}

async function copyOf(folder: string): Promise<string> {
  const copy = newFolder();
  await cp(folder, copy, { recursive: true });
  await cp(`${folder}.anchor`, `${copy}.anchor`);
  return copy;
}

describe("repairing a store", () => {
  test("what LevelDB needs to find its tables is made anew: nothing is lost, and nothing needs saying", async () => {
    const folder = newFolder();
    const truth = await build(folder);
    for (const file of ["CURRENT", "MANIFEST"]) {
      const copy = await copyOf(folder);
      const target = (await readdir(join(copy, "journal"))).find((name) => name.startsWith(file)) ?? "";
      await rm(join(copy, "journal", target));
      assert.equal(await isSound(copy), false);
      const repaired = await repair(copy);
      assert.deepEqual([repaired.isComplete, repaired.lost, repaired.losses], [true, 0, []], file);
      await assertProven(copy, truth, repaired);
    }
  });

  test("a store cut, halved or flipped anywhere: beginnings of the true chains, the rest named, the damaged one kept", async () => {
    const folder = newFolder();
    const truth = await build(folder);
    const files = await dataFiles(folder);
    const random = seeded(11);
    const damages = files.flatMap((file) => [
      { file, damage: (path: string, length: number) => truncate(path, length - 1) },
      { file, damage: (path: string, length: number) => truncate(path, Math.floor(length / 2)) },
      ...[1, 2, 3].map(() => ({ file, damage: flip })),
    ]);
    async function flip(path: string): Promise<void> {
      const bytes = await readFile(path);
      const at = Math.floor(random() * bytes.length);
      if (bytes.length > 0) bytes[at] = (bytes[at] ?? 0) ^ 4;
      await writeFile(path, bytes);
    }
    let losing = 0;
    let hopeless = 0;
    for (const { file, damage } of damages) {
      const { length } = await readFile(file);
      if (length === 0) continue;
      const copy = await copyOf(folder);
      await damage(join(copy, "journal", basename(file)), length);
      if (await isSound(copy)) continue;
      const repaired = await repair(copy).catch((cause: unknown) => {
        // The table that holds the first event of every chain can be past reading: then nothing can be proven.
        assert.ok(cause instanceof TofuError && cause.code === "store-damaged", String(cause));
        return undefined;
      });
      if (repaired === undefined) {
        hopeless += 1;
        assert.equal(await isSound(copy), false);
        continue;
      }
      await assertProven(copy, truth, repaired);
      if (!repaired.isComplete) losing += 1;
      assert.ok(repaired.events > 0);
      assert.ok((await readdir(join(repaired.damaged, "journal"))).length > 0);
      assert.ok((await readFile(`${repaired.damaged}.anchor`)).length > 0);
      const left = (await readdir(dirname(copy))).filter((name) => name.startsWith(`${basename(copy)}.repair`));
      assert.deepEqual(left, []);
    }
    assert.ok(losing > 2 && hopeless < damages.length / 3, `${losing} with losses, ${hopeless} hopeless`);
  });

  test("a rolled-back store goes on from where it is, and says so ever after", async () => {
    const folder = newFolder();
    const journal = await openStoreIn(folder);
    for (let n = 0; n < 3; n += 1) await journal.append(appendOf(sunpy, n, [forget(`${n}`)]));
    await journal.close();
    const old = await copyOf(folder);
    const more = await openStoreIn(folder);
    for (let n = 3; n < 5; n += 1) await more.append(appendOf(sunpy, n, [forget(`${n}`)]));
    await more.close();
    await rm(folder, { recursive: true });
    await cp(old, folder, { recursive: true });
    const repaired = await repair(folder);
    assert.deepEqual([repaired.events, repaired.lost, repaired.isComplete], [3, 2, false]);
    for (let round = 0; round < 2; round += 1) {
      const after = await openStoreIn(folder);
      assert.match(
        after.findings.join(),
        /^the store was repaired on 2026-11-20: 3 of its events were taken over, and 2 could not/,
      );
      await after.append(appendOf(sunpy, 3 + round, [forget("new")]));
      await after.close();
    }
  });

  test("without an anchor nobody can say how much is gone", async () => {
    const folder = newFolder();
    await build(folder);
    await rm(`${folder}.anchor`);
    const current = join(folder, "journal", "CURRENT");
    await truncate(current, 0);
    const repaired = await repair(folder);
    assert.equal(repaired.lost, undefined);
    const after = await openStoreIn(folder);
    assert.match(after.findings.join(), /nobody can say how many are gone/);
    await after.close();
  });
});

describe("a repair that changes nothing", () => {
  async function snapshot(folder: string): Promise<readonly (readonly [string, string])[]> {
    const files = (await readdir(folder, { recursive: true })).sort();
    const contents = await Promise.all(
      files.map(async (file) => [file, await readFile(join(folder, file), "latin1").catch(() => "")] as const),
    );
    return [...contents, ["anchor", await readFile(`${folder}.anchor`, "latin1")]];
  }

  test("of another store in the place of this one", async () => {
    const [folder, other] = [newFolder(), newFolder()];
    for (const [place, name] of [
      [folder, sunpy],
      [other, curl],
    ] as const) {
      const journal = await openStoreIn(place);
      await journal.append(appendOf(name, 0, [forget("x")]));
      await journal.close();
    }
    await rm(folder, { recursive: true });
    await cp(other, folder, { recursive: true });
    const before = await snapshot(folder);
    await assert.rejects(repair(folder), { code: "store-rolled-back", message: /no repair can undo/ });
    assert.deepEqual(await snapshot(folder), before);
  });

  test("of a store of which nothing is left", async () => {
    const folder = newFolder();
    await build(folder);
    for (const file of await dataFiles(folder)) await truncate(file, 0);
    const before = await snapshot(folder);
    await assert.rejects(repair(folder), { code: "store-damaged" });
    assert.deepEqual(await snapshot(folder), before);
  });

  test("of a store that another process has open", async () => {
    const folder = newFolder();
    const writer = fileURLToPath(import.meta.resolve("./writer.js"));
    const child = spawn(process.execPath, [writer, folder, "0"], { stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout, "data");
    child.stdout.resume();
    for (let attempt = 0; attempt < 2; attempt += 1)
      await assert.rejects(repair(folder), { code: "store-in-use" }, `attempt ${attempt}`);
    child.kill("SIGKILL");
    await once(child, "close");
    const journal = await openStoreIn(folder);
    for await (const { problem } of verifyStore(journal)) assert.fail(problem);
    await journal.close();
  });
});
