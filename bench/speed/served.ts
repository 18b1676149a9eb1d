import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { PROTOCOL_VERSION, type Request } from "../../daemon/protocol/request.ts";
import { formatEnvelope } from "../../daemon/protocol/wire.ts";
import { TOFUD } from "../../test/checks/places.ts";

/** A daemon that runs in a home of its own. */
export interface Served {
  readonly env: Readonly<Record<string, string>>;
  readonly socket: string;
  /** From its start until it listened. */
  readonly startMs: number;
  /** Resident memory in MiB: now, and the most it ever was (VmRSS and VmHWM of /proc). */
  readonly residentMib: () => number;
  readonly peakMib: () => number;
  /** Ends it; does nothing where it has ended. */
  readonly stop: () => Promise<void>;
}

/** Starts the real daemon, and waits until it says that it listens. @throws Error if it ends instead. */
export async function serve(env: Readonly<Record<string, string>>): Promise<Served> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [TOFUD], { env, stdio: ["ignore", "pipe", "ignore"] });
  const ended = once(child, "close");
  await Promise.race([
    once(child.stdout, "data"),
    ended.then(() => Promise.reject(new Error("tofud ended before it listened"))),
  ]);
  const startMs = performance.now() - startedAt;
  const inMib = (field: string): number => {
    const kib = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(
      readFileSync(`/proc/${child.pid}/status`, "utf8"),
    )?.[1];
    return Number(kib) / 1024;
  };
  return {
    env,
    socket: join(env["XDG_RUNTIME_DIR"] ?? "", "tofu", "socket"),
    startMs,
    residentMib: () => inMib("VmRSS"),
    peakMib: () => inMib("VmHWM"),
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** A client that keeps its connection, and reads of an answer only where it ends. */
export class Client {
  readonly #socket: Socket;
  #text = "";
  #done: { readonly resolve: (exit: number) => void; readonly reject: (error: Error) => void } | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding("utf8").on("data", (text: string) => this.#take(text));
    socket.on("close", () => this.#done?.reject(new Error("the daemon closed the connection")));
  }

  static async open(path: string): Promise<Client> {
    const socket = connect(path);
    await once(socket, "connect");
    return new Client(socket);
  }

  /** @returns the exit code of the answer. */
  ask(request: Request): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#done = { resolve, reject };
      this.#socket.write(formatEnvelope({ v: PROTOCOL_VERSION, request }));
    });
  }

  close(): void {
    this.#done = undefined;
    this.#socket.destroy();
  }

  #take(text: string): void {
    this.#text += text;
    const exit = /"type":"end","exit":(\d+)[^\n]*\n$/.exec(this.#text)?.[1];
    if (exit === undefined) return;
    this.#text = "";
    this.#done?.resolve(Number(exit));
  }
}

/** @returns a request to judge files, as the command line makes it. */
export function verifyRequest(
  files: readonly string[],
  more: { readonly keys?: readonly string[]; readonly dryRun?: boolean } = {},
): Request {
  const { keys = [], dryRun = false } = more;
  const claimed = { pid: process.pid, parent: "bench" };
  return { do: "verify", files, signatures: [], keys, dryRun, offline: true, via: "verify", claimed };
}
