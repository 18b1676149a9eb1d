import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { closeSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { openGpgPlace } from "../evidence/gpg.ts";
import { realHome } from "./real-home.ts";

/** More than is hashed by the command's own thread. */
const LARGE_BYTES: number = 40 << 20;

const gpg = openGpgPlace();
after(() => gpg.close());

for (const digest of ["SHA256", "SHA512"]) {
  test(`a large file is judged without a daemon by its ${digest} signature, and one changed byte is noticed`, async (t) => {
    const home = realHome(t);
    const signer = gpg.makeKey(`Large ${digest} <${digest.toLowerCase()}@releases.example>`);
    const artifact = join(home.folder, "large-1.0.tar.gz");
    writeFileSync(artifact, Buffer.alloc(LARGE_BYTES, digest));
    gpg.gpg("--local-user", signer, "--digest-algo", digest, "--output", `${artifact}.sig`, "--detach-sign", artifact);
    writeFileSync(join(home.folder, "KEYS"), gpg.gpg("--armor", "--export", signer));
    const first = await home.tofu("verify", "--json", "--dry-run", artifact);
    assert.equal(first.exit, 0, first.stderr);
    assert.match(first.stdout, /"verdict":"first-use"/);
    assert.ok(first.stdout.includes(createHash("sha256").update(readFileSync(artifact)).digest("hex")));
    const file = openSync(artifact, "r+");
    writeSync(file, "!", statSync(artifact).size - 1);
    closeSync(file);
    const changed = await home.tofu("verify", "--json", "--dry-run", artifact);
    assert.match(changed.stdout, /"verdict":"bad-signature"/);
    assert.equal(changed.exit, 5);
  });
}
