import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, openSync, readdirSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const TOFU = fileURLToPath(new URL("../../cli/tofu.js", import.meta.url));

interface Started {
  readonly child: ChildProcess;
  readonly folder: string;
  readonly ended: Promise<{
    readonly code: number | null;
    readonly signal: string | null;
    readonly stdout: string;
    readonly stderr: string;
  }>;
}

/** Starts the real program in a home of its own. `preload` runs in it before anything else. */
function start(
  words: readonly string[],
  { preload, stdout = "pipe" }: { readonly preload?: string; readonly stdout?: "pipe" | number } = {},
): Started {
  const folder = mkdtempSync(join(tmpdir(), "tofu-cli-"));
  const first = preload === undefined ? [] : ["--import", `data:text/javascript,${encodeURIComponent(preload)}`];
  const child = spawn(process.execPath, [...first, TOFU, ...words], {
    env: { HOME: folder, TMPDIR: folder, LANG: "C.UTF-8" },
    stdio: ["pipe", stdout, "pipe"],
  });
  const written = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      written[name] += text;
    });
  const ended = once(child, "close").then(([code, signal]) => ({ code, signal, ...written }));
  return { child, folder, ended };
}

/** Throws from nowhere, as soon as the program listens for that. */
const UNCAUGHT = `const on = process.on;
process.on = function (name, ...rest) {
  if (name === "uncaughtException") setImmediate(() => { throw new Error("boom\\u001b[2J"); });
  return on.call(this, name, ...rest);
};`;

/** Input that never comes and keeps nothing alive: whoever waits for it waits in vain. */
const FORGOTTEN = `const never = { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) };
Object.defineProperty(process, "stdin", { value: never });`;

const waiting = ["verify", "-", "--package", "sunpy"];

test("the program starts, says its version and ends with 0", async () => {
  const { code, stdout, stderr } = await start(["--version"]).ended;
  assert.match(stdout, /^tofu \d+\.\d+\.\d+\n$/);
  assert.deepEqual([code, stderr], [0, ""]);
});

test("wrong use ends with 2, said on stderr", async () => {
  const { code, stdout, stderr } = await start(["lst"]).ended;
  assert.deepEqual([code, stdout, stderr], [2, "", "usage    there is no tofu lst\n         tofu list\n"]);
});

test("an uncaught error ends with 1 and one line, without a stack", async () => {
  const { code, stdout, stderr } = await start(waiting, { preload: UNCAUGHT }).ended;
  assert.deepEqual([code, stdout, stderr], [1, "", "fault    tofu failed inside: boom\\x1b[2J\n"]);
});

test("an uncaught error with --json is an object on stdout", async () => {
  const { code, stdout, stderr } = await start(["--json", ...waiting], { preload: UNCAUGHT }).ended;
  assert.deepEqual([code, stderr], [1, ""]);
  assert.deepEqual(JSON.parse(stdout), {
    schemaVersion: 1,
    type: "fault",
    code: "internal",
    sentence: "tofu failed inside: boom\\x1b[2J",
    exit: 1,
  });
});

test("a forgotten promise ends with 1 and says so", async () => {
  const { code, stdout, stderr } = await start(waiting, { preload: FORGOTTEN }).ended;
  assert.deepEqual([code, stdout, stderr], [1, "", "fault    tofu failed inside: it ended without an answer\n"]);
});

test("a closed pipe ends quietly with the answer's code", async () => {
  const { child, ended } = start(["help"]);
  child.stdout?.destroy();
  const { code, stderr } = await ended;
  assert.deepEqual([code, stderr], [0, ""]);
});

test("an answer that could not be written is no answer", async () => {
  const { code, stderr } = await start(["help"], { stdout: openSync("/dev/full", "w") }).ended;
  assert.equal(code, 1);
  assert.match(stderr, /^fault {4}tofu failed inside: the answer could not be written \(.*ENOSPC.*\)\n$/);
});

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  test(`${signal} ends it by that signal, and what was kept of standard input is gone`, async () => {
    const { child, folder, ended } = start(waiting);
    const watcher = watch(folder);
    await once(watcher, "change");
    watcher.close();
    assert.equal(readdirSync(folder).length, 1);
    child.kill(signal);
    const { code, signal: by, stderr } = await ended;
    assert.deepEqual([code, by, stderr], [null, signal, ""]);
    assert.deepEqual(readdirSync(folder), []);
  });
