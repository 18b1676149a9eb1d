import assert from "node:assert/strict";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { test } from "node:test";
import { parsePackageName } from "../../daemon/core/package-name.ts";
import { sha256 } from "../../daemon/journal/digest.ts";
import type { Append } from "../../daemon/journal/journal.ts";
import { must } from "../core/event-arbitrary.ts";
import { alice, appendOf, sighting } from "./kit.ts";
import { dataFiles, openStoreIn, scratchFolder } from "./scratch.ts";

const newFolder = scratchFolder();

function sightings(from: number, count: number): readonly Append[] {
  return Array.from({ length: count }, (_, index) =>
    appendOf(must(parsePackageName(`pkg:generic/p${from + index}`)), 0, [sighting(`f${from + index}`, alice)]),
  );
}

/**
 * Leaves tables that LevelDB never took up, as a merge does that closing breaks off, and seals them: LevelDB removes
 * them when it is next opened, and gives their names to others.
 */
async function leaveTables(folder: string, count: number): Promise<void> {
  const tables = (await dataFiles(folder)).filter((file) => file.endsWith(".ldb"));
  const [some = ""] = tables;
  const digest = sha256(await readFile(some));
  const numbers = (await dataFiles(folder)).map((file) => Number(/(\d+)(?:\.ldb|\.log)?$/.exec(file)?.[1] ?? 0));
  const names = Array.from({ length: count }, (_, index) => {
    const number = Math.max(...numbers) + 1 + index;
    return `${String(number).padStart(6, "0")}.ldb`;
  });
  for (const name of names) await copyFile(some, join(folder, "journal", name));
  const seals = await readFile(join(folder, "tables"), "latin1");
  const lines = seals.slice(seals.indexOf("\n") + 1) + names.map((name) => `${digest} ${name}\n`).join("");
  await writeFile(join(folder, "tables"), `${sha256(lines)}\n${lines}`);
}

test("a table under the name of one that was removed is not taken for it", async () => {
  const folder = newFolder();
  const begun = await openStoreIn(folder);
  await begun.appendMany(sightings(0, 6000));
  await begun.close();
  await leaveTables(folder, 20);
  const left = (await dataFiles(folder)).slice(-20).map((file) => basename(file));
  // LevelDB makes a table of its log when it is opened.
  const more = await openStoreIn(folder);
  assert.deepEqual(more.findings, []);
  await more.close();
  const tables = (await dataFiles(folder)).map((file) => basename(file));
  const seals = await readFile(join(folder, "tables"), "latin1");
  assert.ok(
    tables.some((name) => left.includes(name) && seals.includes(name)),
    `${tables.join(" ")} after ${left.join(" ")}`,
  );
  const again = await openStoreIn(folder);
  assert.equal(await again.count(), 6000);
  await again.close();
});

test("a table that is not as it was written is damage, and is named", async () => {
  const folder = newFolder();
  const begun = await openStoreIn(folder);
  await begun.appendMany(sightings(0, 6000));
  await begun.close();
  const table = (await dataFiles(folder)).find((file) => file.endsWith(".ldb")) ?? "";
  const bytes = await readFile(table);
  bytes[1000] = (bytes[1000] ?? 0) ^ 1;
  await writeFile(table, bytes);
  const message = new RegExp(`damaged: .*${basename(table)} is not as it was written`);
  await assert.rejects(openStoreIn(folder), { code: "store-damaged", message });
});
