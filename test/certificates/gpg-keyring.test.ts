import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { readKey } from "openpgp";
import { exportFromGpg } from "../../daemon/certificates/gpg-keyring.ts";
import { type Fingerprint, parseFingerprint } from "../../daemon/core/fingerprint.ts";

const root = mkdtempSync(join(tmpdir(), "tofu-gpg-"));
const home = join(root, "home");
const NOBODY = fingerprint("0".repeat(40));
let primary: Fingerprint = NOBODY;
let subkey: Fingerprint = NOBODY;

function fingerprint(text: string): Fingerprint {
  const parsed = parseFingerprint(text);
  assert.ok(parsed.ok);
  return parsed.value;
}

function gpg(...args: readonly string[]): string {
  return execFileSync("gpg", ["--homedir", home, "--batch", "--quiet", ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
}

before(() => {
  mkdirSync(home, { mode: 0o700 });
  gpg("--passphrase", "", "--quick-generate-key", "alice@example.org", "ed25519", "cert", "never");
  primary = fingerprint(/^fpr:+([0-9A-F]{40}):/m.exec(gpg("--with-colons", "--list-keys"))?.[1] ?? "");
  gpg("--passphrase", "", "--quick-add-key", primary, "ed25519", "sign", "never");
  const all = [...gpg("--with-colons", "--list-keys").matchAll(/^fpr:+([0-9A-F]{40}):/gm)].map(
    (found) => found[1] ?? "",
  );
  subkey = fingerprint(all[1] ?? "");
});

after(() => {
  execFileSync("gpgconf", ["--homedir", home, "--kill", "all"]);
  rmSync(root, { recursive: true, force: true });
});

test("a certificate comes out of the keyring, asked for by its primary or by a subkey", async () => {
  for (const key of [primary, subkey]) {
    const certificate = await exportFromGpg({ gnupgHome: home, key });
    assert.ok(certificate !== undefined);
    const read = await readKey({ binaryKey: certificate });
    assert.equal(read.getFingerprint().toUpperCase(), primary);
    assert.ok(!read.isPrivate());
  }
});

test("a key that isn't there is no certificate", async () => {
  assert.equal(await exportFromGpg({ gnupgHome: home, key: NOBODY }), undefined);
});

test("a home that isn't there is no certificate, and is not made", async () => {
  const missing = join(root, "missing");
  assert.equal(await exportFromGpg({ gnupgHome: missing, key: primary }), undefined);
  assert.ok(!existsSync(missing));
});

/** A program of gpg's name, first in the path, in place of the real one. */
async function withProgram(script: string): Promise<Uint8Array | undefined> {
  const bin = mkdtempSync(join(root, "bin-"));
  writeFileSync(join(bin, "gpg"), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, "gpg"), 0o755);
  const path = process.env["PATH"];
  process.env["PATH"] = `${bin}:${path}`;
  try {
    return await exportFromGpg({ gnupgHome: home, key: primary });
  } finally {
    process.env["PATH"] = path;
  }
}

test("a gpg that fails after it wrote something gave nothing", async () => {
  assert.equal(await withProgram("echo half; exit 2"), undefined);
});

test("more than a mebibyte is no certificate", async () => {
  assert.equal((await withProgram("head -c 1048576 /dev/zero"))?.length, 1 << 20);
  assert.equal(await withProgram("head -c 1048577 /dev/zero"), undefined);
});

test("gpg sees four variables and its arguments, nothing else of ours", async () => {
  process.env["TOFU_SECRET"] = "x";
  try {
    const seen = Buffer.from((await withProgram('env | sort | cut -d= -f1; echo "$@"')) ?? []).toString("utf8");
    const lines = seen.trim().split("\n");
    const shell = new Set(["PWD", "OLDPWD", "SHLVL", "_"]);
    assert.deepEqual(
      lines.slice(0, -1).filter((name) => !shell.has(name)),
      ["GNUPGHOME", "HOME", "LANG", "PATH"],
    );
    assert.equal(lines.at(-1), `--batch --no-auto-check-trustdb --lock-never --export ${primary}`);
  } finally {
    delete process.env["TOFU_SECRET"];
  }
});
