import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { LIMITS, type RunningServer, serve } from "../../daemon/server/serve.ts";
import { findPlace } from "../../daemon/server/socket-place.ts";
import { echo, envelope, memoryLog, RawClient, runtimeFolder, STATUS, uid } from "./harness.ts";

async function serveAt(t: TestContext, path: string): Promise<RunningServer> {
  const { log } = memoryLog();
  const server = await serve({ ask: echo, store: "/", log }, { kind: "path", path }, { uid: uid(), limits: LIMITS });
  t.after(() => server.close());
  return server;
}

async function answers(t: TestContext, path: string): Promise<boolean> {
  const client = await RawClient.open(t, path);
  client.socket.write(envelope(STATUS));
  return (await client.ends(1)).length === 2;
}

/** A socket that a process left behind when it was killed. */
async function leftBehind(path: string): Promise<void> {
  mkdirSync(dirname(path), { mode: 0o700 });
  const script = `process.umask(0o177); require("net").createServer().listen(process.argv[1], () => console.log("up"))`;
  const child = spawn(process.execPath, ["-e", script, path], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  await once(child, "exit");
  assert.ok(lstatSync(path).isSocket());
}

describe("listening", () => {
  for (const umask of [0o000, 0o022, 0o077]) {
    test(`makes a folder of 0700 and a socket of 0600 under umask ${umask.toString(8)}`, async (t) => {
      const path = join(runtimeFolder(t), "tofu", "socket");
      const before = process.umask(umask);
      t.after(() => process.umask(before));
      await serveAt(t, path);
      assert.equal(process.umask(), umask);
      assert.equal(lstatSync(dirname(path)).mode & 0o777, 0o700);
      assert.equal(lstatSync(path).mode & 0o777, 0o600);
      assert.deepEqual(readdirSync(dirname(path)), ["socket"]);
    });
  }

  test("takes the place of a socket whose process was killed", async (t) => {
    const path = join(runtimeFolder(t), "tofu", "socket");
    await leftBehind(path);
    await serveAt(t, path);
    assert.ok(await answers(t, path));
  });

  test("leaves a live one alone", async (t) => {
    const path = join(runtimeFolder(t), "tofu", "socket");
    await serveAt(t, path);
    await assert.rejects(serveAt(t, path), { code: "daemon-running", message: /a tofud listens at .*socket already/ });
    assert.ok(await answers(t, path));
  });

  const refused: readonly { readonly name: string; readonly make: (path: string) => void; readonly code: string }[] = [
    {
      name: "a folder that others may enter",
      make: (path) => chmodSync(dirname(path), 0o750),
      code: "daemon-untrusted",
    },
    { name: "a file in the socket's place", make: (path) => writeFileSync(path, "keep"), code: "daemon-untrusted" },
    { name: "a link in the socket's place", make: (path) => symlinkSync("/dev/null", path), code: "daemon-untrusted" },
    {
      name: "a runtime folder that is not there",
      make: (path) => rmSync(dirname(dirname(path)), { recursive: true }),
      code: "config",
    },
  ];
  for (const { name, make, code } of refused) {
    test(`refuses ${name}, and changes nothing`, async (t) => {
      const path = join(runtimeFolder(t), "tofu", "socket");
      mkdirSync(dirname(path), { mode: 0o700 });
      make(path);
      const before = lstatSync(path, { throwIfNoEntry: false })?.ino;
      await assert.rejects(serveAt(t, path), { code });
      assert.equal(lstatSync(path, { throwIfNoEntry: false })?.ino, before);
    });
  }
});

test("another user can't connect", { skip: uid() !== 0 && "only root can be another user" }, async (t) => {
  const path = join(runtimeFolder(t), "tofu", "socket");
  await serveAt(t, path);
  chmodSync(dirname(dirname(path)), 0o755);
  const script = `require("net").connect(process.argv[1]).on("error", (error) => console.log(error.code)).on("connect", () => process.exit(9))`;
  const child = spawn(process.execPath, ["-e", script, path], {
    uid: 12_345,
    cwd: "/",
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [said] = await once(child.stdout, "data");
  assert.equal(String(said), "EACCES\n");
});

describe("closing", () => {
  test("removes the socket", async (t) => {
    const path = join(runtimeFolder(t), "tofu", "socket");
    const server = await serveAt(t, path);
    await server.close();
    assert.equal(existsSync(path), false);
    await server.close();
  });
  test("leaves a successor's socket where it is", async (t) => {
    const path = join(runtimeFolder(t), "tofu", "socket");
    const first = await serveAt(t, path);
    renameSync(path, `${path}.old`);
    await serveAt(t, path);
    await first.close();
    assert.ok(await answers(t, path));
  });
});

describe("a socket that was handed over", () => {
  const rows: readonly { readonly name: string; readonly env: NodeJS.ProcessEnv; readonly kind: string }[] = [
    { name: "none", env: {}, kind: "path" },
    { name: "another process's", env: { LISTEN_PID: "1", LISTEN_FDS: "1" }, kind: "path" },
  ];
  for (const { name, env, kind } of rows) {
    test(name, () => assert.equal(findPlace(env, 4242, "/p").kind, kind));
  }
  test("two are one too many", () => {
    assert.throws(() => findPlace({ LISTEN_PID: "4242", LISTEN_FDS: "2" }, 4242, "/p"), { code: "config" });
  });
  test("is refused where clients would not trust it", async (t) => {
    const path = join(runtimeFolder(t), "tofu", "socket");
    mkdirSync(dirname(path), { mode: 0o700 });
    const manager = createServer();
    await new Promise<void>((resolve) => manager.listen(path, resolve));
    t.after(() => manager.close());
    chmodSync(path, 0o666);
    const { log } = memoryLog();
    const place = { kind: "descriptor", fd: 3, path } as const;
    await assert.rejects(serve({ ask: echo, store: "/", log }, place, { uid: uid() }), { code: "daemon-untrusted" });
    assert.ok(existsSync(path));
  });
});
