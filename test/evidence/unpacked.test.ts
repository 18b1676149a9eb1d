import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { TofuError } from "../../daemon/core/tofu-error.ts";
import { openArtifact } from "../../daemon/evidence/artifact-file.ts";
import { openUnpacked, UnpackFailed, UnpackUnsupported } from "../../daemon/evidence/unpacked.ts";

const folder = mkdtempSync(join(tmpdir(), "tofu-unpacked-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const MIB = 1 << 20;
const ALGORITHMS = ["gzip", "xz", "bzip2", "zstd"];
const content = Buffer.concat([randomBytes(2 * MIB), Buffer.alloc(MIB, "text "), randomBytes(17)]);

function packed(algorithm: string, bytes: Uint8Array): Buffer {
  return execFileSync(algorithm, ["-1c"], { input: bytes, maxBuffer: 64 * MIB, stdio: ["pipe", "pipe", "ignore"] });
}

/** What reading gives: the digest, or the error. The file is always closed. */
async function digestInside(bytes: Uint8Array, onChunk: () => void = () => undefined): Promise<string | undefined> {
  const path = join(folder, `file-${randomBytes(6).toString("hex")}`);
  writeFileSync(path, bytes);
  const file = await openArtifact(path);
  try {
    const source = await openUnpacked(file);
    if (source === undefined) return undefined;
    const hash = createHash("sha256");
    await source.read((chunk) => {
      hash.update(chunk);
      onChunk();
    });
    return hash.digest("hex");
  } finally {
    await file.close();
  }
}

const expected = createHash("sha256").update(content).digest("hex");

for (const algorithm of ALGORITHMS) {
  test(`${algorithm}: what was packed comes out, by content and not by name`, async () => {
    assert.equal(await digestInside(packed(algorithm, content)), expected);
    assert.equal(await digestInside(packed(algorithm, Buffer.alloc(0))), createHash("sha256").digest("hex"));
  });

  test(`${algorithm}: two packed files in a row are both unpacked`, async () => {
    const half = content.length >> 1;
    const both = [packed(algorithm, content.subarray(0, half)), packed(algorithm, content.subarray(half))];
    assert.equal(await digestInside(Buffer.concat(both)), expected);
  });

  test(`${algorithm}: a file cut short or damaged fails, and says so`, async () => {
    const whole = packed(algorithm, content);
    await assert.rejects(digestInside(whole.subarray(0, whole.length - 20)), UnpackFailed);
    const damaged = Buffer.from(whole);
    damaged.fill(0x55, MIB, MIB + 64);
    await assert.rejects(digestInside(damaged), UnpackFailed);
    await assert.rejects(digestInside(whole.subarray(0, 6)), UnpackFailed);
  });

  test(`${algorithm}: a consumer that fails stops the unpacking with its own error`, async () => {
    const stop = (): never => {
      throw new RangeError("enough");
    };
    await assert.rejects(digestInside(packed(algorithm, content), stop), RangeError);
  });
}

test("what is not packed has nothing inside", async () => {
  for (const bytes of [Buffer.alloc(0), Buffer.from("B"), Buffer.from("plain text"), Buffer.from("PK\u0003\u0004")]) {
    assert.equal(await digestInside(bytes), undefined);
  }
});

test("a source can be read twice", async () => {
  const path = join(folder, "twice");
  writeFileSync(path, packed("xz", content));
  const file = await openArtifact(path);
  try {
    const source = await openUnpacked(file);
    for (let turn = 0; turn < 2; turn += 1) {
      let bytes = 0;
      await source?.read((chunk) => {
        bytes += chunk.length;
      });
      assert.equal(bytes, content.length);
    }
  } finally {
    await file.close();
  }
});

for (const algorithm of ALGORITHMS) {
  test(`${algorithm}: a bomb is stopped at its ratio`, async () => {
    const bomb = spawnSync(
      "sh",
      ["-c", `head -c 80M /dev/zero | ${algorithm} ${algorithm === "gzip" ? "-9" : "-1"} -c`],
      { maxBuffer: MIB },
    ).stdout;
    await assert.rejects(digestInside(bomb), (error) => {
      assert.ok(error instanceof UnpackFailed);
      const most = Math.max(64 * MIB, 1000 * bomb.length);
      assert.equal(error.message, `it unpacks to more than ${most} bytes`);
      return true;
    });
  });
}

test("a missing program is named", async () => {
  const path = process.env["PATH"];
  process.env["PATH"] = folder;
  const bytes = Buffer.concat([Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]), randomBytes(3 * MIB)]);
  try {
    await assert.rejects(digestInside(bytes), (error) => {
      assert.ok(error instanceof UnpackUnsupported);
      assert.equal(error.program, "xz");
      return true;
    });
  } finally {
    process.env["PATH"] = path;
  }
});

test("a file that changes while it is unpacked is a change, not damage", async () => {
  const path = join(folder, "changing");
  const bytes = packed("xz", randomBytes(8 * MIB));
  writeFileSync(path, bytes);
  const file = await openArtifact(path);
  try {
    const source = await openUnpacked(file);
    let first = true;
    const reading = source?.read(() => {
      if (first) writeFileSync(path, Buffer.concat([bytes, bytes]));
      first = false;
    });
    await assert.rejects(
      reading ?? Promise.resolve(),
      (error) => error instanceof TofuError && error.code === "file-changing",
    );
  } finally {
    await file.close();
  }
});
