#!/usr/bin/env node
import { writeSync } from "node:fs";
import { unixMs } from "../daemon/core/time.ts";
import type { FaultLine } from "../daemon/protocol/answer.ts";
import { ownVersion } from "../daemon/protocol/own-version.ts";
import { claimedBy } from "./claimed.ts";
import { lineFor, main, wantsJson } from "./main.ts";
import { jsonLine } from "./printer.ts";
import { renderFault } from "./render/fault.ts";
import { ask, run } from "./session.ts";
import { styleFor } from "./style.ts";
import type { Output, World } from "./world.ts";

const FAULT = 1;
const STDOUT = 1;
const STDERR = 2;
const argv = process.argv.slice(2);

/** How the process stands; until there is an answer it is a fault, whatever ends it. */
let finished = false;
let outputLost: Error | undefined;

// What is kept is kept for its owner alone, whatever the shell says.
process.umask(0o077);
process.exitCode = FAULT;
process.on("uncaughtException", (error) => {
  finished = true;
  sayLast(lineFor(error));
  process.exit(FAULT);
});
process.on("exit", () => {
  // A promise that nothing keeps alive ends the process in silence; Node says 0 or 13.
  if (!finished) sayLast(lineFor(new Error("it ended without an answer")));
  else if (outputLost !== undefined)
    sayLast(lineFor(new Error(`the answer could not be written (${outputLost.message})`)));
  else return;
  process.exitCode = FAULT;
});

const cleanups = new Set<() => void>();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => {
    finished = true;
    for (const cleanup of cleanups) cleanup();
    // Ended by the same signal, so that a shell sees 128+n and stops its own loop too.
    process.kill(process.pid, signal);
  });
}

const world: World = {
  env: process.env,
  cwd: process.cwd(),
  version: ownVersion(),
  stdout: outputOf(process.stdout),
  stderr: outputOf(process.stderr),
  get stdin() {
    return process.stdin;
  },
  now: () => unixMs(Date.now()),
  claimed: () => claimedBy(process),
  ask: (request, settings, tell) => ask(request, settings, process.env, tell),
  run: (errand, settings, tell) => run(errand, settings, process.env, tell),
  onSignal: (cleanup) => {
    cleanups.add(cleanup);
    return () => cleanups.delete(cleanup);
  },
};

main(argv, world).then(
  (exit) => {
    finished = true;
    process.exitCode = exit;
  },
  (error: unknown) => {
    finished = true;
    sayLast(lineFor(error));
  },
);

/** A reader that has seen enough closes the pipe; the answer's code stays what it is. Anything else lost the answer. */
function outputOf(stream: NodeJS.WriteStream): Output {
  let closed = false;
  stream.on("error", (error: NodeJS.ErrnoException) => {
    closed = true;
    if (error.code !== "EPIPE") outputLost = error;
  });
  return {
    isTerminal: stream.isTTY === true,
    columns: stream.isTTY === true ? stream.columns : undefined,
    write: (text) => {
      if (!closed) stream.write(text);
    },
  };
}

/** The one line that is left to say when nothing else works any more. */
function sayLast(line: ReturnType<typeof lineFor>): void {
  const fault: FaultLine = { schemaVersion: 1, type: "fault", code: "internal", exit: 1, sentence: line.sentence };
  const plain = { color: undefined, verbose: false, quiet: false, at: undefined };
  const style = styleFor(world.stderr, process.env, plain, unixMs(Date.now()));
  const json = wantsJson(argv);
  const text = json ? jsonLine(fault) : `${renderFault(fault, style).join("\n")}\n`;
  try {
    writeSync(json ? STDOUT : STDERR, text);
  } catch {
    // Nobody reads any more; the exit code says it.
    process.exitCode = FAULT;
  }
}
