import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import fc from "fast-check";
import { MAX_REQUEST_BYTES } from "../../daemon/protocol/request.ts";
import { LIMITS } from "../../daemon/server/serve.ts";
import { PROJECT } from "../checks/places.ts";
import { type Daemon, daemon, echo, envelope, names, RawClient, STATUS } from "./harness.ts";

const good = JSON.stringify({ v: 1, request: STATUS });

interface Row {
  readonly name: string;
  readonly bytes: string | Uint8Array;
  readonly says: RegExp;
  /** The daemon closes, since it can't tell where the next request begins. */
  readonly closes?: boolean;
}

const rows: readonly Row[] = [
  { name: "an empty line", bytes: "\n", says: /not as it must be: JSON/ },
  { name: "no JSON", bytes: "verify\n", says: /JSON/ },
  { name: "a web page's request", bytes: "POST / HTTP/1.1\n", says: /JSON/ },
  { name: "two documents on a line", bytes: `${good}${good}\n`, says: /JSON/ },
  { name: "bytes that are no text", bytes: Uint8Array.of(0xff, 0xfe, 0x0a), says: /UTF-8/ },
  { name: "a byte order mark", bytes: `\uFEFF${good}\n`, says: /JSON/ },
  { name: "null", bytes: "null\n", says: /an object/ },
  { name: "a list", bytes: `[${good}]\n`, says: /an object/ },
  {
    name: "an unknown member of the envelope",
    bytes: `{"v":1,"x":1,"request":{}}\n`,
    says: /x in the request.*no such/,
  },
  {
    name: "an unknown member of the request",
    bytes: envelope({ ...STATUS, force: true } as never),
    says: /request\.force in the request.*no such/,
  },
  { name: "a missing member", bytes: `{"v":1,"request":{"do":"status"}}\n`, says: /request\.packages.*missing/ },
  { name: "an unknown request", bytes: `{"v":1,"request":{"do":"shutdown"}}\n`, says: /request\.do.*one of verify/ },
  { name: "a later protocol", bytes: `{"v":2,"request":{"do":"status"},"new":1}\n`, says: /protocol 2, .* speaks 1;/ },
  { name: "no protocol at all", bytes: `{"request":{}}\n`, says: /v in the request.*missing/ },
  { name: "infinity", bytes: `{"v":1e400,"request":{}}\n`, says: /protocol Infinity/ },
  {
    name: "a prototype",
    bytes: `{"v":1,"__proto__":{"polluted":1},"request":{"do":"status","packages":[]}}\n`,
    says: /__proto__/,
  },
  {
    name: "a prototype inside",
    bytes: `{"v":1,"request":{"do":"status","packages":[],"__proto__":{"polluted":1}}}\n`,
    says: /request\.__proto__/,
  },
  {
    name: "a prototype that names the request",
    bytes: `{"v":1,"request":{"__proto__":{"do":"status"}}}\n`,
    says: /do/,
  },
  { name: "a constructor", bytes: `{"v":1,"constructor":{"prototype":{"polluted":1}}}\n`, says: /constructor/ },
  { name: "lists in lists", bytes: `${"[".repeat(500_000)}${"]".repeat(500_000)}\n`, says: /an object/ },
  { name: "lists without end", bytes: `${"[".repeat(1_000_000)}\n`, says: /JSON/ },
  { name: "a name as long as a request", bytes: envelope(names("x".repeat(1_000_000))), says: /at most 400/ },
  {
    name: "a name that writes on the terminal",
    bytes: `{"v":1,"\\u001b[2J\\u202e":1}\n`,
    says: /\\x1b\[2J\\u\{202e\} in/,
  },
  { name: "a line of 2 MiB", bytes: `${" ".repeat(2 << 20)}\n`, says: /at most 1048576 bytes/, closes: true },
  { name: "2 MiB and no end of the line", bytes: "x".repeat(2 << 20), says: /at most 1048576 bytes/, closes: true },
];

async function send(
  t: Parameters<typeof RawClient.open>[0],
  path: string,
  bytes: string | Uint8Array,
): Promise<RawClient> {
  const client = await RawClient.open(t, path);
  client.socket.write(bytes);
  await client.ends(1);
  return client;
}

async function assertStillWorks(client: RawClient): Promise<void> {
  client.socket.write(envelope(names("sunpy")));
  const replies = await client.ends(2);
  assert.deepEqual(
    replies.slice(-3).map(({ type }) => type),
    ["accepted", "name", "end"],
  );
}

describe("hostile input is refused by name, and the daemon goes on", () => {
  for (const row of rows) {
    test(row.name, async (t) => {
      const { path } = await daemon(t, echo);
      const client = await send(t, path, row.bytes);
      const [fault, end] = client.replies;
      assert.deepEqual(
        [fault?.["type"], fault?.["code"], end],
        ["fault", "protocol", { schemaVersion: 1, type: "end", exit: 1 }],
      );
      assert.match(String(fault?.["sentence"]), row.says);
      assert.doesNotMatch(String(fault?.["sentence"]), /[\p{Cc}\p{Cf}]/u);
      assert.equal(({} as { polluted?: unknown }).polluted, undefined);
      if (row.closes === true) {
        await client.closed;
        assert.equal(client.replies.length, 2);
        await assertStillWorks(await send(t, path, envelope(STATUS)));
      } else {
        await assertStillWorks(client);
      }
    });
  }

  test("a request without its newline is not taken for whole", async (t) => {
    const { path } = await daemon(t, echo);
    const client = await RawClient.open(t, path);
    client.socket.end(good);
    await client.ends(1);
    assert.match(String(client.replies[0]?.["sentence"]), /ends with a newline/);
  });

  test("a client that only says what is no request is let go, and does not fill the log", async (t) => {
    const { path, entries } = await daemon(t, echo);
    const client = await RawClient.open(t, path);
    client.socket.write("x\n".repeat(15) + envelope(STATUS) + "x\n".repeat(15));
    await client.closed;
    const ends = client.replies.filter(({ type }) => type === "end").map(({ exit }) => exit);
    assert.deepEqual(ends, [...Array(15).fill(1), 0, 1]);
    assert.deepEqual(
      entries.filter(({ level }) => level !== "debug"),
      [],
    );
  });

  test("a request of exactly 1 MiB is taken, one byte more is not", async (t) => {
    const { path } = await daemon(t, echo);
    const fitting = await send(t, path, `${good.padEnd(MAX_REQUEST_BYTES, " ")}\n`);
    assert.deepEqual(fitting.types(), ["accepted", "end"]);
    const larger = await send(t, path, `${good.padEnd(MAX_REQUEST_BYTES + 1, " ")}\n`);
    assert.deepEqual(larger.types(), ["fault", "end"]);
  });
});

describe("names.json, json_import: documents in place of a request", () => {
  const file = join(PROJECT, "test/vectors/names.json");
  const cases = (JSON.parse(readFileSync(file, "utf8")) as { json_import: { input: string; why: string }[] })
    .json_import;
  for (const { input, why } of cases) {
    test(why, async (t) => {
      const { path } = await daemon(t, echo);
      for (const line of [input, `{"v":1,"request":${input}}`]) {
        const client = await send(t, path, `${line}\n`);
        assert.deepEqual(client.types(), ["fault", "end"]);
      }
      assert.equal(({} as { polluted?: unknown }).polluted, undefined);
    });
  }
});

test("whatever bytes come, each line gets one end and nothing is accepted by accident", async (t) => {
  const { path }: Daemon = await daemon(t, echo);
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
    fc.json({ maxDepth: 3 }),
    fc.constantFrom(good.slice(0, 20), `{"v":1,`, `"request":`, `{"do":"status"`),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 5 }), async (parts) => {
      const bytes = Buffer.from(parts.join("\n"), "latin1");
      const client = new RawClient(path);
      client.socket.end(Buffer.concat([bytes, Buffer.from("\n")]));
      await client.closed;
      const lines = bytes.filter((byte) => byte === 0x0a).length + 1;
      assert.equal(client.types().filter((type) => type === "end").length, Math.min(lines, LIMITS.maxMistakes));
      assert.ok(!client.types().includes("accepted"));
    }),
    { numRuns: 100 },
  );
});
