import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import type { Row } from "../alarms/table.ts";
import type { Bench, Benchmark } from "./benchmark.ts";
import { command, interleave, quantile, ratioOf, timesOf } from "./clock.ts";
import { shown } from "./report.ts";
import { appendAll, firstUses, openStore, packageAt } from "./seed.ts";
import type { Served } from "./served.ts";

const SIZES: readonly number[] = [1000, 100_000, 1_000_000];
const LOOKUPS = 2000;

/** What the number of packages costs: opening, looking up, starting, memory, and the answer to a person. */
export const stores: Benchmark = {
  name: "stores",
  about: "open, lookup, daemon's start and memory, and tofu why at 1,000, 100,000 and 1,000,000 packages",
  run: async (bench) => {
    const { place, extent, random, report } = bench;
    const rows: Row[] = [];
    const served: Served[] = [];
    const hosts: string[] = [];
    for (const [index, size] of SIZES.entries()) {
      const count = extent.count(size) + index;
      const home = `stores-${size}`;
      const seeded = await seed(bench, place.home(home), count);
      const daemon = await place.serve(home);
      served.push(daemon);
      hosts.push(await knownHosts(join(place.folder, `hosts-${size}`), count));
      const memory = [daemon.startMs, daemon.residentMib()].map(shown);
      rows.push({ name: `${count} packages`, cells: [...seeded, ...memory] });
    }
    report.table(
      "Stores of packages seen once",
      ["seed s", "open ms", "lookup p50 us", "p99 us", "daemon start ms", "resident MiB"],
      rows,
    );
    const names = SIZES.map((size, index) => `package${Math.floor((extent.count(size) + index) / 2)}`);
    const why = SIZES.map((size, index) =>
      place.tofu(`tofu why, ${size} packages`, served[index]?.env ?? {}, "why", names[index] ?? ""),
    );
    const keygen = SIZES.map((size, index) => {
      const words = ["-F", `${names[index]}.example`, "-f", hosts[index] ?? ""];
      return place.peer(`ssh-keygen -F, ${size} hosts`, "ssh-keygen", ...words);
    });
    const node = place.peer("node -e 0", process.execPath, "-e", "0");
    const times = await interleave([node, ...why, ...keygen].map(command), { rounds: extent.rounds(31), random });
    report.times("One lookup, from start to answer", times, ["node -e 0"]);
    const [, small, , large] = times;
    if (small !== undefined && large !== undefined) report.measured("why-large", ratioOf(large, small));
    for (const daemon of served) await daemon.stop();
  },
};

/** @returns how long seeding, opening again, and looking up took. */
async function seed({ place, extent, random }: Bench, env: Served["env"], count: number): Promise<readonly string[]> {
  const [fingerprint] = place.signers;
  const begun = await openStore(env);
  const seconds = await lasting(() => appendAll(begun, firstUses(count, fingerprint)));
  await begun.close();
  const openings: number[] = [];
  for (let round = 0; round < extent.rounds(5); round += 1)
    openings.push(await lasting(async () => (await openStore(env)).close()));
  const journal = await openStore(env);
  const lookups: number[] = [];
  for (let done = 0; done < extent.count(LOOKUPS); done += 1) {
    const name = packageAt(Math.floor(random() * count));
    lookups.push(await lasting(async () => void (await journal.pin(name))));
  }
  await journal.close();
  const [opened, looked] = [timesOf("open", openings), timesOf("lookup", lookups)];
  const us = (part: number): string => shown(quantile(looked, part) * 1000);
  return [shown(seconds / 1000), shown(quantile(opened, 0.5)), us(0.5), us(0.99)];
}

async function lasting(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** As many hosts with a key each, in the plain form that ssh writes. */
async function knownHosts(path: string, count: number): Promise<string> {
  const file = createWriteStream(path, { mode: 0o600 });
  const key = `ssh-ed25519 ${Buffer.concat([Buffer.from([0, 0, 0, 11]), Buffer.from("ssh-ed25519"), Buffer.from([0, 0, 0, 32]), Buffer.alloc(32, 7)]).toString("base64")}`;
  for (let index = 0; index < count; index += 1)
    if (!file.write(`package${index}.example ${key}\n`)) await once(file, "drain");
  file.end();
  await once(file, "close");
  return path;
}
