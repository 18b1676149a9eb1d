import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { cutChainFile, MAX_CHAIN_BYTES } from "../../daemon/core/chain-file.ts";
import { TofuError } from "../../daemon/core/tofu-error.ts";
import { findChainsBeside, readChainFrom } from "../../daemon/evidence/chain-places.ts";
import type { FoundChain } from "../../daemon/evidence/statement-gathering.ts";

const BLOCK = "-----BEGIN PGP SIGNATURE-----\nAAAA\n-----END PGP SIGNATURE-----\n";
const SSH = "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n";
const KEYS = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n";
const ONE = "tofu-handover 1\nend\n";
const TWO = "tofu-handover 1\nseq 2\nend\n";

let root = "";
let folder = "";
let made = 0;
before(() => {
  root = mkdtempSync(join(tmpdir(), "tofu-chains-"));
});
after(() => rmSync(root, { recursive: true, force: true }));
beforeEach(() => {
  made += 1;
  folder = join(root, String(made));
  mkdirSync(folder);
});

function lay(files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

const artifact = (): string => join(folder, "sunpy-6.0.tar.gz");
const text = ({ bytes }: FoundChain): string => Buffer.from(bytes).toString();
const shape = ({ bytes }: FoundChain): readonly (readonly [string, number])[] =>
  cutChainFile(bytes).parts.map(({ statement, blocks }) => [Buffer.from(statement).toString(), blocks.length] as const);

describe("beside an artifact", () => {
  test("are none where nothing lies", async () => {
    lay({ "sunpy-6.0.tar.gz": "bytes", "TOFU-KEYS": KEYS });
    assert.deepEqual(await findChainsBeside(artifact()), []);
  });

  test("is a file for the folder, one for the artifact, and a folder of statements, with the keys that lie there", async () => {
    lay({
      "sunpy-6.0.tar.gz": "bytes",
      "TOFU-HANDOVERS": ONE + BLOCK,
      "sunpy-6.0.tar.gz.handovers": TWO + BLOCK,
      "tofu-handovers/0001.txt": ONE,
      "tofu-handovers/0001.txt.ABCD.asc": BLOCK,
      "tofu-handovers/TOFU-KEYS": KEYS,
      "TOFU-KEYS": KEYS,
    });
    const found = await findChainsBeside(artifact());
    assert.deepEqual(
      found.map(({ place }) => place.slice(folder.length + 1)),
      ["TOFU-HANDOVERS", "sunpy-6.0.tar.gz.handovers", "tofu-handovers"],
    );
    assert.deepEqual(found.map(text), [ONE + BLOCK, TWO + BLOCK, ONE + BLOCK]);
    for (const { keyFiles } of found)
      assert.deepEqual(keyFiles, [join(folder, "TOFU-KEYS"), join(folder, "tofu-handovers/TOFU-KEYS")]);
  });

  test("is no link, and no folder called as a file", async () => {
    lay({ "elsewhere/TOFU-HANDOVERS": ONE + BLOCK, "elsewhere/0001.txt": ONE, "elsewhere/0001.txt.asc": BLOCK });
    symlinkSync(join(folder, "elsewhere/TOFU-HANDOVERS"), join(folder, "TOFU-HANDOVERS"));
    symlinkSync(join(folder, "elsewhere"), join(folder, "tofu-handovers"));
    mkdirSync(join(folder, "sunpy-6.0.tar.gz.handovers"));
    assert.deepEqual(await findChainsBeside(artifact()), []);
  });

  test("a file without end is read up to the bound", async () => {
    lay({ "TOFU-HANDOVERS": ONE + BLOCK + "x".repeat(2 * MAX_CHAIN_BYTES) });
    const [found] = await findChainsBeside(artifact());
    assert.equal(found?.bytes.length, MAX_CHAIN_BYTES + 1);
    assert.equal(cutChainFile(found.bytes).fault?.code, "too-long");
  });
});

describe("a folder of statements", () => {
  test("is put together in the order of their numbers, whatever else lies there", async () => {
    lay({
      "tofu-handovers/0002.txt": TWO.trimEnd(),
      "tofu-handovers/0002.txt.B.asc": BLOCK.trimEnd(),
      "tofu-handovers/0002.txt.A.asc": BLOCK,
      "tofu-handovers/0002.txt.sig": SSH,
      "tofu-handovers/0002.txt.C.sig": new Uint8Array([0x88, 0x75]),
      "tofu-handovers/0001.txt": ONE,
      "tofu-handovers/0001.txt.A.asc": BLOCK,
      "tofu-handovers/README.txt": "hello",
      "tofu-handovers/sign-0002.sh": "#!/bin/sh",
    });
    for (const path of [folder, join(folder, "tofu-handovers")]) {
      const found = await readChainFrom(path);
      assert.deepEqual(shape(found), [
        [ONE, 1],
        [TWO, 3],
      ]);
      assert.equal(found.place, join(folder, "tofu-handovers"));
    }
  });

  test("ends where a statement is not signed yet", async () => {
    lay({ "0001.txt": ONE, "0001.txt.A.asc": BLOCK, "0002.txt": TWO, "0003.txt": TWO, "0003.txt.A.asc": BLOCK });
    const found = await readChainFrom(folder);
    assert.deepEqual(shape(found), [[ONE, 1]]);
    assert.equal(cutChainFile(found.bytes).fault?.code, "no-signature");
  });
});

describe("named by hand", () => {
  test("is a chain file, through a link too", async () => {
    lay({ chain: ONE + BLOCK, "TOFU-KEYS": KEYS });
    symlinkSync(join(folder, "chain"), join(folder, "link"));
    for (const name of ["chain", "link"]) {
      const found = await readChainFrom(join(folder, name));
      assert.deepEqual([text(found), found.keyFiles], [ONE + BLOCK, [join(folder, "TOFU-KEYS")]]);
    }
  });

  test("is one statement, with the signatures that lie beside it", async () => {
    lay({ "0002.txt": TWO, "0002.txt.A.asc": BLOCK, "0002.txt.B.asc": BLOCK, "0003.txt.A.asc": BLOCK });
    assert.deepEqual(shape(await readChainFrom(join(folder, "0002.txt"))), [[TWO, 2]]);
  });

  test("is a clone with a chain file at its root", async () => {
    lay({ "TOFU-HANDOVERS": ONE + BLOCK, "setup.py": "" });
    assert.equal(text(await readChainFrom(folder)), ONE + BLOCK);
  });

  test("and not there, or holding none, is a fault", async () => {
    lay({ "setup.py": "" });
    for (const path of [folder, join(folder, "absent")])
      await assert.rejects(readChainFrom(path), (error) => error instanceof TofuError && error.code === "file-missing");
  });
});
