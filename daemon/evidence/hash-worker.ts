import { readSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import type { Sha256 } from "../core/sha256.ts";
import { digestLanes, type LaneSignature } from "./digest-lanes.ts";

/** What a worker is asked: to read a descriptor of this process from its start to its end, and hash what it reads. */
export interface HashOrder {
  readonly descriptor: number;
  /** Bytes that the file had when it was opened; reading stops behind them. */
  readonly size: number;
  readonly signatures: readonly LaneSignature[];
  /** Whether the document's own SHA-256 is wanted. */
  readonly document: boolean;
  /** Its first number is set when nobody wants the answer any more. */
  readonly stop: Int32Array<SharedArrayBuffer>;
}

export type HashReport =
  | { readonly kind: "progress"; readonly done: number }
  | {
      readonly kind: "done";
      readonly bytes: number;
      readonly sha256: Sha256 | undefined;
      /** One for each signature, in their order. */
      readonly digests: readonly (Uint8Array | undefined)[];
    }
  | { readonly kind: "stopped" }
  | { readonly kind: "failed"; readonly code: string };

const BLOCK_BYTES = 1 << 20;
const REPORT_EVERY_MS = 50;

// Blocking reads are the fastest, and there is nobody here to be kept waiting (perf.md, section 1).
const block = Buffer.allocUnsafeSlow(BLOCK_BYTES);

function work(order: HashOrder, report: (report: HashReport) => void): HashReport {
  const { descriptor, size, signatures, document, stop } = order;
  const lanes = digestLanes(signatures, { document });
  let done = 0;
  let toldAt = performance.now();
  while (done <= size) {
    if (Atomics.load(stop, 0) !== 0) return { kind: "stopped" };
    const read = readSync(descriptor, block, 0, BLOCK_BYTES, done);
    if (read === 0) break;
    lanes.update(block.subarray(0, read));
    done += read;
    if (performance.now() - toldAt < REPORT_EVERY_MS) continue;
    report({ kind: "progress", done });
    toldAt = performance.now();
  }
  const digests = signatures.map((signature) => lanes.digestFor(signature));
  return { kind: "done", bytes: done, sha256: document ? lanes.sha256() : undefined, digests };
}

function answer(order: HashOrder, report: (report: HashReport) => void): HashReport {
  try {
    return work(order, report);
  } catch (error) {
    const isSystems = error instanceof Error && "syscall" in error && "code" in error;
    // Anything else is a bug: it ends this worker, and whoever waits is told so.
    if (!isSystems) throw error;
    return { kind: "failed", code: String(error.code) };
  }
}

const port = parentPort;
// Only `HashWorkers` starts this file, and orders are all that it sends.
port?.on("message", (order: HashOrder) => {
  port.postMessage(answer(order, (report) => port.postMessage(report)));
});
