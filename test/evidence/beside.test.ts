import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, test } from "node:test";
import { findSignaturesBeside, type SignaturesBeside } from "../../daemon/evidence/beside.ts";

const root = mkdtempSync(join(tmpdir(), "tofu-beside-"));
after(() => rmSync(root, { recursive: true, force: true }));

const CLEARSIGNED = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nx\n";

type Found = readonly [detached: readonly string[], unpacked: readonly string[], manifests: readonly string[]];

let folders = 0;
async function look(artifact: string, files: Readonly<Record<string, string>>): Promise<SignaturesBeside> {
  folders += 1;
  const folder = join(root, String(folders));
  mkdirSync(folder);
  for (const [name, text] of Object.entries({ [artifact]: "artifact", ...files }))
    writeFileSync(join(folder, name), text);
  return await findSignaturesBeside(join(folder, artifact));
}

function shown(found: SignaturesBeside): Found {
  const names = (paths: readonly string[]): readonly string[] => paths.map((path) => basename(path));
  const manifests = found.manifests.map(
    ({ manifest, signature }) => `${basename(manifest)} by ${signature === undefined ? "itself" : basename(signature)}`,
  );
  return [names(found.detached), names(found.unpacked), manifests];
}

const rows: readonly (readonly [string, string, Readonly<Record<string, string>>, Found])[] = [
  ["nothing there", "a-1.tar.gz", { "b-1.tar.gz.asc": "", "A-1.tar.gz.asc": "" }, [[], [], []]],
  [
    "every suffix, in fixed order",
    "a.zip",
    { "a.zip.sign": "", "a.zip.gpg": "", "a.zip.sig": "", "a.zip.asc": "" },
    [["a.zip.asc", "a.zip.sig", "a.zip.gpg", "a.zip.sign"], [], []],
  ],
  ["over the unpacked tar", "a-1.tar.xz", { "a-1.tar.sign": "", "a-1.tar.gz": "" }, [[], ["a-1.tar.sign"], []]],
  ["a zip has no unpacked tar", "a-1.zip", { "a-1.sign": "", "a-1.tar.sign": "" }, [[], [], []]],
  [
    "a manifest with a detached signature",
    "a.iso",
    { SHA256SUMS: "x", "SHA256SUMS.gpg": "s" },
    [[], [], ["SHA256SUMS by SHA256SUMS.gpg"]],
  ],
  [
    "two signatures of one manifest",
    "a.iso",
    { SHA256SUMS: "x", "SHA256SUMS.gpg": "s", "SHA256SUMS.asc": "s" },
    [[], [], ["SHA256SUMS by SHA256SUMS.asc", "SHA256SUMS by SHA256SUMS.gpg"]],
  ],
  ["an unsigned manifest says nothing", "a.iso", { SHA256SUMS: "x" }, [[], [], []]],
  ["a clearsigned manifest", "a.iso", { CHECKSUM: CLEARSIGNED }, [[], [], ["CHECKSUM by itself"]]],
  ["a clearsigned .asc alone", "a.iso", { "sha256sums.asc": CLEARSIGNED }, [[], [], ["sha256sums.asc by itself"]]],
  [
    "a detached .asc without its manifest",
    "a.iso",
    { "SHA256SUMS.asc": "-----BEGIN PGP SIGNATURE-----\n" },
    [[], [], []],
  ],
  [
    "a clearsigned copy beside the plain manifest",
    "a.iso",
    { "SHASUMS256.txt": "x", "SHASUMS256.txt.asc": CLEARSIGNED, "SHASUMS256.txt.sig": "s" },
    [[], [], ["SHASUMS256.txt.asc by itself", "SHASUMS256.txt by SHASUMS256.txt.sig"]],
  ],
  [
    "a manifest judged as a file is not its own manifest",
    "SHA256SUMS",
    { "SHA256SUMS.asc": "s" },
    [["SHA256SUMS.asc"], [], []],
  ],
];
for (const [name, artifact, files, expected] of rows) {
  test(`signatures beside: ${name}`, async () => {
    assert.deepEqual(shown(await look(artifact, files)), expected);
  });
}

test("a link or a folder with a signature's name is none", async () => {
  const folder = join(root, "links");
  mkdirSync(join(folder, "a.sig"), { recursive: true });
  writeFileSync(join(folder, "a"), "");
  symlinkSync(join(folder, "a"), join(folder, "a.asc"));
  assert.deepEqual(shown(await findSignaturesBeside(join(folder, "a"))), [[], [], []]);
});

test("the answer names what was looked for, and nothing else", async () => {
  const suffixes = [".asc", ".sig", ".gpg", ".sign"];
  assert.deepEqual((await look("a.zip", {})).lookedFor, [...suffixes, "SHA256SUMS"]);
  assert.deepEqual((await look("a.tar.gz", {})).lookedFor, [...suffixes, ".tar.sign", "SHA256SUMS"]);
});

test("a name as long as names can be has no signature beside it, which is no fault", async () => {
  assert.deepEqual(shown(await look("x".repeat(255), {})), [[], [], []]);
});
