import assert from "node:assert/strict";
import { chmodSync, chownSync, linkSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { dirname, join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { TofuError, UsageError } from "../../daemon/core/tofu-error.ts";
import type { Answer } from "../../daemon/protocol/answer.ts";
import { askDaemon, type DaemonQuestion } from "../../daemon/protocol/client.ts";
import type { Request } from "../../daemon/protocol/request.ts";
import { daemon, echo, names, runtimeFolder, STATUS, uid } from "../server/harness.ts";

/** Long enough to never matter; the tests that wait for it name their own. */
const PATIENT_MS = 60_000;

interface Asked {
  readonly exit: number | undefined;
  readonly told: readonly Answer[];
}

async function ask(question: Partial<DaemonQuestion> & { readonly socketPath: string }): Promise<Asked> {
  const told: Answer[] = [];
  const tell = (answer: Answer): void => void told.push(answer);
  const exit = await askDaemon({ request: STATUS, tell, connectTimeoutMs: PATIENT_MS, ...question });
  return { exit, told };
}

function verify(...files: readonly string[]): Request {
  const claimed = { pid: 1, parent: "sh" };
  return { do: "verify", files, signatures: [], keys: [], dryRun: false, offline: true, via: "verify", claimed };
}

const ACCEPTED = `{"schemaVersion":1,"type":"accepted"}\n`;
const END = `{"schemaVersion":1,"type":"end","exit":0}\n`;

/** A daemon that says what it is told to, to its n-th client. */
async function scripted(t: TestContext, serve: (socket: Socket, client: number) => void): Promise<string> {
  const folder = join(runtimeFolder(t), "tofu");
  mkdirSync(folder, { mode: 0o700 });
  const path = join(folder, "socket");
  let clients = 0;
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    t.after(() => socket.destroy());
    clients += 1;
    const client = clients;
    socket.once("data", () => serve(socket, client));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.after(() => server.close());
  chmodSync(path, 0o600);
  return path;
}

describe("askDaemon", () => {
  test("tells the answers and returns the exit code", async (t) => {
    const { path } = await daemon(t, echo);
    const asked = await ask({ socketPath: path, request: names("sun") });
    assert.deepEqual(asked, { exit: 0, told: [{ schemaVersion: 1, type: "name", package: "sun" }] });
  });

  test("tells faults and wrong use as answers, with their exit codes", async (t) => {
    const { path } = await daemon(t, async (request) => {
      throw request.do === "status" ? new TofuError("store-damaged", "event 3") : new UsageError("no such package");
    });
    const fault = await ask({ socketPath: path });
    assert.deepEqual([fault.exit, fault.told[0]?.type], [1, "fault"]);
    const usage = await ask({ socketPath: path, request: names("x") });
    assert.deepEqual([usage.exit, usage.told[0]?.type], [2, "usage"]);
  });

  test("takes answers that were cut anywhere, with fields of a later version", async (t) => {
    const bytes = Buffer.from(`${ACCEPTED}{"schemaVersion":1,"type":"name","package":"ü","new":1}\n${END}`);
    const path = await scripted(t, (socket) => {
      socket.setNoDelay();
      for (const byte of bytes) socket.write(Uint8Array.of(byte));
    });
    assert.deepEqual((await ask({ socketPath: path })).told, [{ schemaVersion: 1, type: "name", package: "ü" }]);
  });

  test("waits for a long answer once the daemon has accepted", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    let end = (): void => undefined;
    const path = await scripted(t, (socket) => {
      end = () => socket.end(END);
      socket.write(`${ACCEPTED}{"schemaVersion":1,"type":"name","package":"x"}\n`);
    });
    const tell = (): void => {
      t.mock.timers.tick(10 * PATIENT_MS);
      end();
    };
    assert.equal((await ask({ socketPath: path, tell })).exit, 0);
  });
});

describe("no daemon", () => {
  test("where there is no folder, no socket, or one that nobody listens on", async (t) => {
    const folder = runtimeFolder(t);
    assert.equal((await ask({ socketPath: join(folder, "tofu", "socket") })).exit, undefined);
    mkdirSync(join(folder, "tofu"), { mode: 0o700 });
    assert.equal((await ask({ socketPath: join(folder, "tofu", "socket") })).exit, undefined);
    assert.equal((await ask({ socketPath: await staleSocket(folder) })).exit, undefined);
  });
  test("of the store that was named", async (t) => {
    const { path, store } = await daemon(t, echo);
    assert.deepEqual(await ask({ socketPath: path, store: dirname(store) }), { exit: undefined, told: [] });
    assert.equal((await ask({ socketPath: path, store })).exit, 0);
  });
});

/** A socket whose process is gone: bound, closed, and linked back to where it was. */
async function staleSocket(folder: string): Promise<string> {
  const path = join(folder, "tofu", "socket");
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(folder, "bound"), resolve));
  chmodSync(join(folder, "bound"), 0o600);
  linkSync(join(folder, "bound"), path);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return path;
}

describe("a socket that is not to be trusted is not spoken to", () => {
  const rows: readonly { readonly name: string; readonly change: (path: string) => void; readonly root?: true }[] = [
    { name: "a socket of mode 0777", change: (path) => chmodSync(path, 0o777) },
    { name: "a folder of mode 0755", change: (path) => chmodSync(dirname(path), 0o755) },
    { name: "a socket of another user", change: (path) => chownSync(path, 12_345, 0), root: true },
  ];
  for (const row of rows) {
    const skip = row.root === true && uid() !== 0 && "only root can give a socket away";
    test(row.name, { skip }, async (t) => {
      const { path, server } = await daemon(t, echo);
      row.change(path);
      await assert.rejects(ask({ socketPath: path }), {
        code: "daemon-untrusted",
        message: /so nothing is sent there: /,
      });
      assert.equal(server.connections(), 0);
    });
  }
  test("a file in its place", async (t) => {
    const folder = join(runtimeFolder(t), "tofu");
    mkdirSync(folder, { mode: 0o700 });
    writeFileSync(join(folder, "socket"), "", { mode: 0o600 });
    await assert.rejects(ask({ socketPath: join(folder, "socket") }), { code: "daemon-untrusted" });
  });
});

describe("a daemon that fails", () => {
  const judged = (path: string): string =>
    `${JSON.stringify({
      ...{ schemaVersion: 1, type: "judgement", verdict: "match", class: "ok", exit: 0, package: "pkg:pypi/a" },
      ...{ artifact: { path, sha256: "0", size: 1 }, sentence: "a", expected: [], got: [], notices: [], hints: [] },
      ...{ witnesses: [], facts: [], recorded: true },
    })}\n`;
  const rows: readonly {
    readonly name: string;
    readonly replies: string;
    readonly request: Request;
    readonly code: string;
    readonly says: RegExp;
  }[] = [
    {
      name: "goes away after it began",
      replies: ACCEPTED,
      request: verify("/a.tar.gz"),
      code: "daemon-unreachable",
      says: /^the daemon went away; nothing is known about \/a\.tar\.gz$/,
    },
    {
      name: "goes away in the middle of an answer",
      replies: ACCEPTED + judged("/a.tar.gz").slice(0, -1),
      request: verify("/a.tar.gz"),
      code: "daemon-unreachable",
      says: /nothing is known about \/a\.tar\.gz$/,
    },
    {
      name: "goes away with some of the files judged",
      replies: ACCEPTED + judged("/a"),
      request: verify("/a", "/b", "/c", "/d"),
      code: "daemon-unreachable",
      says: /nothing is known about \/b and 2 more$/,
    },
    {
      name: "goes away while it may have recorded something",
      replies: ACCEPTED,
      request: { do: "forget", package: "a", because: "b", claimed: { pid: 1, parent: "sh" } },
      code: "daemon-unreachable",
      says: /what it has done of this is not known$/,
    },
    { name: "says what is no JSON", replies: "hello\n", request: STATUS, code: "protocol", says: /restart tofud$/ },
    {
      name: "says what no version knows",
      replies: `{"type":"x"}\n`,
      request: STATUS,
      code: "protocol",
      says: /type: one of/,
    },
    {
      name: "ends with no exit code",
      replies: `${ACCEPTED}{"schemaVersion":1,"type":"end"}\n`,
      request: STATUS,
      code: "protocol",
      says: /exit/,
    },
    { name: "sends bytes that are no text", replies: "\uDC00\n", request: STATUS, code: "protocol", says: /JSON|utf8/ },
  ];
  for (const row of rows) {
    test(row.name, async (t) => {
      const path = await scripted(t, (socket) => socket.end(row.replies));
      await assert.rejects(ask({ socketPath: path, request: row.request }), { code: row.code, message: row.says });
    });
  }

  test("never accepts", async (t) => {
    const path = await scripted(t, () => undefined);
    await assert.rejects(ask({ socketPath: path, connectTimeoutMs: 50 }), {
      code: "daemon-unreachable",
      message: /does not answer$/,
    });
  });

  test("turns a client away, and takes it when it asks again", async (t) => {
    const busy = `{"schemaVersion":1,"type":"fault","code":"busy","sentence":"full","exit":1}\n${END}`;
    const path = await scripted(t, (socket, client) => socket.end(client < 3 ? busy : ACCEPTED + END));
    assert.deepEqual(await ask({ socketPath: path }), { exit: 0, told: [] });
  });

  test("has no room until the time is up", async (t) => {
    const busy = `{"schemaVersion":1,"type":"fault","code":"busy","sentence":"full","exit":1}\n${END}`;
    const path = await scripted(t, (socket) => socket.end(busy));
    await assert.rejects(ask({ socketPath: path, connectTimeoutMs: 100 }), { code: "busy", message: "full" });
  });

  test("goes away before it began, and is asked again", async (t) => {
    const path = await scripted(t, (socket, client) => (client === 1 ? socket.destroy() : socket.end(ACCEPTED + END)));
    assert.equal((await ask({ socketPath: path })).exit, 0);
  });
});

test("a request longer than the daemon takes is wrong use, told before anything is sent", async (t) => {
  const files = Array.from({ length: 300 }, (_, index) => `/${index}/${"x".repeat(4000)}`);
  await assert.rejects(ask({ socketPath: join(runtimeFolder(t), "none"), request: verify(...files) }), UsageError);
});

test("what the caller throws while it is told stays the caller's", async (t) => {
  const { path } = await daemon(t, echo);
  const closed = Object.assign(new Error("closed pipe"), { code: "EPIPE" });
  const tell = (): never => {
    throw closed;
  };
  await assert.rejects(ask({ socketPath: path, request: names("x"), tell }), closed);
});
