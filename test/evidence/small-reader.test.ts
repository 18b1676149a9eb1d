import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { TofuError } from "../../daemon/core/tofu-error.ts";
import { openArtifact, type ReadSmall } from "../../daemon/evidence/artifact-file.ts";
import { SMALL_FILE_BYTES } from "../../daemon/evidence/small-file.ts";
import { SmallReader } from "../../daemon/evidence/small-reader.ts";
import { DIES, FORGETS, HANGS, THROWS } from "./fake-small-reader.ts";

const folder = mkdtempSync(join(tmpdir(), "tofu-small-"));
const at = (name: string): string => join(folder, name);
after(() => rmSync(folder, { recursive: true, force: true }));

/** What a reader of files sees of one: its bytes, or the fault in words. */
async function seen(path: string, followLinks: boolean, readSmall: ReadSmall | undefined): Promise<string> {
  try {
    const file = await openArtifact(path, { followLinks, readSmall });
    try {
      const pieces: Buffer[] = [];
      await file.read((bytes) => pieces.push(Buffer.from(bytes)));
      const head = Buffer.from(await file.head(3)).toString("hex");
      return `${file.size} ${head} ${Buffer.concat(pieces).toString("hex").slice(0, 64)}`;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof TofuError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

describe("many small files, read by a thread", () => {
  const reader = new SmallReader();
  after(() => reader.close());
  writeFileSync(at("empty"), "");
  writeFileSync(at("small"), "some bytes");
  writeFileSync(at("largest-small"), "x");
  truncateSync(at("largest-small"), SMALL_FILE_BYTES - 1);
  writeFileSync(at("large"), "y");
  truncateSync(at("large"), SMALL_FILE_BYTES);
  execFileSync("mkfifo", [at("fifo")]);
  mkdirSync(at("folder"));
  symlinkSync(at("small"), at("link"));
  symlinkSync(at("loop"), at("loop"));

  const names = ["empty", "small", "largest-small", "large", "fifo", "folder", "link", "loop", "absent", "small/x"];
  for (const followLinks of [true, false])
    for (const path of [...names.map(at), "/dev/null", at("n".repeat(300)), "/bad\0name"])
      test(`${path.slice(folder.length, folder.length + 20)} is seen as one that is read by itself (links ${followLinks})`, async () => {
        assert.equal(await seen(path, followLinks, reader.read), await seen(path, followLinks, undefined));
      });

  test("a hundred that are asked for at once come each with its own bytes", async () => {
    const paths = Array.from({ length: 100 }, (_, index) => at(`many-${index}`));
    for (const path of paths) writeFileSync(path, path);
    const read = await Promise.all(paths.map((path) => reader.read(path, true)));
    assert.deepEqual(
      read.map((file) => (file.kind === "whole" ? Buffer.from(file.bytes).toString() : file.kind)),
      paths,
    );
  });
});

describe("a thread that fails", () => {
  const program = new URL("./fake-small-reader.js", import.meta.url);
  const reader = new SmallReader({ stallMs: 2000, program });
  after(() => reader.close());

  for (const [path, words] of [
    [DIES, /"?\/dies"? could not be read: .*it ended/],
    [THROWS, /\/throws"? could not be read: .*it failed/],
    [HANGS, /\/hangs"? could not be read: .*nothing came for 2 s/],
    [FORGETS, /\/forgets"? could not be read: .*it said nothing of it/],
  ] as const)
    test(`${path}: a fault with the file's name, and the next file is read by another`, async () => {
      await assert.rejects(
        reader.read(path, true),
        (error) => error instanceof TofuError && error.code === "file-unreadable" && words.test(error.message),
      );
      assert.equal((await reader.read("/other", true)).kind, "whole");
    });
});
