import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
  appendFileSync,
  chmodSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { TofuError } from "../../daemon/core/tofu-error.ts";
import { type ArtifactFile, FileTooLarge, openArtifact, readBounded } from "../../daemon/evidence/artifact-file.ts";

const folder = mkdtempSync(join(tmpdir(), "tofu-files-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const MIB = 1 << 20;

function place(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

async function sha256Of(file: ArtifactFile): Promise<string> {
  const hash = createHash("sha256");
  await file.read((bytes) => hash.update(bytes));
  return hash.digest("hex");
}

async function using<T>(path: string, use: (file: ArtifactFile) => Promise<T>): Promise<T> {
  const file = await openArtifact(path);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

function isFault(code: string, words: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof TofuError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, words);
    return true;
  };
}

for (const size of [0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB + 17]) {
  test(`a file of ${size} bytes is read whole, in order, twice from one descriptor`, async () => {
    const bytes = randomBytes(size);
    await using(place(`whole-${size}`, bytes), async (file) => {
      assert.equal(file.size, size);
      assert.equal(await sha256Of(file), sha256(bytes));
      assert.equal(await sha256Of(file), sha256(bytes));
    });
  });
}

test("progress is told after each block and ends with the total", async () => {
  await using(place("progress", randomBytes(2 * MIB + 5)), async (file) => {
    const told: number[] = [];
    await file.read(
      () => undefined,
      (done, total) => {
        assert.equal(total, 2 * MIB + 5);
        told.push(done);
      },
    );
    assert.deepEqual(told, [MIB, 2 * MIB, 2 * MIB + 5]);
  });
});

test("head gives the first bytes, fewer where there are fewer, and disturbs no reading", async () => {
  const bytes = randomBytes(1000);
  await using(place("head", bytes), async (file) => {
    assert.deepEqual(Buffer.from(await file.head(10)), bytes.subarray(0, 10));
    assert.deepEqual(Buffer.from(await file.head(5000)), bytes);
    assert.equal(await sha256Of(file), sha256(bytes));
  });
});

test("another file put under the name changes nothing: what was opened is what is read", async () => {
  const bytes = randomBytes(2 * MIB);
  const path = place("swapped", bytes);
  await using(path, async (file) => {
    renameSync(place("other", randomBytes(10)), path);
    // Losing its only name changes the file's ctime: said as a change, never as the other file's bytes.
    const hash = createHash("sha256");
    await assert.rejects(
      file.read((chunk) => hash.update(chunk)),
      isFault("file-changing", /changed while it was read/),
    );
    assert.equal(hash.digest("hex"), sha256(bytes));
  });
});

const changes = [
  { name: "grows", change: (path: string): void => appendFileSync(path, "more") },
  { name: "shrinks", change: (path: string): void => truncateSync(path, 10) },
  { name: "is overwritten in place", change: (path: string): void => writeFileSync(path, randomBytes(3 * MIB)) },
];
for (const row of changes) {
  test(`a file that ${row.name} while it is read is said to change`, async () => {
    const path = place(`changing ${row.name}`, randomBytes(3 * MIB));
    await using(path, async (file) => {
      let first = true;
      const reading = file.read(() => {
        if (first) row.change(path);
        first = false;
      });
      await assert.rejects(reading, isFault("file-changing", /verify it again/));
    });
  });
}

test("a file that grows as fast as it is read is not read for ever", async () => {
  const path = place("endless", randomBytes(2 * MIB));
  await using(path, async (file) => {
    let chunks = 0;
    const reading = file.read((chunk) => {
      chunks += 1;
      assert.ok(chunks < 50, "read on past the size it was opened with");
      appendFileSync(path, chunk);
    });
    await assert.rejects(reading, isFault("file-changing", /changed/));
  });
});

test("a consumer that fails ends the reading with its own error and leaves the file to be closed", async () => {
  await using(place("consumer", randomBytes(3 * MIB)), async (file) => {
    await assert.rejects(
      file.read(() => {
        throw new RangeError("enough");
      }),
      RangeError,
    );
  });
});

test("what is no regular file is told by its kind, without waiting", async () => {
  const fifo = join(folder, "fifo");
  execFileSync("mkfifo", [fifo]);
  const socket = join(folder, "socket");
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  try {
    await assert.rejects(openArtifact(folder), isFault("file-not-regular", /is a directory; name a regular file/));
    await assert.rejects(openArtifact(fifo), isFault("file-not-regular", /fifo is a FIFO/));
    await assert.rejects(openArtifact(socket), isFault("file-not-regular", /socket is a socket/));
    await assert.rejects(openArtifact("/dev/zero"), isFault("file-not-regular", /zero is a device/));
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});

test("a missing file is missing, whatever is wrong with its path", async () => {
  for (const path of [join(folder, "none"), join(folder, "head", "x"), "/a\0b", `/${"x".repeat(5000)}`]) {
    await assert.rejects(openArtifact(path), isFault("file-missing", /^there is no file .*; check the path$/));
  }
});

test("a file that this user may not read is told as such", async () => {
  const path = place("secret", randomBytes(10));
  chmodSync(path, 0o000);
  // Root reads everything: judge as somebody else meanwhile.
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    await assert.rejects(
      openArtifact(path),
      isFault("file-unreadable", /may not be read by this user; check its perm/),
    );
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
});

test("a hostile name is escaped in the sentence", async () => {
  await assert.rejects(openArtifact("/none\u001b[2K\u202e"), isFault("file-missing", /none\\x1b\[2K\\u\{202e\}/));
});

test("links are followed where a user named them, and refused where nobody did", async () => {
  const bytes = randomBytes(100);
  const link = join(folder, "link");
  symlinkSync(place("linked", bytes), link);
  await using(link, async (file) => assert.equal(await sha256Of(file), sha256(bytes)));
  await assert.rejects(openArtifact(link, { followLinks: false }), isFault("file-not-regular", /is a link/));
  const loop = join(folder, "loop");
  symlinkSync(loop, loop);
  await assert.rejects(openArtifact(loop), isFault("file-unreadable", /loop could not be read \(ELOOP\)/));
});

test("a small file is read whole up to the cap, and a larger one is told by its size", async () => {
  const bytes = randomBytes(1000);
  const path = place("bounded", bytes);
  assert.deepEqual(Buffer.from(await readBounded(path, 1000)), bytes);
  await assert.rejects(readBounded(path, 999), (error) => {
    assert.ok(error instanceof FileTooLarge);
    assert.equal(error.code, "file-unreadable");
    assert.match(error.message, /bounded has 1000 bytes, more than the 999 that are read/);
    return true;
  });
  await assert.rejects(readBounded(folder, 10), isFault("file-not-regular", /directory/));
});

test("reading takes two blocks of memory, not the file's size", async () => {
  const path = join(folder, "sparse");
  writeFileSync(path, "");
  truncateSync(path, 512 * MIB);
  await using(path, async (file) => {
    const before = process.memoryUsage().rss;
    let most = 0;
    await file.read(() => {
      most = Math.max(most, process.memoryUsage().rss - before);
    });
    assert.ok(most < 64 * MIB, `${most} bytes`);
  });
});
