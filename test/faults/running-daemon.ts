import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Answer } from "../../daemon/protocol/answer.ts";
import { askDaemon } from "../../daemon/protocol/client.ts";
import type { Request, VerifyRequest } from "../../daemon/protocol/request.ts";
import { NODE_FLAGS } from "../../daemon/service/units.ts";
import { TOFUD } from "../checks/places.ts";

/** A real tofud with a home of its own. */
export class RunningDaemon {
  readonly child: ChildProcess;
  readonly socket: string;
  readonly ended: Promise<void>;
  readonly #ready: Promise<boolean>;

  /**
   * @param how - `before`: a command that runs another, and may read from standard input.
   */
  constructor(home: string, { before = [] }: { readonly before?: readonly string[] } = {}) {
    const env = { PATH: process.env["PATH"], HOME: home, XDG_RUNTIME_DIR: home, XDG_STATE_HOME: join(home, "state") };
    this.socket = join(home, "tofu", "socket");
    this.child = spawn("sh", ["-c", 'exec "$@"', "sh", ...before, process.execPath, ...NODE_FLAGS, TOFUD], {
      env,
      stdio: ["pipe", "pipe", "ignore"],
    });
    this.ended = new Promise((resolve) => this.child.once("close", () => resolve()));
    const said = new Promise<boolean>((resolve) => this.child.stdout?.once("data", () => resolve(true)));
    this.#ready = Promise.race([said, this.ended.then(() => false)]);
  }

  /** @returns whether it listens; `false` where it ended instead. */
  ready(): Promise<boolean> {
    return this.#ready;
  }

  /** @returns the answers, `undefined` where there was no whole answer. */
  async ask(
    request: Request,
    tell: (answer: Answer) => void = () => undefined,
  ): Promise<readonly Answer[] | undefined> {
    const answers: Answer[] = [];
    const note = (answer: Answer): void => {
      answers.push(answer);
      tell(answer);
    };
    try {
      await askDaemon({ socketPath: this.socket, request, tell: note, connectTimeoutMs: 10_000 });
      return answers;
    } catch {
      // A daemon that was killed; what it said before counts, and was told.
      return undefined;
    }
  }

  /** Resident memory in MiB. */
  residentMib(): number {
    const status = readFileSync(`/proc/${this.child.pid}/status`, "utf8");
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024;
  }

  async end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    this.child.kill(signal);
    await this.ended;
  }
}

export function verifyRequest(file: string, key: string, name: string): VerifyRequest {
  return {
    do: "verify",
    files: [file],
    package: name,
    signatures: [],
    keys: [key],
    dryRun: false,
    offline: true,
    via: "verify",
    claimed: { pid: process.pid, parent: "faults" },
  };
}
