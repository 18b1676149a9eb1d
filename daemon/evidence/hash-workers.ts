import { Worker } from "node:worker_threads";
import { printable, printablePath } from "../core/printable.ts";
import { TofuError } from "../core/tofu-error.ts";
import type { HashOrder, HashReport } from "./hash-worker.ts";

export interface HashLimits {
  /** Workers at once; what is asked beyond that waits in line. */
  readonly maxWorkers: number;
  /** Smaller files are not worth handing over, in bytes. */
  readonly fromBytes: number;
  /** Whether the first worker is started at once, so that it is there when it is needed. */
  readonly isWarm: boolean;
  /** No block came for so long: the disk or the network behind the file hangs. */
  readonly stallMs: number;
  /** The worker's program; tests have others. */
  readonly program: URL;
  /** Told of each thread that has started. */
  readonly onStart: () => void;
}

export type HashDone = Extract<HashReport, { readonly kind: "done" }>;

/** One reading of a file. */
export interface HashJob extends Omit<HashOrder, "stop"> {
  /** Of the file, for people. */
  readonly path: string;
  readonly onProgress: (done: number) => void;
  /** Nobody waits for the answer any more. */
  readonly gone: AbortSignal | undefined;
}

const DEFAULTS: Omit<HashLimits, "maxWorkers"> = {
  fromBytes: 1 << 20,
  isWarm: true,
  stallMs: 60_000,
  program: new URL("./hash-worker.js", import.meta.url),
  onStart: () => undefined,
};
/** A worker holds one block and a few digests. */
const WORKER_MEMORY = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4, stackSizeMb: 1 };

/** Threads that read and hash files, so that large ones keep nobody else waiting. Kept warm once they were started. */
export class HashWorkers {
  readonly #limits: HashLimits;
  readonly #idle: Worker[] = [];
  readonly #waiting: ((worker: Worker) => void)[] = [];
  readonly #all = new Set<Worker>();
  #isClosed = false;

  constructor(limits: Pick<HashLimits, "maxWorkers"> & Partial<HashLimits>) {
    this.#limits = { ...DEFAULTS, ...limits };
    if (this.#limits.isWarm) this.#idle.push(this.#start());
  }

  /** Files from this size on are to be handed over, in bytes. */
  get fromBytes(): number {
    return this.#limits.fromBytes;
  }

  /** Whether a job beside this one would be worked on at once. */
  get hasRoomForTwo(): boolean {
    const free = this.#limits.maxWorkers - this.#all.size + this.#idle.length;
    return this.#waiting.length === 0 && free >= 2;
  }

  /**
   * @returns what the worker found.
   * @throws TofuError `abandoned` when nobody waits any more, `file-unreadable` where the worker ended or hangs, or an
   * error with a `code` of the system where the file can't be read.
   */
  async hash(job: HashJob): Promise<HashDone> {
    const worker = await this.#take();
    try {
      return await this.#run(worker, job);
    } finally {
      this.#giveBack(worker);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#all].map((worker) => worker.terminate()));
  }

  #run(worker: Worker, { path, onProgress, gone, ...asked }: HashJob): Promise<HashDone> {
    const order: HashOrder = { ...asked, stop: new Int32Array(new SharedArrayBuffer(4)) };
    return new Promise<HashDone>((resolve, reject) => {
      let patience: NodeJS.Timeout;
      const settle = (outcome: () => void): void => {
        clearTimeout(patience);
        worker.off("message", onReport).off("error", onError).off("exit", onExit);
        gone?.removeEventListener("abort", stop);
        outcome();
      };
      const stop = (): void => {
        Atomics.store(order.stop, 0, 1);
      };
      const giveUp = (detail: string): void => {
        // It will stop at its next block, if there ever is one: until then it may not touch another descriptor.
        stop();
        this.#discard(worker);
        settle(() => reject(died(path, detail)));
      };
      const waitForBlock = (): void => {
        clearTimeout(patience);
        patience = setTimeout(() => giveUp(`nothing came for ${this.#limits.stallMs / 1000} s`), this.#limits.stallMs);
      };
      const onReport = (report: HashReport): void => {
        switch (report.kind) {
          case "progress":
            waitForBlock();
            onProgress(report.done);
            break;
          case "done":
            settle(() => resolve(report));
            break;
          case "stopped":
            settle(() => reject(new TofuError("abandoned", "nobody waits for the answer any more")));
            break;
          case "failed":
            settle(() => reject(Object.assign(new Error("the file could not be read"), { code: report.code })));
            break;
        }
      };
      const onError = (error: Error): void => giveUp(error.message);
      const onExit = (): void => giveUp("its thread ended");
      worker.on("message", onReport).on("error", onError).on("exit", onExit);
      gone?.addEventListener("abort", stop);
      if (gone?.aborted === true) stop();
      waitForBlock();
      worker.postMessage(order);
    });
  }

  async #take(): Promise<Worker> {
    if (this.#isClosed) throw new TofuError("internal", "the hash workers are closed");
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#all.size < this.#limits.maxWorkers) return this.#start();
    return await new Promise((resolve) => this.#waiting.push(resolve));
  }

  #giveBack(worker: Worker): void {
    // One that was discarded left room for another, for whoever waits.
    const next = this.#all.has(worker) ? worker : undefined;
    const waiting = this.#isClosed ? undefined : this.#waiting.shift();
    if (waiting !== undefined) waiting(next ?? this.#start());
    else if (next !== undefined) this.#idle.push(next);
  }

  #start(): Worker {
    const worker = new Worker(this.#limits.program, { resourceLimits: WORKER_MEMORY, env: {}, execArgv: [] });
    // A daemon's life doesn't hang on an idle thread; while it works, whoever waits keeps the process.
    worker.unref();
    worker.on("error", () => this.#discard(worker)).on("exit", () => this.#discard(worker));
    worker.on("online", this.#limits.onStart);
    this.#all.add(worker);
    return worker;
  }

  #discard(worker: Worker): void {
    if (!this.#all.delete(worker)) return;
    const at = this.#idle.indexOf(worker);
    if (at >= 0) this.#idle.splice(at, 1);
    // A thread that hangs in the system can't be ended, and ends when the system lets it go.
    void worker.terminate();
  }
}

function died(path: string, detail: string): TofuError {
  const why = `the worker that read it gave up (${printable(detail, 200)}); verify it again`;
  return new TofuError("file-unreadable", `${printablePath(path)} could not be read to its end: ${why}`);
}
