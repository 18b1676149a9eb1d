import { Worker } from "node:worker_threads";
import { printablePath } from "../core/printable.ts";
import { TofuError } from "../core/tofu-error.ts";
import type { SmallFile } from "./small-file.ts";
import type { ReadOrders, ReadReports } from "./small-reader-worker.ts";

export interface ReaderLimits {
  /** Nothing came for so long: the disk or the network behind a file hangs. */
  readonly stallMs: number;
  /** The worker's program; tests have others. */
  readonly program: URL;
  /** Told of each thread that has started. */
  readonly onStart: () => void;
}

interface Waiting {
  readonly path: string;
  readonly resolve: (file: SmallFile) => void;
  readonly reject: (error: TofuError) => void;
}

const DEFAULTS: ReaderLimits = {
  stallMs: 60_000,
  program: new URL("./small-reader-worker.js", import.meta.url),
  onStart: () => undefined,
};
const WORKER_MEMORY = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 };

/**
 * A thread that reads small files for requests with many of them. To open, look at, read and close one by itself is six
 * errands to the thread pool, each of which costs more than it does; what is asked at the same time is one errand here.
 */
export class SmallReader {
  readonly #limits: ReaderLimits;
  #worker: Worker | undefined;
  #asked: (Waiting & { readonly followLinks: boolean })[] = [];
  /** What the worker reads, oldest first: one list for each errand. */
  #reading: (readonly Waiting[])[] = [];
  #patience: NodeJS.Timeout | undefined;

  constructor(limits: Partial<ReaderLimits> = {}) {
    this.#limits = { ...DEFAULTS, ...limits };
  }

  /** @returns what came of reading it. @throws TofuError `file-unreadable` where the thread ended or hangs. */
  readonly read = (path: string, followLinks: boolean): Promise<SmallFile> =>
    new Promise((resolve, reject) => {
      this.#asked.push({ path, followLinks, resolve, reject });
      if (this.#asked.length === 1) setImmediate(() => this.#send());
    });

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#fail("it is closed");
    await worker?.terminate();
  }

  #send(): void {
    const asked = this.#asked;
    this.#asked = [];
    this.#reading.push(asked);
    this.#worker ??= this.#start();
    const orders: ReadOrders = asked.map(({ path, followLinks }) => ({ path, followLinks }));
    this.#worker.postMessage(orders);
    this.#waitForReport();
  }

  #start(): Worker {
    const worker = new Worker(this.#limits.program, { resourceLimits: WORKER_MEMORY, env: {}, execArgv: [] });
    // A daemon's life doesn't hang on an idle thread; while it works, whoever waits keeps the process.
    worker.unref();
    worker.on("online", this.#limits.onStart);
    worker.on("message", (reports: ReadReports) => this.#take(reports));
    worker.on("error", () => this.#fail("it failed", worker)).on("exit", () => this.#fail("it ended", worker));
    return worker;
  }

  #take(reports: ReadReports): void {
    const read = this.#reading.shift() ?? [];
    this.#waitForReport();
    for (const [index, { path, resolve, reject }] of read.entries()) {
      const report = reports[index];
      if (report === undefined) reject(gaveUp(path, "it said nothing of it"));
      else resolve(report);
    }
  }

  #waitForReport(): void {
    clearTimeout(this.#patience);
    if (this.#reading.length === 0) return;
    const { stallMs } = this.#limits;
    this.#patience = setTimeout(() => this.#fail(`nothing came for ${stallMs / 1000} s`), stallMs);
  }

  /** Whoever waits is told so; another thread takes the place of this one. */
  #fail(detail: string, failed: Worker | undefined = this.#worker): void {
    if (failed !== this.#worker) return;
    const waiting = this.#reading.flat();
    this.#reading = [];
    this.#worker = undefined;
    clearTimeout(this.#patience);
    // A thread that hangs in the system can't be ended, and ends when the system lets it go.
    void failed?.terminate();
    for (const { path, reject } of waiting) reject(gaveUp(path, detail));
  }
}

function gaveUp(path: string, detail: string): TofuError {
  const sentence = `${printablePath(path)} could not be read: the thread that reads gave up (${detail}); verify it again`;
  return new TofuError("file-unreadable", sentence);
}
