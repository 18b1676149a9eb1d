import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { scratchFolder } from "./scratch.ts";

const newFolder = scratchFolder();
const ACKNOWLEDGED = 20;
const canTrace = spawnSync("strace", ["-o", "/dev/null", "true"]).status === 0;

// A kill can't tell a flushed write from one that the kernel still holds; only the system calls can.
test("each acknowledgement comes after the store and then the anchor were flushed", {
  skip: canTrace ? false : "no strace here",
}, async () => {
  const [folder, trace] = [newFolder(), newFolder()];
  const writer = fileURLToPath(import.meta.resolve("./writer.js"));
  const args = ["-f", "-y", "-o", trace, "-e", "trace=fdatasync,write", process.execPath, writer, folder, "0"];
  const { status } = spawnSync("strace", [...args, `${ACKNOWLEDGED}`], { stdio: ["ignore", "pipe", "inherit"] });
  assert.equal(status, 0);
  // A call that another thread interrupts is written in two lines; it is over with the second.
  const calls = (await readFile(trace, "utf8")).split("\n").filter((line) => /= 0|write\(1</.test(line));
  const kinds = calls.map(kindOf).filter((kind) => kind !== undefined);
  const first = kinds.indexOf("answer");
  for (let answer = first; answer >= 0; answer = kinds.indexOf("answer", answer + 1))
    assert.deepEqual(kinds.slice(answer - 2, answer), ["flush", "flush"], `answer at ${answer} of ${kinds.join(" ")}`);
  assert.equal(kinds.filter((kind) => kind === "answer").length, ACKNOWLEDGED);
});

function kindOf(line: string): "answer" | "flush" | undefined {
  if (/ write\(1</.test(line)) return "answer";
  return /fdatasync/.test(line) ? "flush" : undefined;
}
