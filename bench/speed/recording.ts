import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import type { Row } from "../alarms/table.ts";
import type { Bench, Benchmark } from "./benchmark.ts";
import { shown } from "./report.ts";
import { appendAll, firstUses, openStore, sightings } from "./seed.ts";
import { Client, verifyRequest } from "./served.ts";

const FILES = 300;
const RAW_BYTES = 1024;

/** How fast something can be remembered so that a power cut does not take it back. */
export const recording: Benchmark = {
  name: "recording",
  about: "first uses and sightings a second, flushed, against bare writes that are flushed",
  run: async (bench) => {
    const { place, extent, report } = bench;
    const count = extent.count(FILES);
    const rows: Row[] = [rawWrites(place.folder, count), ...(await throughDaemon(bench, count))];
    const env = place.home("recording-journal");
    const journal = await openStore(env);
    const [fingerprint] = place.signers;
    const each = [...firstUses(count, fingerprint)];
    rows.push(
      await perSecond("journal alone, one append each, flushed", count, async () => {
        for (const append of each) await journal.append(append);
      }),
    );
    const many = 10 * count;
    const appends = [...sightings("many", { from: 0, count: many, fingerprint })];
    rows.push(await perSecond("journal alone, many at once", many, () => appendAll(journal, appends)));
    await journal.close();
    report.table("Remembered, a second", ["a second"], rows);
  },
};

/** Every request judges one file of a package of its own, and then one more release of each. */
async function throughDaemon({ place }: Bench, count: number): Promise<readonly Row[]> {
  const served = await place.serve("recording");
  const rows: Row[] = [];
  for (const [version, name] of [
    ["1.0", "daemon, first use: one request each"],
    ["1.1", "daemon, sighting: one request each"],
    ["1.2", "daemon, sighting: all in one request"],
  ] as const) {
    const files = Array.from({ length: count }, (_, index) => place.artifact(`new${index}-${version}.tar.gz`, 1024));
    for (const file of files) place.sign(file);
    const keys = version === "1.0" ? [place.keys] : [];
    const client = await Client.open(served.socket);
    const requests = version === "1.2" ? [files] : files.map((file) => [file]);
    rows.push(
      await perSecond(name, count, async () => {
        for (const some of requests)
          if ((await client.ask(verifyRequest(some, { keys }))) !== 0) throw new Error("not recorded");
      }),
    );
    client.close();
    place.remove(...files.flatMap((file) => [file, `${file}.sig`]));
  }
  await served.stop();
  return rows;
}

/** The least that an event on disk can cost here: a write to one file, and a flush. */
function rawWrites(folder: string, count: number): Row {
  const file = openSync(join(folder, "raw"), "w", 0o600);
  const bytes = Buffer.alloc(RAW_BYTES, 1);
  const startedAt = performance.now();
  for (let written = 0; written < count; written += 1) {
    writeSync(file, bytes);
    fdatasyncSync(file);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  closeSync(file);
  return { name: "write and fdatasync of 1 KiB", cells: [shown(count / seconds)] };
}

async function perSecond(name: string, count: number, work: () => Promise<void>): Promise<Row> {
  const startedAt = performance.now();
  await work();
  return { name, cells: [shown(count / ((performance.now() - startedAt) / 1000))] };
}
