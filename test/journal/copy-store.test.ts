import assert from "node:assert/strict";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { UsageError } from "../../daemon/core/tofu-error.ts";
import { sha256 } from "../../daemon/journal/digest.ts";
import { verifyStore } from "../../daemon/journal/verify-store.ts";
import { digestOf } from "../core/event-arbitrary.ts";
import { alice, appendOf, curl, forget, primary, sighting, subkey, sunpy } from "./kit.ts";
import { dataFiles, openStoreIn, scratchFolder } from "./scratch.ts";

const newFolder = scratchFolder();
const certificates = [{ primary, subkeys: [subkey], bytes: Buffer.from("certificate") }];
const objects = [Buffer.from("object")];

test("a copy made while the store is open has everything, byte for byte, and guards itself", async () => {
  const folder = newFolder();
  const journal = await openStoreIn(folder);
  await journal.append(appendOf("*", 0, [forget("x")], { certificates, objects }));
  for (let n = 0; n < 20; n += 1) {
    await journal.append(appendOf(sunpy, n, [sighting(`s${n}`, alice)]));
    await journal.append(appendOf(curl, n, [sighting(`c${n}`, alice)]));
  }
  const target = newFolder();
  await mkdir(target, { mode: 0o700 });
  const copied = await journal.copyTo(target);
  assert.deepEqual(copied, { folder: target, events: 41, packages: 2, records: 2 });
  // The source goes on, and the copy is a store of its own.
  await journal.append(appendOf(curl, 20, [forget("more")]));
  const copy = await openStoreIn(target);
  assert.deepEqual(copy.findings, []);
  assert.deepEqual(await copy.read(sunpy), await journal.read(sunpy));
  assert.deepEqual(await copy.packagesOfArtifact(digestOf("c7")), [curl]);
  assert.deepEqual(Buffer.from((await copy.certificate(primary)) ?? []), Buffer.from("certificate"));
  assert.equal(await copy.primaryOf(subkey), primary);
  assert.ok((await copy.object(sha256("object"))) !== undefined);
  for await (const { problem } of verifyStore(copy)) assert.fail(problem);
  assert.equal((await copy.append(appendOf(curl, 20, [forget("other")]))).kind, "appended");
  await copy.close();
  await journal.close();
  assert.equal((await stat(target)).mode & 0o777, 0o700);
  assert.equal((await stat(`${target}.anchor`)).mode & 0o777, 0o600);
});

test("a copy of a store that cannot prove its completeness cannot prove it either", async () => {
  const folder = newFolder();
  const journal = await openStoreIn(folder);
  await journal.append(appendOf(sunpy, 0, [forget("x")]));
  await journal.close();
  await writeFile(`${folder}.anchor`, "garbled");
  const unproven = await openStoreIn(folder);
  const target = newFolder();
  await unproven.copyTo(target);
  await unproven.close();
  const copy = await openStoreIn(target);
  assert.match(copy.findings[0] ?? "", /cannot prove completeness/);
  await copy.close();
});

test("nothing that is there already is written over, and a copy that fails leaves nothing", async () => {
  const folder = newFolder();
  const journal = await openStoreIn(folder);
  await journal.append(appendOf(sunpy, 0, [forget("x")]));
  const full = newFolder();
  await mkdir(full);
  await writeFile(join(full, "mine"), "");
  const guarded = newFolder();
  await writeFile(`${guarded}.anchor`, "another store's");
  const file = join(full, "mine");
  for (const target of [full, guarded, file, folder, join(folder, "inside")])
    await assert.rejects(journal.copyTo(target), UsageError, target);
  assert.equal(await readFile(`${guarded}.anchor`, "utf8"), "another store's");
  await journal.close();
});

test("damage is not copied", async () => {
  const folder = newFolder();
  const journal = await openStoreIn(folder);
  await journal.append(appendOf(sunpy, 0, [forget("x")], { objects: [Buffer.alloc(200_000, "a")] }));
  await journal.append(appendOf(sunpy, 1, [forget("y")]));
  const log = (await dataFiles(folder)).find((name) => name.endsWith(".log")) ?? "";
  assert.ok(log !== "");
  await journal.close();
  const bytes = await readFile(log);
  bytes[100_000] = (bytes[100_000] ?? 0) ^ 1;
  await writeFile(log, bytes);
  const target = newFolder();
  let opened: Awaited<ReturnType<typeof openStoreIn>> | undefined;
  await assert.rejects(
    async () => {
      opened = await openStoreIn(folder);
      await opened.copyTo(target);
    },
    { code: /store-(damaged|rolled-back)/ },
  );
  await opened?.close();
  assert.deepEqual(
    (await readdir(join(target, ".."))).filter((name) => name.startsWith(target.slice(target.lastIndexOf("/") + 1))),
    [],
  );
});
