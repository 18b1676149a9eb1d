import { spawn } from "node:child_process";
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { bareEnvironment } from "../checks/machine.ts";
import { TOFU } from "../checks/places.ts";

/** A command that takes longer waits for something that never comes: a FIFO, a lock, an answer. */
const LIMIT_MS = 60_000;

export interface Ended {
  readonly exit: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** A user's home that tofu was never used in. */
export interface RealHome {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly socket: string;
  readonly store: string;
  /** Every file in it, with mode, size and time, so that two of these show whether anything was written. */
  readonly look: () => readonly string[];
  /** Runs the real command line in the home's folder, with nothing on standard input. */
  readonly tofu: (...words: readonly string[]) => Promise<Ended>;
}

/**
 * Makes such a home; it is removed after the test.
 *
 * @param settings - further variables of its environment.
 */
export function realHome(t: Pick<TestContext, "after">, settings: RealHome["env"] = {}): RealHome {
  const folder = mkdtempSync(join(tmpdir(), "tofu-home-"));
  t.after(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  for (const name of ["config", "run", "gnupg", "state"]) mkdirSync(join(folder, name), { mode: 0o700 });
  chmodSync(folder, 0o700);
  const env = { ...bareEnvironment(folder), ...settings };
  return {
    folder,
    env,
    socket: join(folder, "run", "tofu", "socket"),
    store: join(folder, "state", "tofu", "store"),
    look: () =>
      readdirSync(folder, { recursive: true, encoding: "utf8" })
        // gpg makes its home ready when it is asked for a key; that is not tofu's writing.
        .filter((path) => !path.startsWith("gnupg"))
        .sort()
        .map((path) => {
          const { mode, size, mtimeMs } = lstatSync(join(folder, path));
          return `${path} ${mode.toString(8)} ${size} ${mtimeMs}`;
        }),
    tofu: (...words) => run(words, folder, env),
  };
}

function run(words: readonly string[], cwd: string, env: RealHome["env"]): Promise<Ended> {
  const child = spawn(process.execPath, [TOFU, ...words], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: LIMIT_MS,
    killSignal: "SIGKILL",
  });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (text: string) => {
      said[name] += text;
    });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ exit: code ?? signal ?? "unknown end", ...said }));
  });
}
