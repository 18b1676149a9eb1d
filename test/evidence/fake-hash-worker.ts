import { parentPort } from "node:worker_threads";
import type { HashOrder, HashReport } from "../../daemon/evidence/hash-worker.ts";

/** Sizes that make this worker do what a real one must never do. */
export const DIES = 1;
export const THROWS = 2;
export const HANGS = 3;

const port = parentPort;
port?.on("message", ({ size }: HashOrder) => {
  if (size === DIES) process.exit(3);
  if (size === THROWS) throw new Error("out of order");
  const done: HashReport = { kind: "done", bytes: size, sha256: undefined, digests: [] };
  if (size !== HANGS) port.postMessage(done);
});
