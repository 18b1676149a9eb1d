import { parentPort } from "node:worker_threads";
import { readSmallFile, type SmallFile } from "./small-file.ts";

/** Small files that a worker is asked to read, in this order. */
export type ReadOrders = readonly { readonly path: string; readonly followLinks: boolean }[];

/** What came of each, in the same order. */
export type ReadReports = readonly SmallFile[];

const port = parentPort;
// Only `SmallReader` starts this file, and orders are all that it sends.
port?.on("message", (orders: ReadOrders) => {
  const reports: ReadReports = orders.map(({ path, followLinks }) => readSmallFile(path, followLinks));
  const buffers = reports.flatMap((report) => (report.kind === "whole" ? [report.bytes.buffer as ArrayBuffer] : []));
  port.postMessage(reports, buffers);
});
