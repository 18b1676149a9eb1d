import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(import.meta.resolve("./heap-program.js"));

/** @returns MiB of the young generation after a lot was allocated, part of it alive for a while. */
function youngMib(...words: readonly string[]): number {
  const { status, stdout } = spawnSync(process.execPath, [program, ...words], { encoding: "utf8" });
  assert.equal(status, 0);
  return Number(stdout);
}

test("a process that keeps its heap small has a small young generation, also after a thread has started", () => {
  assert.ok(youngMib("small") <= 4);
  assert.ok(youngMib("left alone") > 8, "V8 has another rule now, and nothing is to be kept small");
});
