import { writeSync } from "node:fs";
import { isatty } from "node:tty";
import { unixMs } from "../daemon/core/time.ts";
import type { FaultLine } from "../daemon/protocol/answer.ts";
import type { Inbox } from "../daemon/protocol/inbox.ts";
import { renderFault } from "../daemon/words/fault.ts";
import { jsonLine } from "../daemon/words/printer.ts";
import { lineFor, wantsJson } from "./answer.ts";
import { answerPlain } from "./answer-plain.ts";
import { claimedBy } from "./claimed.ts";
import { readPlain } from "./plain.ts";
import { styleFor } from "./style.ts";
import type { Output, Terminal } from "./world.ts";

// The build makes one function of this and all that it imports (.ci/build/cli.ts), and cli/load.ts calls it. The whole
// command line stays outside with its libraries, for loading those takes longer than a daemon's answer.

/** The function that the build makes. A script that V8 has compiled before can't import by itself, so it is given that. */
export type Program = (require: NodeJS.Require, importWhole: ImportWhole, loadAlone: LoadAlone, before: Before) => void;
type ImportWhole = () => Promise<typeof import("./whole.ts")>;
type LoadAlone = () => typeof import("./alone.ts");
declare const importWhole: ImportWhole;
declare const loadAlone: LoadAlone;

/** What was done before this was loaded. */
export interface Before {
  /** The connection on which the question was sent; it is not answered yet. */
  readonly begun: Inbox | undefined;
  /** The answer came, and this happened while it was being written. */
  readonly failed: { readonly error: unknown } | undefined;
}
declare const before: Before;

const FAULT = 1;
const FD = { stdout: 1, stderr: 2 } as const;
const argv = process.argv.slice(2);

/** How the process stands; until there is an answer it is a fault, whatever ends it. */
let finished = false;
let outputLost: Error | undefined;
/** What stays outside the file has classes of errors of its own, and knows an error by those. */
let lineOf = lineFor;

// What is kept is kept for its owner alone, whatever the shell says.
process.umask(0o077);
process.exitCode = FAULT;
process.on("uncaughtException", (error) => {
  finished = true;
  sayLast(lineOf(error));
  process.exit(FAULT);
});
process.on("exit", () => {
  // A promise that nothing keeps alive ends the process in silence; Node says 0 or 13.
  if (!finished) sayLast(lineOf(new Error("it ended without an answer")));
  else if (outputLost !== undefined)
    sayLast(lineOf(new Error(`the answer could not be written (${outputLost.message})`)));
  else return;
  process.exitCode = FAULT;
});

/** The streams that were written to. */
const outputs = new Set<NodeJS.WriteStream>();
const cleanups = new Set<() => void>();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => {
    finished = true;
    for (const cleanup of cleanups) cleanup();
    // Ended by the same signal, so that a shell sees 128+n and stops its own loop too.
    process.kill(process.pid, signal);
  });
}

const terminal: Terminal = {
  env: process.env,
  cwd: process.cwd(),
  stdout: outputOf("stdout"),
  stderr: outputOf("stderr"),
  get stdin() {
    return process.stdin;
  },
  now: () => unixMs(Date.now()),
  claimed: () => claimedBy(process),
  onSignal: (cleanup) => {
    cleanups.add(cleanup);
    return () => cleanups.delete(cleanup);
  },
};

tofu().then(
  (exit) => {
    finished = true;
    process.exitCode = exit;
  },
  (error: unknown) => {
    finished = true;
    sayLast(lineOf(error));
  },
);

async function tofu(): Promise<number> {
  if (before.failed !== undefined) throw before.failed.error;
  const answered = await answerPlain(argv, terminal, before.begun);
  if (answered !== undefined) {
    setImmediate(leave);
    return answered;
  }
  const byItself = await tofuAlone();
  if (byItself !== undefined) return byItself;
  const whole = await importWhole();
  lineOf = whole.lastLine;
  return whole.runWhole(argv, terminal);
}

/** A plain question that no daemon has answered is answered without yargs too. */
async function tofuAlone(): Promise<number | undefined> {
  if (readPlain(argv) === undefined) return undefined;
  const alone = loadAlone();
  lineOf = alone.lastLine;
  return alone.answerAlone(argv, terminal);
}

/** Nothing is open any more but what is being closed, so this only saves waiting for it; unless text is still to go out. */
function leave(): void {
  const unwritten = Math.max(...[...outputs].map((stream) => stream.writableLength), 0);
  if (unwritten === 0) process.exit();
}

/**
 * A reader that has seen enough closes the pipe; the answer's code stays what it is. Anything else lost the answer. The
 * stream is made for the first text, since making one takes a while and most commands write to one of the two.
 */
function outputOf(name: "stdout" | "stderr"): Output {
  let closed = false;
  let opened: NodeJS.WriteStream | undefined;
  const open = (): NodeJS.WriteStream => {
    opened ??= process[name].on("error", (error: NodeJS.ErrnoException) => {
      closed = true;
      if (error.code !== "EPIPE") outputLost = error;
    });
    outputs.add(opened);
    return opened;
  };
  const isTerminal = isatty(FD[name]);
  return {
    isTerminal,
    get columns() {
      return isTerminal ? open().columns : undefined;
    },
    write: (text) => {
      const stream = open();
      if (!closed) stream.write(text);
    },
  };
}

/** The one line that is left to say when nothing else works any more. */
function sayLast(line: ReturnType<typeof lineFor>): void {
  const fault: FaultLine = { schemaVersion: 1, type: "fault", code: "internal", exit: 1, sentence: line.sentence };
  const plain = { color: undefined, verbose: false, quiet: false, at: undefined };
  const style = styleFor(terminal.stderr, process.env, plain, unixMs(Date.now()));
  const json = wantsJson(argv);
  const text = json ? jsonLine(fault) : `${renderFault(fault, style).join("\n")}\n`;
  try {
    writeSync(json ? FD.stdout : FD.stderr, text);
  } catch {
    // Nobody reads any more; the exit code says it.
    process.exitCode = FAULT;
  }
}
