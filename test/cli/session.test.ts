import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ask } from "../../cli/session.ts";
import type { Settings } from "../../cli/world.ts";
import type { Answer } from "../../daemon/protocol/answer.ts";
import { parseEnvelope } from "../../daemon/protocol/request-codec.ts";
import { formatReply, type Reply } from "../../daemon/protocol/wire.ts";
import { timeOf } from "./fake-world.ts";
import { SAMPLES } from "./samples.ts";

const LIST = { do: "list", stale: false, weak: false, single: false } as const;
const OTHER_STORE: readonly Reply[] = [
  { ...SAMPLES.fault, code: "daemon-other-store" },
  { ...SAMPLES.end, exit: 1 },
];

/** A home without a store, and what is said there to whoever asks at the socket. */
async function home(replies?: readonly Reply[]): Promise<{
  readonly settings: Settings;
  readonly envelopes: unknown[];
  readonly server: Server | undefined;
}> {
  const folder = mkdtempSync(join(tmpdir(), "tofu-cli-"));
  mkdirSync(join(folder, "tofu"), { mode: 0o700 });
  const socket = join(folder, "tofu", "socket");
  const envelopes: unknown[] = [];
  const server = replies === undefined ? undefined : createServer();
  server?.on("connection", (connection) => {
    connection.setEncoding("utf8").once("data", (line: string) => {
      const parsed = parseEnvelope(line);
      envelopes.push(parsed.ok ? parsed.value : parsed.error);
      connection.end((replies ?? []).map(formatReply).join(""));
    });
  });
  if (server !== undefined) {
    // The client trusts no socket that others may open.
    const mask = process.umask(0o077);
    await once(server.listen(socket), "listening");
    process.umask(mask);
  }
  const settings: Settings = {
    json: false,
    quiet: false,
    verbose: false,
    color: undefined,
    store: join(folder, "store"),
    storeGiven: false,
    socket,
    configFile: undefined,
    policyFile: undefined,
    daemon: true,
    at: undefined,
  };
  return { settings, envelopes, server };
}

async function asked(settings: Settings): Promise<{ readonly exit: number; readonly told: readonly Answer[] }> {
  const told: Answer[] = [];
  const env = { HOME: join(settings.store, "..") };
  return { exit: await ask(LIST, settings, env, (answer) => told.push(answer)), told };
}

test("a daemon that answers is all that is needed", async () => {
  const { settings, envelopes, server } = await home([
    { schemaVersion: 1, type: "accepted" },
    SAMPLES.pin,
    { ...SAMPLES.end, exit: 3 },
  ]);
  assert.deepEqual(await asked(settings), { exit: 3, told: [SAMPLES.pin] });
  assert.deepEqual(envelopes, [{ v: 1, request: LIST }]);
  assert.equal(existsSync(settings.store), false);
  server?.close();
});

test("a store that was named goes along, so that another daemon can say that it is not meant", async () => {
  const { settings, envelopes, server } = await home(OTHER_STORE);
  assert.deepEqual(await asked({ ...settings, storeGiven: true }), { exit: 0, told: [] });
  assert.deepEqual(envelopes, [{ v: 1, store: settings.store, request: LIST }]);
  server?.close();
});

for (const [name, changes] of [
  ["where no daemon runs", {}],
  ["where there can be none", { socket: undefined }],
  ["with a clock of its own", { daemon: false, at: timeOf("2026-01-01"), storeGiven: true }],
] as const)
  test(`the question is answered here ${name}, and looking makes no store`, async () => {
    const { settings } = await home();
    assert.deepEqual(await asked({ ...settings, ...changes }), { exit: 0, told: [] });
    assert.equal(existsSync(settings.store), false);
  });

test("a daemon that is not wanted is not asked", async () => {
  const { settings, envelopes, server } = await home([{ ...SAMPLES.end, exit: 5 }]);
  assert.deepEqual(await asked({ ...settings, daemon: false }), { exit: 0, told: [] });
  assert.deepEqual(envelopes, []);
  server?.close();
});
