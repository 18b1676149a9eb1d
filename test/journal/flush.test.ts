import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { scratchFolder } from "./scratch.ts";

const newFolder = scratchFolder();
const ACKNOWLEDGED = 20;
const canTrace = spawnSync("strace", ["-o", "/dev/null", "true"]).status === 0;

// A kill can't tell a flushed write from one that the kernel still holds; only the system calls can.
describe("each acknowledgement comes after the store and then the anchor were flushed", {
  skip: canTrace ? false : "no strace here",
}, () => {
  for (const together of [1, 5])
    test(`${together} at once share these two`, async () => {
      const traced = await trace("writer.js", "0", `${ACKNOWLEDGED}`, `${together}`);
      const kinds = traced.filter((kind) => kind !== "log");
      const first = kinds.indexOf("answer");
      const answers = Array.from({ length: together }, () => "answer");
      const rounds = Array.from({ length: ACKNOWLEDGED / together }, () => ["flush", "flush", ...answers]).flat();
      assert.deepEqual(kinds.slice(first - 2, first - 2 + rounds.length), rounds);
      assert.equal(kinds.filter((kind) => kind === "answer").length, ACKNOWLEDGED);
    });
  // 250 are one piece: with those, nothing is left for the last write.
  for (const count of [1, 249, 250, 251, 500])
    test(`${count} in one go`, async () => {
      const kinds = await trace("bulk-writer.js", `${count}`);
      const answer = kinds.indexOf("answer");
      assert.deepEqual(kinds.slice(answer - 3, answer + 1), ["log", "flush", "flush", "answer"]);
    });
});

/** @returns the flushes and acknowledgements of a writer, in their order, and what LevelDB wrote to its log. */
async function trace(program: string, ...words: readonly string[]): Promise<readonly ("answer" | "flush" | "log")[]> {
  const [folder, calls] = [newFolder(), newFolder()];
  const writer = fileURLToPath(import.meta.resolve(`./${program}`));
  const args = ["-f", "-y", "-o", calls, "-e", "trace=fdatasync,write", process.execPath, writer, folder];
  const { status } = spawnSync("strace", [...args, ...words], { stdio: ["ignore", "pipe", "inherit"] });
  assert.equal(status, 0);
  // A call that another thread interrupts is written in two lines; it is over with the second.
  const lines = (await readFile(calls, "utf8")).split("\n").filter((line) => /= 0|write\(1<|\.log>/.test(line));
  return lines.map(kindOf).filter((kind) => kind !== undefined);
}

function kindOf(line: string): "answer" | "flush" | "log" | undefined {
  if (/ write\(1</.test(line)) return "answer";
  if (/fdatasync/.test(line)) return "flush";
  return /write.*\.log>/.test(line) ? "log" : undefined;
}
