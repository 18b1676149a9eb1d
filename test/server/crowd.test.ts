import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { daemon, echo, envelope, gate, names, RawClient, STATUS } from "./harness.ts";

describe("many clients", () => {
  test("200 idle ones do not keep a real one out, and are told why they are let go", async (t) => {
    const { path, server } = await daemon(t, echo);
    const idle: RawClient[] = [];
    for (let count = 0; count < 200; count += 1) idle.push(await RawClient.open(t, path));
    const real = await RawClient.open(t, path);
    real.socket.write(envelope(names("sunpy")));
    await real.ends(1);
    assert.deepEqual(real.types(), ["accepted", "name", "end"]);
    assert.equal(server.connections(), 64);
    const sentAway = idle[0];
    assert.ok(sentAway !== undefined);
    await sentAway.closed;
    assert.deepEqual(
      sentAway.replies.map(({ type, code, exit }) => ({ type, code, exit })),
      [
        { type: "fault", code: "busy", exit: 1 },
        { type: "end", code: undefined, exit: 1 },
      ],
    );
  });

  test("one more than there is room for, all with a running request, is told that the daemon is busy", async (t) => {
    const work = gate();
    const { path } = await daemon(
      t,
      async () => {
        await work.opened;
        return 0;
      },
      { maxConnections: 2 },
    );
    const busy = [await RawClient.open(t, path), await RawClient.open(t, path)];
    for (const client of busy) {
      client.socket.write(envelope(STATUS));
      await once(client.socket, "data");
    }
    const late = await RawClient.open(t, path);
    await late.ends(1);
    await late.closed;
    assert.equal(late.replies[0]?.["code"], "busy");
    work.open();
    for (const client of busy) assert.deepEqual((await client.ends(1)).at(-1)?.["exit"], 0);
  });

  test("a silent one is let go after the idle time", async (t) => {
    const { path } = await daemon(t, echo, { idleMs: 20 });
    const client = await RawClient.open(t, path);
    await client.closed;
    assert.deepEqual(client.replies, []);
  });

  test("one that drips bytes without ever ending its line is let go as well", async (t) => {
    const { path } = await daemon(t, echo, { idleMs: 50 });
    const client = await RawClient.open(t, path);
    const drip = setInterval(() => client.socket.write(" "), 5);
    t.after(() => clearInterval(drip));
    await client.closed;
    assert.deepEqual(client.replies, []);
  });

  test("a running request is not idle, however long it takes", async (t) => {
    const work = gate();
    const begun = gate();
    const ask = async (): Promise<number> => {
      begun.open();
      await work.opened;
      return 0;
    };
    const { path } = await daemon(t, ask, { idleMs: 250 });
    const client = await RawClient.open(t, path);
    client.socket.write(envelope(STATUS));
    await begun.opened;
    const other = await RawClient.open(t, path);
    await other.closed;
    work.open();
    await client.ends(1);
    assert.deepEqual(client.types(), ["accepted", "end"]);
  });

  test("one that never reads its answers is cut off, and the daemon goes on", async (t) => {
    const maxUnreadBytes = 1 << 20;
    const ask = async (request: { readonly do: string }, tell: (line: never) => void): Promise<number> => {
      const line = { schemaVersion: 1, type: "name", package: "x".repeat(1000) } as never;
      for (let count = 0; request.do === "status" && count < 4000; count += 1) tell(line);
      return 0;
    };
    const { path, entries } = await daemon(t, ask, { maxUnreadBytes });
    const client = await RawClient.open(t, path);
    client.socket.pause();
    client.socket.write(envelope(STATUS));
    const other = await RawClient.open(t, path);
    while (!entries.some(({ event }) => event === "client-does-not-read")) {
      other.socket.write(envelope(names("x")));
      await once(other.socket, "data");
    }
    client.socket.resume();
    await client.closed;
    assert.ok(!client.types().includes("end"));
  });
});
