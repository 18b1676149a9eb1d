import assert from "node:assert/strict";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { findKeyFilesBeside } from "../../daemon/certificates/beside.ts";
import { findSignaturesBeside } from "../../daemon/evidence/beside.ts";
import { findChainsBeside } from "../../daemon/evidence/chain-places.ts";
import { Surroundings } from "../../daemon/evidence/surroundings.ts";

const root = mkdtempSync(join(tmpdir(), "tofu-surroundings-"));
after(() => rmSync(root, { recursive: true }));

const ARTIFACTS = ["a-1.tar.gz", "b-1.tar.gz", "c-1.tar.gz", "KEYS", "d-1.tar.gz"];
const CLEARSIGNED = "-----BEGIN PGP SIGNED MESSAGE-----\n";
const KEY_BLOCK = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n";

function fill(folder: string): readonly string[] {
  const at = (name: string): string => join(folder, name);
  mkdirSync(folder);
  for (const name of [...ARTIFACTS, "a-1.tar.gz.asc", "b-1.tar.sign", "d-1.tar.gz.handovers"])
    writeFileSync(at(name), name);
  writeFileSync(at("SHA256SUMS"), "sums");
  writeFileSync(at("SHA256SUMS.asc"), CLEARSIGNED);
  writeFileSync(at("maker.asc"), KEY_BLOCK);
  symlinkSync(at("a-1.tar.gz.asc"), at("c-1.tar.gz.asc"));
  mkdirSync(at("d-1.tar.gz.asc"));
  return ARTIFACTS.map(at);
}

async function look(path: string, around: Surroundings | undefined): Promise<unknown> {
  return [
    await findSignaturesBeside(path, around),
    await findKeyFilesBeside(path, around),
    (await findChainsBeside(path, around)).map(({ place, keyFiles }) => ({ place, keyFiles })),
  ];
}

describe("what lies beside the files of one request", () => {
  const paths = fill(join(root, "open"));

  test("is the same for each as when it is asked alone", async () => {
    const around = new Surroundings(paths);
    for (const path of paths) assert.deepEqual(await look(path, around), await look(path, undefined), path);
  });

  test("is the same for one file that is asked about alone", async () => {
    for (const path of paths)
      assert.deepEqual(await look(path, new Surroundings([path])), await look(path, undefined), path);
  });

  test("for one file a large folder isn't listed", async () => {
    const folder = join(root, "large");
    const [first = ""] = fill(folder);
    for (let n = 0; n <= 500; n += 1) closeSync(openSync(join(folder, `other-${n}`), "w"));
    assert.equal(await new Surroundings([first]).filesIn(folder), undefined);
    assert.deepEqual(await look(first, new Surroundings([first])), await look(first, undefined));
  });

  test("is looked for once: what comes or goes meanwhile counts for the next request", async () => {
    const folder = join(root, "moving");
    const moving = fill(folder);
    const around = new Surroundings(moving);
    const [first = ""] = moving;
    const before = await look(first, around);
    writeFileSync(`${first}.sig`, "late");
    unlinkSync(join(folder, "maker.asc"));
    assert.deepEqual(await look(first, around), before);
    assert.notDeepEqual(await look(first, new Surroundings(moving)), before);
  });

  test("in a folder with too many entries each name is asked for", async () => {
    const folder = join(root, "full");
    const full = fill(folder);
    for (let n = 0; n <= 20_000; n += 1) closeSync(openSync(join(folder, `other-${n}`), "w"));
    const around = new Surroundings(full);
    const [first = ""] = full;
    const before = await findSignaturesBeside(first, around);
    writeFileSync(`${first}.sig`, "late");
    const { detached } = await findSignaturesBeside(first, around);
    assert.deepEqual([before.detached, detached], [[`${first}.asc`], [`${first}.asc`, `${first}.sig`]]);
  });
});
