import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { it } from "node:test";
import { fileURLToPath } from "node:url";

const TOUR = join(dirname(fileURLToPath(import.meta.url)), "tour.js");

it("the tour ends well, in plain text, and leaves nothing behind", async () => {
  const scratch = await mkdtemp(join(tmpdir(), "t-"));
  try {
    const child = spawn(process.execPath, [TOUR], { env: { ...process.env, TMPDIR: scratch }, stdio: "pipe" });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (part: Buffer) => {
        said += part.toString("utf8");
      });
    }
    const [code] = await once(child, "close");
    assert.equal(code, 0, said);
    assert.ok(!said.includes("\u001b"), "no colours where nobody sees them");
    assert.match(said, /npm install --global \./);
    assert.deepEqual(await readdir(scratch), []);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
});
