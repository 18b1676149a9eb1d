import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import type { Answer } from "../../daemon/protocol/answer.ts";
import { askDaemon } from "../../daemon/protocol/client.ts";
import { TOFUD } from "../checks/places.ts";
import { runtimeFolder, STATUS } from "./harness.ts";

interface Home {
  readonly folder: string;
  readonly socket: string;
  readonly store: string;
  readonly config: string;
  readonly env: NodeJS.ProcessEnv;
}

function home(t: TestContext): Home {
  const folder = runtimeFolder(t);
  const env = {
    PATH: process.env["PATH"],
    HOME: folder,
    XDG_RUNTIME_DIR: folder,
    XDG_STATE_HOME: join(folder, "state"),
    XDG_CONFIG_HOME: join(folder, "config"),
  };
  mkdirSync(join(folder, "config", "tofu"), { recursive: true });
  const config = join(folder, "config", "tofu", "config.toml");
  return { folder, env, config, socket: join(folder, "tofu", "socket"), store: join(folder, "state", "tofu", "store") };
}

class Tofud {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  stdout = "";
  stderr = "";

  constructor(t: TestContext, env: NodeJS.ProcessEnv, words: readonly string[] = [], manager: readonly string[] = []) {
    const command = [...manager, process.execPath, TOFUD, ...words];
    this.child = spawn("sh", ["-c", 'umask 0; exec "$@"', "sh", ...command], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#listen();
    this.ended = new Promise((resolve) => this.child.once("close", (code) => resolve(code)));
    t.after(() => this.child.kill("SIGKILL"));
  }

  #listen(): void {
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
    });
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
  }

  /** Waits until what it has said matches, or it has ended. */
  async said(stream: "stdout" | "stderr", text: RegExp): Promise<void> {
    const source = this.child[stream];
    assert.ok(source !== null);
    while (!text.test(this[stream])) {
      const over = await Promise.race([once(source, "data"), this.ended.then(() => "over" as const)]);
      if (over === "over" && !text.test(this[stream])) assert.fail(`${this.stdout}\n${this.stderr}`);
    }
  }

  async stop(): Promise<number | null> {
    this.child.kill("SIGTERM");
    return this.ended;
  }
}

async function started(t: TestContext, env: NodeJS.ProcessEnv, words: readonly string[] = []): Promise<Tofud> {
  const tofud = new Tofud(t, env, words);
  await tofud.said("stdout", /\n/);
  return tofud;
}

async function status(socketPath: string): Promise<Answer | undefined> {
  const told: Answer[] = [];
  await askDaemon({ socketPath, request: STATUS, tell: (answer) => told.push(answer), connectTimeoutMs: 10_000 });
  return told[0];
}

/** What systemd does for a socket unit: listens, and starts the service with the socket as descriptor 3. */
const MANAGER = `
import os, socket, sys
os.umask(0o177)
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen(8)
os.dup2(s.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execvp(sys.argv[2], sys.argv[2:])
`;
const withPython = { skip: spawnSync("python3", ["-c", ""]).status !== 0 && "python3 is not installed" };

describe("tofud", () => {
  test("says where it listens, answers, and ends with 0 when it is told to", async (t) => {
    const { env, socket, store, folder } = home(t);
    const tofud = await started(t, env);
    assert.equal(tofud.stdout, `tofud listens at ${socket}, keeps its store in ${store} and watches no folders\n`);
    const answer = await status(socket);
    assert.ok(answer?.type === "status");
    assert.deepEqual([answer.daemon?.pid, answer.daemon?.socket, answer.store], [tofud.child.pid, socket, store]);
    for (const file of readdirSync(join(folder, "state"), { recursive: true, encoding: "utf8" })) {
      assert.equal(statSync(join(folder, "state", file)).mode & 0o077, 0, `${file}, under umask 0`);
    }
    assert.equal(await tofud.stop(), 0);
    assert.equal(existsSync(socket), false);
    const again = await started(t, env);
    assert.equal(await again.stop(), 0);
  });

  test("a second one ends with 75 and one line, and the first goes on", async (t) => {
    const { env, socket } = home(t);
    await started(t, env);
    const second = new Tofud(t, env);
    assert.equal(await second.ended, 75);
    assert.equal(second.stdout + second.stderr, `fault    a tofud listens at ${socket} already\n`);
    assert.equal((await status(socket))?.type, "status");
  });

  test("comes up again after it was killed", async (t) => {
    const { env, socket } = home(t);
    const first = await started(t, env);
    first.child.kill("SIGKILL");
    await first.ended;
    assert.ok(existsSync(socket));
    await started(t, env);
    assert.equal((await status(socket))?.type, "status");
  });

  test("reads its configuration again on SIGHUP, and keeps the old one if the new one is wrong", async (t) => {
    const { env, config, socket } = home(t);
    const tofud = await started(t, env);
    writeFileSync(config, `[policy]\nfirst-use = "\u009bdeny"\n`, { mode: 0o600 });
    tofud.child.kill("SIGHUP");
    await tofud.said("stderr", /config-not-reloaded.*\n/);
    writeFileSync(config, `[policy]\nfirst-use = "deny"\n`);
    tofud.child.kill("SIGHUP");
    await tofud.said("stderr", /config-reloaded.*\n/);
    assert.equal((await status(socket))?.type, "status");
    const entries = tofud.stderr
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { msg: string; message?: string });
    assert.match(entries[0]?.message ?? "", /config\.toml, line 2: policy\.first-use must be/);
    assert.doesNotMatch(tofud.stderr.replaceAll("\n", ""), /[\p{Cc}\p{Cf}]/u);
  });

  test("opens no inspector on SIGUSR1", async (t) => {
    const { env } = home(t);
    const tofud = await started(t, env);
    tofud.child.kill("SIGUSR1");
    await tofud.said("stderr", /signal-ignored/);
    await tofud.stop();
    assert.doesNotMatch(tofud.stderr, /Debugger/);
  });

  test("tells a service manager that it is ready, if there is one", async (t) => {
    const { env, folder } = home(t);
    const told = join(folder, "told");
    // Stands in for the manager's tool, and ends the daemon, so that the test knows when it was called.
    writeFileSync(join(folder, "systemd-notify"), `#!/bin/sh\necho "$@" > ${told}\nkill -TERM $PPID\n`, {
      mode: 0o755,
    });
    const tofud = new Tofud(t, { ...env, PATH: `${folder}:${env["PATH"]}`, NOTIFY_SOCKET: "/nowhere" });
    assert.equal(await tofud.ended, 0);
    assert.equal(readFileSync(told, "utf8"), `--pid=${tofud.child.pid} --ready\n`);
  });

  test("listens on a socket that a service manager hands over, and leaves it where it is", withPython, async (t) => {
    const { env, socket, folder } = home(t);
    mkdirSync(join(folder, "tofu"), { mode: 0o700 });
    const manager = join(folder, "manager.py");
    writeFileSync(manager, MANAGER);
    const tofud = new Tofud(t, env, [], ["python3", manager, socket]);
    await tofud.said("stdout", /\n/);
    assert.equal((await status(socket))?.type, "status");
    assert.equal(await tofud.stop(), 0);
    assert.ok(existsSync(socket));
  });
});

describe("tofud does not start", () => {
  const rows: readonly {
    readonly name: string;
    readonly words?: readonly string[];
    readonly env?: NodeJS.ProcessEnv;
    readonly config?: string;
    readonly exit: number;
    readonly says: RegExp;
  }[] = [
    {
      name: "without a runtime folder",
      env: { XDG_RUNTIME_DIR: "" },
      exit: 2,
      says: /^tofud: XDG_RUNTIME_DIR is not set/,
    },
    { name: "with an abstract socket", env: { TOFU_SOCKET: "@tofu" }, exit: 2, says: /abstract socket has no owner/ },
    { name: "with a clock of its own", words: ["--at", "2026-01-01"], exit: 2, says: /takes no --at/ },
    { name: "with a word it does not know", words: ["--stoer", "/x"], exit: 2, says: /stoer/ },
    { name: "with a command", words: ["verify"], exit: 2, says: /options only|verify/ },
    { name: "with a level that is none", words: ["--log-level", "loud"], exit: 2, says: /log-level/ },
    {
      name: "with a wrong configuration",
      config: "[network]\nenable = true",
      exit: 2,
      says: /line 2: there is no setting network\.enable;/,
    },
    {
      name: "with a configuration that is not there",
      words: ["--config", "/nowhere/c"],
      exit: 2,
      says: /there is no file/,
    },
    { name: "with a policy that is not there", words: ["--policy", "/nowhere/p"], exit: 2, says: /there is no file/ },
  ];
  for (const row of rows) {
    test(row.name, async (t) => {
      const { env, config } = home(t);
      if (row.config !== undefined) writeFileSync(config, row.config, { mode: 0o600 });
      const tofud = new Tofud(t, { ...env, ...row.env }, row.words);
      assert.equal(await tofud.ended, row.exit);
      assert.match(tofud.stderr, row.says);
      assert.equal(tofud.stderr.trimEnd().split("\n").length, 1);
      assert.equal(tofud.stdout, "");
    });
  }
});

describe("tofud explains itself", () => {
  for (const [word, says] of [
    ["--help", /SIGHUP/],
    ["--version", /^\d+\.\d+\.\d+\n$/],
  ] as const) {
    test(word, async (t) => {
      const tofud = new Tofud(t, { PATH: process.env["PATH"] }, [word]);
      assert.equal(await tofud.ended, 0);
      assert.match(tofud.stdout, says);
    });
  }
});
