import assert from "node:assert/strict";
import { once } from "node:events";
import { symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { TofuError, UsageError } from "../../daemon/core/tofu-error.ts";
import type { Ask } from "../../daemon/protocol/ask.ts";
import { daemon, echo, envelope, gate, names, RawClient, STATUS } from "./harness.ts";

describe("a request", () => {
  test("is accepted, answered and ended", async (t) => {
    const { path } = await daemon(t, echo);
    const client = await RawClient.open(t, path);
    client.socket.write(envelope(names("sun")));
    assert.deepEqual(await client.ends(1), [
      { schemaVersion: 1, type: "accepted" },
      { schemaVersion: 1, type: "name", package: "sun" },
      { schemaVersion: 1, type: "end", exit: 0 },
    ]);
  });

  test("carries the exit code of the use case", async (t) => {
    const { path } = await daemon(t, async () => 5);
    const client = await RawClient.open(t, path);
    client.socket.write(envelope(STATUS));
    assert.equal((await client.ends(1)).at(-1)?.["exit"], 5);
  });

  test("may follow another on the same connection, in one write, byte by byte", async (t) => {
    const { path } = await daemon(t, echo);
    const client = await RawClient.open(t, path);
    client.socket.write(envelope(names("a")) + envelope(names("b")));
    await client.ends(2);
    for (const byte of Buffer.from(envelope(names("ü")))) client.socket.write(Uint8Array.of(byte));
    const told = (await client.ends(3)).filter(({ type }) => type === "name").map((reply) => reply["package"]);
    assert.deepEqual(told, ["a", "b", "ü"]);
  });

  test("waits until the one before it is answered", async (t) => {
    const first = gate();
    const begun: string[] = [];
    const ask: Ask = async (request) => {
      begun.push(request.do === "names" ? request.prefix : "");
      if (begun.length === 1) await first.opened;
      return 0;
    };
    const { path } = await daemon(t, ask);
    const client = await RawClient.open(t, path);
    client.socket.write(envelope(names("one")) + envelope(names("two")));
    const other = await RawClient.open(t, path);
    other.socket.write(envelope(names("other")));
    await other.ends(1);
    assert.deepEqual(begun, ["one", "other"]);
    first.open();
    await client.ends(2);
    assert.deepEqual(begun, ["one", "other", "two"]);
  });

  test("is answered to a client that has closed its side already", async (t) => {
    const work = gate();
    const { path } = await daemon(t, async () => {
      await work.opened;
      return 3;
    });
    const client = await RawClient.open(t, path);
    client.socket.end(envelope(STATUS) + envelope(STATUS));
    await once(client.socket, "finish");
    work.open();
    await client.ends(2);
    assert.deepEqual(client.types(), ["accepted", "end", "accepted", "end"]);
    await client.closed;
  });

  test("goes on although its client went away, and what that client had queued is dropped", async (t) => {
    const begun = gate();
    const work = gate();
    const finished: string[] = [];
    const ask: Ask = async (request, tell) => {
      begun.open();
      await work.opened;
      tell({ schemaVersion: 1, type: "name", package: "x" });
      await turn();
      finished.push(request.do);
      return 0;
    };
    const { path, server } = await daemon(t, ask);
    const client = await RawClient.open(t, path);
    client.socket.write(envelope(STATUS) + envelope(names("queued")));
    await begun.opened;
    client.socket.destroy();
    await client.closed;
    work.open();
    await server.close();
    assert.deepEqual(finished, ["status"]);
  });
});

describe("what the use cases throw", () => {
  const rows: readonly {
    readonly name: string;
    readonly error: unknown;
    readonly reply: object;
    readonly exit: number;
  }[] = [
    {
      name: "a fault, by its code",
      error: new TofuError("store-unwritable", "the disk is full"),
      reply: { schemaVersion: 1, type: "fault", code: "store-unwritable", sentence: "the disk is full", exit: 1 },
      exit: 1,
    },
    {
      name: "wrong use, with its hint",
      error: new UsageError("there is no package sunpi", "sunpy"),
      reply: { schemaVersion: 1, type: "usage", sentence: "there is no package sunpi", hint: "sunpy", exit: 2 },
      exit: 2,
    },
    {
      name: "a bug, without its text and stack",
      error: new TypeError("secret of /home/someone"),
      reply: {
        schemaVersion: 1,
        type: "fault",
        code: "internal",
        sentence: "tofu failed in a way nobody foresaw; the log of tofud says where",
        exit: 1,
      },
      exit: 1,
    },
  ];
  for (const row of rows) {
    test(`is told as ${row.name}`, async (t) => {
      const { path, entries } = await daemon(t, async () => Promise.reject(row.error));
      const client = await RawClient.open(t, path);
      client.socket.write(envelope(STATUS));
      assert.deepEqual((await client.ends(1)).slice(1), [row.reply, { schemaVersion: 1, type: "end", exit: row.exit }]);
      const internal = entries.find(({ event }) => event === "internal");
      assert.equal(internal?.facts?.["message"], row.error instanceof TypeError ? row.error.message : undefined);
      client.socket.write(envelope(STATUS));
      assert.equal((await client.ends(2)).length, 6);
    });
  }
});

describe("the store that a client means", () => {
  test("is this daemon's, under another name too", async (t) => {
    const { path, store } = await daemon(t, echo);
    const link = join(dirname(store), "link");
    symlinkSync(store, link);
    for (const named of [store, link]) {
      const client = await RawClient.open(t, path);
      client.socket.write(envelope(STATUS, { store: named }));
      await client.ends(1);
      assert.deepEqual(client.types(), ["accepted", "end"]);
    }
  });
  test("is another's: nothing is asked", async (t) => {
    let asked = 0;
    const { path, store } = await daemon(t, async () => {
      asked += 1;
      return 0;
    });
    for (const named of [dirname(store), join(store, "none"), ""]) {
      const client = await RawClient.open(t, path);
      client.socket.write(envelope(STATUS, { store: named }));
      assert.equal((await client.ends(1))[0]?.["code"], "daemon-other-store");
    }
    assert.equal(asked, 0);
  });
});

describe("close", () => {
  test("lets a running request finish, sends idle clients away, and takes no new ones", async (t) => {
    const begun = gate();
    const work = gate();
    const { path, server } = await daemon(t, async () => {
      begun.open();
      await work.opened;
      return 0;
    });
    const idle = await RawClient.open(t, path);
    const busy = await RawClient.open(t, path);
    busy.socket.write(envelope(STATUS) + envelope(STATUS));
    await begun.opened;
    const closing = server.close();
    await idle.closed;
    const late = new RawClient(path);
    await late.closed;
    work.open();
    await closing;
    await busy.closed;
    assert.deepEqual(busy.types(), ["accepted", "end"]);
    assert.deepEqual(late.replies, []);
  });
  test("does not wait for ever", async (t) => {
    const begun = gate();
    const { path, server } = await daemon(
      t,
      () => {
        begun.open();
        return new Promise<number>(() => undefined);
      },
      { drainMs: 1 },
    );
    const client = await RawClient.open(t, path);
    client.socket.write(envelope(STATUS));
    await begun.opened;
    await server.close();
    await client.closed;
    assert.deepEqual(client.types(), ["accepted"]);
  });
});
