import assert from "node:assert/strict";
import { cp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { before, describe, test } from "node:test";
import { type PackageName, parsePackageName } from "../../daemon/core/package-name.ts";
import { TofuError } from "../../daemon/core/tofu-error.ts";
import { sha256 } from "../../daemon/journal/digest.ts";
import type { Journal } from "../../daemon/journal/journal.ts";
import { verifyStore } from "../../daemon/journal/verify-store.ts";
import { digestOf, must } from "../core/event-arbitrary.ts";
import { alice, appendOf, forget, primary, sighting, subkey } from "./kit.ts";
import { dataFiles, openStoreIn, scratchFolder, seeded } from "./scratch.ts";

const newFolder = scratchFolder();
const names: readonly PackageName[] = Array.from({ length: 40 }, (_, index) =>
  must(parsePackageName(`pkg:pypi/p${index}`)),
);
const EVENTS_EACH = 5;
const FLIPS = 150;

test("a bit flipped in the middle of the log is found by opening alone", async () => {
  const folder = newFolder();
  await build(folder, { settled: false });
  const log = (await dataFiles(folder)).find((file) => file.endsWith(".log")) ?? "";
  const bytes = await readFile(log);
  // In the second of the log's blocks of 32 KiB, which LevelDB will leave out; the first says what form the store has.
  bytes[40_000] = (bytes[40_000] ?? 0) ^ 1;
  await writeFile(log, bytes);
  await assert.rejects(openStoreIn(folder), { code: "store-damaged", message: /event \d+ of all is missing/ });
});

test("after closing every table is sealed; without the seals, or with garbled ones, everything is read instead", async () => {
  const folder = newFolder();
  const truth = await build(folder, { settled: true });
  const seals = await readFile(join(folder, "tables"), "latin1");
  const tables = (await dataFiles(folder)).filter((file) => file.endsWith(".ldb"));
  assert.ok(tables.length > 0);
  for (const table of tables) assert.ok(seals.includes(` ${basename(table)}\n`), basename(table));
  for (const garbled of [undefined, "", seals.replace(/^./, "x"), seals.slice(0, -20)]) {
    await (garbled === undefined ? rm(join(folder, "tables")) : writeFile(join(folder, "tables"), garbled));
    assert.equal(await outcome(folder), truth);
  }
});

/** Everything that can be asked of a store, as text; or the code of the fault that one of the questions ended in. */
async function everything(journal: Journal): Promise<string> {
  const seen: unknown[] = [await journal.count(), await journal.read("*")];
  for await (const name of journal.packages()) seen.push(name);
  for (const name of names)
    seen.push(await journal.read(name), await journal.packagesOfArtifact(digestOf(`${name.slice(9)}.tar`)));
  for await (const entry of journal.follow(0)) seen.push(entry);
  seen.push(await journal.packagesOfSigner(alice), await journal.certificate(primary), await journal.primaryOf(subkey));
  seen.push(await journal.object(sha256("object")));
  return JSON.stringify(seen);
}

async function outcome(folder: string): Promise<string> {
  let journal: Awaited<ReturnType<typeof openStoreIn>> | undefined;
  try {
    journal = await openStoreIn(folder);
    if (journal.findings.length > 0) return `finding: ${journal.findings.join()}`;
    const all = await everything(journal);
    for await (const { place, problem } of verifyStore(journal)) return `problem: ${place}: ${problem}`;
    return all;
  } catch (cause) {
    if (cause instanceof TofuError) return cause.code;
    throw cause;
  } finally {
    await journal?.close();
  }
}

/** A store of 201 events, whose last opening left all of them in the log (`fresh`) or most in a table (`settled`). */
async function build(folder: string, { settled }: { readonly settled: boolean }): Promise<string> {
  let journal = await openStoreIn(folder);
  const certificates = [{ primary, subkeys: [subkey], bytes: Buffer.from("certificate") }];
  await journal.append(appendOf("*", 0, [forget("x")], { certificates, objects: [Buffer.from("object")] }));
  for (let n = 0; n < EVENTS_EACH; n += 1) {
    for (const name of names)
      await journal.append(appendOf(name, n, [sighting(n === 0 ? `${name.slice(9)}.tar` : `${n}`, alice)]));
    if (settled && n < EVENTS_EACH - 1) {
      await journal.close();
      journal = await openStoreIn(folder);
    }
  }
  const all = await everything(journal);
  await journal.close();
  return all;
}

async function copyOf(folder: string): Promise<string> {
  const copy = newFolder();
  await cp(folder, copy, { recursive: true });
  await cp(`${folder}.anchor`, `${copy}.anchor`);
  return copy;
}

for (const kind of ["fresh", "settled"] as const)
  describe(`damage to a ${kind} store is never silent`, () => {
    let folder = "";
    let truth = "";
    before(async () => {
      folder = newFolder();
      truth = await build(folder, { settled: kind === "settled" });
    });

    test("an undamaged copy is as it was", async () => assert.equal(await outcome(await copyOf(folder)), truth));

    test("each file cut by a byte, by half, to nothing, or removed", async () => {
      for (const file of await dataFiles(folder)) {
        const { length } = await readFile(file);
        for (const rest of [length - 1, Math.floor(length / 2), 0, undefined]) {
          const copy = await copyOf(folder);
          const target = `${copy}/journal/${basename(file)}`;
          await (rest === undefined ? rm(target) : truncate(target, rest));
          const said = await outcome(copy);
          if (length > 0) assert.notEqual(said.slice(0, 1), "[", `${basename(file)} cut to ${rest} bytes: silent`);
        }
      }
    });

    test(`${FLIPS} flipped bits`, async () => {
      const random = seeded(kind === "fresh" ? 1 : 2);
      const files = await dataFiles(folder);
      const sizes = new Map<string, number>();
      for (const file of files) sizes.set(file, (await readFile(file)).length);
      for (let flip = 0; flip < FLIPS; flip += 1) {
        // Every third one in a file drawn by name: a fair draw of bytes would hardly ever hit the small ones.
        const file = flip % 3 === 0 ? pick(files, random) : byteWeighted(sizes, random);
        const copy = await copyOf(folder);
        const what = await flipBit(`${copy}/journal/${basename(file)}`, random);
        const said = await outcome(copy);
        assert.ok(said === truth || !said.startsWith("["), `silent: ${basename(file)}, ${what}`);
      }
    });
  });

function pick<T>(items: readonly T[], random: () => number): T {
  const found = items[Math.floor(random() * items.length)];
  assert.ok(found !== undefined);
  return found;
}

/** A file drawn as a byte of all files would be. */
function byteWeighted(sizes: ReadonlyMap<string, number>, random: () => number): string {
  let left = random() * [...sizes.values()].reduce((sum, size) => sum + size, 0);
  for (const [file, size] of sizes) {
    if (left < size) return file;
    left -= size;
  }
  return pick([...sizes.keys()], random);
}

async function flipBit(file: string, random: () => number): Promise<string> {
  const bytes = await readFile(file);
  if (bytes.length === 0) return "empty";
  const at = Math.floor(random() * bytes.length);
  const bit = Math.floor(random() * 8);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
  await writeFile(file, bytes);
  return `byte ${at}, bit ${bit}`;
}
