import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Ask } from "../../daemon/protocol/ask.ts";
import type { Request } from "../../daemon/protocol/request.ts";
import type { Facts, ServerLog } from "../../daemon/server/log.ts";
import { LIMITS, type Limits, type RunningServer, serve } from "../../daemon/server/serve.ts";

export const STATUS: Request = { do: "status", packages: [] };

/** A `names` request: answered by {@link echo} with its prefix. */
export function names(prefix: string): Request {
  return { do: "names", prefix };
}

export function envelope(request: Request, extra: object = {}): string {
  return `${JSON.stringify({ v: 1, ...extra, request })}\n`;
}

/** Answers `names` with the prefix, and everything with exit code 0. */
export const echo: Ask = async (request, tell) => {
  if (request.do === "names") tell({ schemaVersion: 1, type: "name", package: request.prefix });
  return 0;
};

export function uid(): number {
  const own = process.getuid?.();
  assert.ok(own !== undefined);
  return own;
}

/** A runtime folder of its own, removed after the test. */
export function runtimeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "tofu-run-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Entry {
  readonly level: string;
  readonly event: string;
  readonly facts: Facts | undefined;
}

export function memoryLog(): { readonly log: ServerLog; readonly entries: Entry[] } {
  const entries: Entry[] = [];
  const at = (level: string) => (event: string, facts?: Facts) => void entries.push({ level, event, facts });
  return { entries, log: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") } };
}

export interface Daemon {
  readonly path: string;
  readonly store: string;
  readonly server: RunningServer;
  readonly entries: readonly Entry[];
}

/** A real server on a real socket, closed after the test. */
export async function daemon(t: TestContext, ask: Ask, limits: Partial<Limits> = {}): Promise<Daemon> {
  const folder = runtimeFolder(t);
  const path = join(folder, "tofu", "socket");
  const store = join(folder, "store");
  mkdirSync(store);
  const { log, entries } = memoryLog();
  const server = await serve(
    { ask, store, log },
    { kind: "path", path },
    { uid: uid(), limits: { ...LIMITS, ...limits } },
  );
  t.after(() => server.close());
  return { path, store, server, entries };
}

/** A client that knows nothing of tofu: bytes in, lines out. */
export class RawClient {
  readonly socket: Socket;
  #text = "";
  readonly closed: Promise<void>;

  constructor(path: string) {
    this.socket = connect({ path, allowHalfOpen: true });
    this.socket.setEncoding("utf8");
    this.socket.on("data", (text: string) => {
      this.#text += text;
    });
    this.socket.on("error", () => undefined);
    this.socket.on("end", () => this.socket.end());
    this.closed = new Promise((resolve) => this.socket.once("close", () => resolve()));
  }

  static async open(t: TestContext, path: string): Promise<RawClient> {
    const client = new RawClient(path);
    t.after(() => client.socket.destroy());
    await once(client.socket, "connect");
    return client;
  }

  /** All replies so far. */
  get replies(): readonly Readonly<Record<string, unknown>>[] {
    return this.#text
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Waits for as many `end` lines as asked for in all, or for the end of the connection. */
  async ends(count: number): Promise<readonly Readonly<Record<string, unknown>>[]> {
    while (this.replies.filter(({ type }) => type === "end").length < count && !this.socket.readableEnded) {
      if (this.socket.destroyed) break;
      await Promise.race([once(this.socket, "data"), once(this.socket, "end"), this.closed]);
    }
    return this.replies;
  }

  types(): readonly unknown[] {
    return this.replies.map(({ type }) => type);
  }
}

/** A promise and what settles it. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}
