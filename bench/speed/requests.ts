import { type ChildProcess, spawn } from "node:child_process";
import { performance } from "node:perf_hooks";
import type { Request } from "../../daemon/protocol/request.ts";
import type { Bench, Benchmark } from "./benchmark.ts";
import { quantile, ratioOf, runCommand, type Times, timesOf } from "./clock.ts";
import { shown } from "./report.ts";
import { Client, type Served, verifyRequest } from "./served.ts";

const GIB: number = 2 ** 30;
const CLIENTS: readonly number[] = [1, 16, 64];
const MEASURED_MS = 3000;

/** What the daemon does for many at once, and for one while it hashes a large file for another. */
export const requests: Benchmark = {
  name: "requests",
  about: "requests a second and waiting times on the socket, and while 1 GiB is being hashed",
  run: async (bench) => {
    const { place, report } = bench;
    const served = await place.serve("requests");
    const file = place.artifact("asked-1.0.tar.gz", 1024);
    place.sign(file);
    runCommand(place.tofu("first", served.env, "verify", file, "--key", place.keys));
    const why: Request = { do: "why", package: "asked", prove: false };
    const verify = verifyRequest([file]);
    const limitMs = bench.extent.quick ? 50 : MEASURED_MS;
    const rows = [];
    for (const [name, request] of [
      ["why", why],
      ["verify, 1 KiB", verify],
    ] as const)
      for (const clients of CLIENTS) {
        const times = await load(served.socket, request, { clients, limitMs });
        const perSecond = times.sorted.length / (limitMs / 1000);
        rows.push({ name: `${name}, ${clients} clients`, cells: [perSecond.toFixed(0), ...waits(times)] });
      }
    report.table("Requests on kept connections", ["a second", "p50 ms", "p99 ms"], rows);
    await whileHashing(bench, served, verify);
    await served.stop();
  },
};

function waits(times: Times): readonly string[] {
  return [shown(quantile(times, 0.5)), shown(quantile(times, 0.99))];
}

/** Each client asks again as soon as it was answered. */
async function load(
  socket: string,
  request: Request,
  { clients, limitMs }: { readonly clients: number; readonly limitMs: number },
): Promise<Times> {
  const times: number[] = [];
  const open = await Promise.all(Array.from({ length: clients }, () => Client.open(socket)));
  const until = performance.now() + limitMs;
  await Promise.all(
    open.map(async (client) => {
      while (performance.now() < until) times.push(await timed(client, request));
    }),
  );
  for (const client of open) client.close();
  return timesOf(`${clients} clients`, times);
}

async function timed(client: Client, request: Request): Promise<number> {
  const startedAt = performance.now();
  const exit = await client.ask(request);
  if (exit !== 0) throw new Error(`the daemon answered with ${exit}`);
  return performance.now() - startedAt;
}

/** Idle and hashing take turns, so that what else the machine does meets both alike. */
async function whileHashing({ place, extent, report }: Bench, served: Served, request: Request): Promise<void> {
  const large = place.artifact("large-1.0.tar.gz", extent.bytes(GIB));
  const signature = place.sign(large);
  const hash = place.tofu("hashing", served.env, "verify", large);
  runCommand({ ...hash, words: [...hash.words, "--key", place.keys] });
  const idle: number[] = [];
  const hashing: number[] = [];
  const client = await Client.open(served.socket);
  for (let round = 0; round < extent.rounds(5); round += 1) {
    for (let count = 0; count < extent.count(300); count += 1) idle.push(await timed(client, request));
    const child = spawn(hash.program, hash.words, { env: hash.env, stdio: "ignore" });
    const ended = over(child);
    while (!ended.value) hashing.push(await timed(client, request));
  }
  client.close();
  place.remove(large, signature);
  const [quiet, busy] = [timesOf("idle", idle), timesOf("while hashing", hashing)];
  const rows = [quiet, busy].map((times) => ({ name: times.name, cells: [...waits(times), `${times.sorted.length}`] }));
  report.table("1 KiB verified while 1 GiB is being hashed", ["p50 ms", "p99 ms", "requests"], rows);
  report.measured("while-hashing", ratioOf(busy, quiet));
}

function over(child: ChildProcess): { readonly value: boolean } {
  const state = { value: false };
  child.once("close", () => {
    state.value = true;
  });
  return state;
}
