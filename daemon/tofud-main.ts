import { execFile } from "node:child_process";
import { fstatSync } from "node:fs";
import { promisify } from "node:util";
import { destination } from "pino";
import { printable } from "./core/printable.ts";
import { unixMs } from "./core/time.ts";
import { TofuError, UsageError } from "./core/tofu-error.ts";
import { type DaemonOptions, parseDaemonCommand } from "./daemon-options.ts";
import { jsonLog, withPriorities } from "./json-log.ts";
import { ownVersion } from "./protocol/own-version.ts";
import { runDaemon } from "./run-daemon.ts";
import { factsOfError, type ServerLog } from "./server/log.ts";

/** sysexits.h, EX_TEMPFAIL: a service manager must not start this one again and again beside the first. */
const ALREADY_RUNNING = 75;
const STDERR_FD = 2;

/** Does what the command line of `tofud` says. @returns the exit code, when it was told to stop. */
export async function main(words: readonly string[]): Promise<number> {
  try {
    const command = await parseDaemonCommand(words, ownVersion());
    if (command.kind === "run") return await run(command.options);
    process.stdout.write(`${command.text}\n`);
    return 0;
  } catch (error) {
    return explain(error);
  }
}

/** Runs until a signal ends it. */
async function run(options: DaemonOptions): Promise<number> {
  const stderr = destination({ dest: STDERR_FD, sync: true });
  const log = jsonLog(options.logLevel, withPriorities(stderr, process.env, fstatSync(STDERR_FD)));
  // Without a handler of our own any process of this user opens Node's inspector, and with it everything.
  process.on("SIGUSR1", () => log.warn("signal-ignored", { signal: "SIGUSR1" }));
  const daemon = await runDaemon(options, {
    env: process.env,
    cwd: process.cwd(),
    pid: process.pid,
    uid: process.getuid?.() ?? -1,
    version: ownVersion(),
    now: () => unixMs(Date.now()),
    log,
  });
  const stopped = signalled();
  process.on("SIGHUP", () => void daemon.reload());
  process.stdout.write(`${daemon.sentence}\n`);
  await notifyReady(log);
  const signal = await stopped;
  log.info("stopping", { signal });
  await daemon.stop();
  return 0;
}

function signalled(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => resolve(signal));
  });
}

/** sd_notify(3) speaks over datagrams, which Node can't send; the manager's own tool can. */
async function notifyReady(log: ServerLog): Promise<void> {
  if (process.env["NOTIFY_SOCKET"] === undefined) return;
  try {
    await promisify(execFile)("systemd-notify", [`--pid=${process.pid}`, "--ready"]);
  } catch (error) {
    log.error("not-announced", factsOfError(error));
  }
}

/** One line on stderr, and the exit code: nothing is served, so it goes to whoever started this. */
function explain(error: unknown): number {
  if (error instanceof UsageError) {
    process.stderr.write(`tofud: ${error.message}${error.hint === undefined ? "" : ` (${error.hint})`}\n`);
    return 2;
  }
  if (error instanceof TofuError) {
    process.stderr.write(`fault    ${error.message}\n`);
    return error.code === "daemon-running" ? ALREADY_RUNNING : 1;
  }
  process.stderr.write(`fault    tofud failed: ${printable(String(error), 200)}\n`);
  return 1;
}
