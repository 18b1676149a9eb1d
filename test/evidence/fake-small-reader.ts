import { parentPort } from "node:worker_threads";
import type { ReadOrders, ReadReports } from "../../daemon/evidence/small-reader-worker.ts";

/** Paths that make this worker do what a real one must never do. */
export const DIES = "/dies";
export const THROWS = "/throws";
export const HANGS = "/hangs";
export const FORGETS = "/forgets";

const port = parentPort;
port?.on("message", (orders: ReadOrders) => {
  const paths = orders.map(({ path }) => path);
  if (paths.includes(DIES)) process.exit(3);
  if (paths.includes(THROWS)) throw new Error("out of order");
  if (paths.includes(HANGS)) return;
  const reports: ReadReports = paths.map(() => ({ kind: "whole", bytes: new Uint8Array(1) }));
  port.postMessage(paths.includes(FORGETS) ? [] : reports);
});
