import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, test } from "node:test";
import { findKeyFilesBeside } from "../../daemon/certificates/beside.ts";

const root = mkdtempSync(join(tmpdir(), "tofu-keys-"));
after(() => rmSync(root, { recursive: true, force: true }));

const KEY = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nx\n";
const SIGNATURE = "-----BEGIN PGP SIGNATURE-----\n\nx\n";

async function look(folder: string, files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  mkdirSync(join(root, folder), { recursive: true });
  for (const [name, text] of Object.entries({ "a-1.tar.xz": "x", ...files }))
    writeFileSync(join(root, folder, name), text);
  return (await findKeyFilesBeside(join(root, folder, "a-1.tar.xz"))).map((path) => basename(path));
}

test("the usual names come first, in fixed order", async () => {
  const files = {
    "keyring.asc": KEY,
    KEYS: "text",
    "TOFU-KEYS": KEY,
    "signing-key.asc": KEY,
    "KEYS.txt": "",
    "KEYS.asc": "",
  };
  assert.deepEqual(await look("usual", files), [
    "TOFU-KEYS",
    "KEYS",
    "KEYS.txt",
    "KEYS.asc",
    "signing-key.asc",
    "keyring.asc",
  ]);
});

test("other .asc files count by what they begin with, in the order of their names", async () => {
  const files = {
    "zoe.key.asc": `Zoe's key\n${KEY}`,
    "alice.asc": KEY,
    "b.asc": SIGNATURE,
    "c.txt": KEY,
    "late.asc": `${"x".repeat(4096)}${KEY}`,
  };
  assert.deepEqual(await look("others", files), ["alice.asc", "zoe.key.asc"]);
});

test("a signature is no key file, even if it holds a key", async () => {
  assert.deepEqual(await look("signatures", { "a-1.tar.xz.asc": KEY, "a-1.tar.asc": KEY }), []);
});

test("links, FIFOs and folders are passed over without waiting", async () => {
  mkdirSync(join(root, "odd", "KEYS"), { recursive: true });
  mkdirSync(join(root, "odd", "x.asc"));
  writeFileSync(join(root, "target"), KEY);
  symlinkSync(join(root, "target"), join(root, "odd", "keyring.asc"));
  symlinkSync(join(root, "target"), join(root, "odd", "l.asc"));
  execFileSync("mkfifo", [join(root, "odd", "f.asc"), join(root, "odd", "KEYS.txt")]);
  assert.deepEqual(await look("odd", {}), []);
});

test("a folder that isn't there has no key files", async () => {
  assert.deepEqual(await findKeyFilesBeside(join(root, "none", "a-1.tar.xz")), []);
});

test("no more than 32 files are opened", async () => {
  const files = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`k${String(at).padStart(2, "0")}.asc`, KEY]));
  assert.equal((await look("many", files)).length, 32);
});
