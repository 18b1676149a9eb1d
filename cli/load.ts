#!/usr/bin/env node
import { isatty } from "node:tty";
import { unixMs } from "../daemon/core/time.ts";
import { askForWords } from "./ask-for-words.ts";
import { claimedBy } from "./claimed.ts";
import type { Before } from "./tofu.ts";
import type { Output } from "./world.ts";

// What `tofu` starts with (.ci/build/cli.ts): asks the daemon for the answer in words, and runs the program only where
// that is not enough.

// Until there is an answer it is a fault, whatever ends the process.
process.exitCode = 1;
askForWords(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  stdout: lookAt("stdout", 1),
  stderr: lookAt("stderr", 2),
  // No plain question reads it.
  get stdin() {
    return process.stdin;
  },
  now: () => unixMs(Date.now()),
  claimed: () => claimedBy(process),
  onSignal: () => () => undefined,
}).then(
  (outcome) =>
    outcome.kind === "answered" ? process.exit(outcome.exit) : run({ begun: outcome.begun, failed: undefined }),
  (error: unknown) => run({ begun: undefined, failed: { error } }),
);

/** What an output can show; nothing is written to it here. */
function lookAt(name: "stdout" | "stderr", fd: number): Output {
  const isTerminal = isatty(fd);
  return {
    isTerminal,
    get columns() {
      return isTerminal ? process[name].columns : undefined;
    },
    write: () => undefined,
  };
}

async function run(before: Before): Promise<void> {
  const { runProgram } = await import("./run-program.ts");
  runProgram(before);
}
