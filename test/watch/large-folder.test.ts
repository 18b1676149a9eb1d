import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs, { readFileSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { openWatched } from "./watched.ts";

/** Counts what the process asks of the file system; each question is still asked. */
function counted(t: TestContext): { readonly looks: () => number; readonly listings: () => number } {
  const calls = { lstat: 0, stat: 0, readdir: 0, opendir: 0 };
  const real = { ...fs.promises };
  const count =
    <A extends readonly unknown[], R>(name: keyof typeof calls, ask: (...args: A) => R) =>
    (...args: A): R => {
      calls[name] += 1;
      return ask(...args);
    };
  Object.assign(fs.promises, {
    lstat: count("lstat", real.lstat),
    stat: count("stat", real.stat),
    readdir: count("readdir", real.readdir),
    opendir: count("opendir", real.opendir),
  });
  syncBuiltinESMExports();
  t.after(() => {
    Object.assign(fs.promises, real);
    syncBuiltinESMExports();
  });
  return { looks: () => calls.lstat + calls.stat, listings: () => calls.readdir + calls.opendir };
}

const FILES = 3000;

test(`one more file in a folder of ${FILES} is looked at without a listing of the others`, async (t) => {
  const asked = counted(t);
  const before = (inbox: string): void => {
    for (let n = 0; n < FILES; n += 1) writeFileSync(join(inbox, `old${n}-1.0.tar.gz`), "x");
  };
  const { inbox, judged, until } = await openWatched(t, { before });
  await until(() => judged.size === FILES);
  const [looks, listings] = [asked.looks(), asked.listings()];
  for (const n of [1, 2, 3]) {
    writeFileSync(join(inbox, `new-${n}.0.tar.gz`), "x");
    await until(() => judged.has(`new-${n}.0.tar.gz`));
  }
  assert.equal(asked.listings(), listings);
  // Each is looked at when it comes and when it is judged; its making and its writing may be told apart.
  assert.ok(asked.looks() - looks <= 15, `${asked.looks() - looks} looks`);
});

test("a file whose event the system dropped, its queue being full, is judged", async (t) => {
  const before = (inbox: string): void => writeFileSync(join(inbox, "read-1.0.tar.gz"), "x");
  const { inbox, judged, until } = await openWatched(t, { before });
  // Only the reading at the beginning tells of it, which must not be still to come.
  await until(() => judged.has("read-1.0.tar.gz"));
  const limit = Number(readFileSync("/proc/sys/fs/inotify/max_queued_events", "utf8"));
  // Two names in turn, since the system joins equal events; meanwhile this process takes none from the queue.
  const program = `
    const fs = require("node:fs");
    const [two, one] = ["two.txt", "one.txt"].map((name) => fs.openSync(process.argv[1] + "/" + name, "a"));
    for (let n = 0; n < ${limit}; n += 1) fs.writeSync(n % 2 === 0 ? one : two, "x");
    fs.mkdirSync(process.argv[1] + "/below");
    for (const at of ["", "/below"]) fs.writeFileSync(process.argv[1] + at + "/unheard-1.0.tar.gz", "x");`;
  assert.equal(spawnSync(process.execPath, ["-e", program, inbox]).status, 0);
  await until(() => judged.has("unheard-1.0.tar.gz") && judged.has("below/unheard-1.0.tar.gz"));
});
