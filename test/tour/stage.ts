import { type ChildProcess, spawn } from "node:child_process";
import { watch } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TOFU, TOFUD } from "../checks/places.ts";

const START_LIMIT_MS = 15_000;

/** One finished command. */
export interface Finished {
  readonly exit: number;
  readonly output: string;
}

/**
 * A scratch home with a running daemon; nothing of the user's own is read or written. Store and socket lie at their
 * default places in it, since tofu says so in every answer where they are named by hand.
 */
export interface Stage {
  /** Where files arrive, and where commands are typed. */
  readonly downloads: string;
  tofu(words: readonly string[]): Promise<Finished>;
  /** Stops the daemon, waits for its end and removes everything. @returns the daemon's exit code. */
  close(): Promise<number>;
}

/** @throws Error with the daemon's own words if it does not come up. */
export async function openStage(): Promise<Stage> {
  const home = await mkdtemp(join(tmpdir(), "tofu-tour-"));
  const folders = { downloads: join(home, "downloads"), run: join(home, "run"), socket: join(home, "run/tofu") };
  for (const folder of Object.values(folders)) await mkdir(folder, { mode: 0o700 });
  const { PATH = "", TERM = "dumb", LANG = "C.UTF-8" } = process.env;
  const environment = {
    PATH,
    TERM,
    LANG,
    HOME: home,
    XDG_CONFIG_HOME: join(home, "config"),
    XDG_STATE_HOME: join(home, "state"),
    XDG_RUNTIME_DIR: folders.run,
    GNUPGHOME: join(home, "gnupg"),
    ...(process.stdout.columns === undefined ? {} : { COLUMNS: String(process.stdout.columns) }),
  };
  const daemon = spawn(process.execPath, [TOFUD], { env: environment, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<number>((resolve) => daemon.once("close", (code) => resolve(code ?? -1)));
  const close = async (): Promise<number> => {
    daemon.kill("SIGTERM");
    const code = await ended;
    await rm(home, { recursive: true, force: true });
    return code;
  };
  try {
    await listening(daemon, folders.socket, join(folders.socket, "socket"));
  } catch (error) {
    await close();
    throw error;
  }
  return { downloads: folders.downloads, tofu: (words) => run(words, folders.downloads, environment), close };
}

/** Waits until the socket takes a connection: asked whenever its folder changes. */
function listening(daemon: ChildProcess, folder: string, socket: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    const limit = setTimeout(() => finish(new Error(`the daemon does not listen: ${said}`)), START_LIMIT_MS);
    const changes = watch(folder, () => attempt());
    const finish = (error?: Error): void => {
      clearTimeout(limit);
      changes.close();
      if (error === undefined) resolve();
      else reject(error);
    };
    const attempt = (): void => {
      const connection = connect(socket);
      connection.once("connect", () => finish()).once("connect", () => connection.destroy());
      // Not there yet, or not listening yet: the folder's next change asks again.
      connection.once("error", () => connection.destroy());
    };
    for (const stream of [daemon.stdout, daemon.stderr]) {
      stream?.on("data", (part: Buffer) => {
        said += part.toString("utf8");
        attempt();
      });
    }
    daemon.once("error", finish);
    daemon.once("close", (code) => finish(new Error(`the daemon ended with ${code}: ${said}`)));
    attempt();
  });
}

function run(words: readonly string[], cwd: string, environment: Readonly<Record<string, string>>): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [TOFU, ...words], {
      cwd,
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (part: Buffer) => {
        output += part.toString("utf8");
      });
    }
    child.once("error", reject);
    child.once("close", (code) => resolve({ exit: code ?? -1, output }));
  });
}
