import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { sha256 } from "../../daemon/journal/digest.ts";
import { verifyStore } from "../../daemon/journal/verify-store.ts";
import { openStoreIn, scratchFolder, seeded } from "./scratch.ts";

const newFolder = scratchFolder();
const ROUNDS = 20;

/** Runs the writer until it has acknowledged so many events, kills it, and returns the acknowledged ones. */
async function killAfter(
  folder: string,
  from: number,
  { acknowledged, together }: { readonly acknowledged: number; readonly together: number },
): Promise<readonly number[]> {
  const writer = fileURLToPath(import.meta.resolve("./writer.js"));
  const child = spawn(process.execPath, [writer, folder, `${from}`, "1000000", `${together}`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    if (said.split("\n").length > acknowledged) child.kill("SIGKILL");
  });
  const [, signal] = await once(child, "close");
  assert.equal(signal, "SIGKILL");
  return said.split("\n").slice(0, -1).map(Number);
}

test(`a writer killed ${ROUNDS} times in the middle of its appends: no acknowledged event is lost`, async () => {
  const folder = newFolder();
  const random = seeded(7);
  const acknowledged = new Set<string>();
  let next = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    // One append at a time, and five that are written together.
    const together = round % 2 === 0 ? 1 : 5;
    for (const event of await killAfter(folder, next, { acknowledged: 1 + Math.floor(random() * 60), together }))
      acknowledged.add(`event ${event}`);
    const journal = await openStoreIn(folder);
    assert.deepEqual(journal.findings, []);
    const found = new Set<string>();
    for await (const { event } of journal.follow(0)) if (event.body.kind === "forget") found.add(event.body.reason);
    for (const reason of acknowledged) {
      assert.ok(found.has(reason), `${reason} is lost in round ${round}`);
      assert.ok((await journal.object(sha256(reason.replace("event", "object")))) !== undefined);
    }
    for await (const { problem } of verifyStore(journal)) assert.fail(problem);
    next = await journal.count();
    await journal.close();
  }
  assert.ok(acknowledged.size >= ROUNDS);
});

test("a writer killed in the middle of many: the first so many pieces are there, each whole, and nothing else", async () => {
  const [count, piece] = [100_000, 250];
  const writer = fileURLToPath(import.meta.resolve("./bulk-writer.js"));
  const random = seeded(8);
  for (let round = 0; round < 5; round += 1) {
    const folder = newFolder();
    const child = spawn(process.execPath, [writer, folder, `${count}`, "progress"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const enough = 1 + Math.floor(random() * 20);
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      if (said.split("\n").length > enough) child.kill("SIGKILL");
    });
    const [, signal] = await once(child, "close");
    assert.equal(signal, "SIGKILL");
    const journal = await openStoreIn(folder);
    const there = await journal.count();
    assert.ok(there > 0 && there < count && there % piece === 0, `${there} are there`);
    // What was said to be written had left the process, and only a power cut takes it.
    assert.ok(there >= Number(said.split("\n").at(-2)));
    for await (const { position, event } of journal.follow(0)) assert.equal(event.package, `pkg:generic/p${position}`);
    for await (const { problem } of verifyStore(journal)) assert.fail(problem);
    await journal.close();
  }
});
