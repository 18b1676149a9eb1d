import { performance } from "node:perf_hooks";
import type { Benchmark } from "./benchmark.ts";
import { ratioOf, runCommand, shuffled, type Times, timesOf } from "./clock.ts";
import { appendAll, openStore, sightings } from "./seed.ts";
import { Client, verifyRequest } from "./served.ts";

const LENGTHS: readonly number[] = [10, 100, 1000, 100_000];
const MORE = 30;

/** One more release of a package, judged and recorded, after ever more of them. */
export const history: Benchmark = {
  name: "history",
  about: "one more sighting of one package after 10, 100, 1,000 and 100,000",
  run: async ({ place, extent, random, report }) => {
    const env = place.home("history");
    const packages = LENGTHS.map((length) => ({ length: extent.count(length), name: `history${length}` }));
    const more = Array.from({ length: extent.count(MORE) }, (_, index) => index + 1);
    const files = packages.flatMap(({ name }) =>
      [0, ...more].map((n) => place.artifact(`${name}-1.${n}.tar.gz`, 1024)),
    );
    for (const file of files) place.sign(file);
    const fileOf = (name: string, n: number): string => `${place.folder}/${name}-1.${n}.tar.gz`;
    const first = packages.map(({ name }) => fileOf(name, 0));
    runCommand(place.tofu("first", env, "verify", ...first, "--key", place.keys));
    const journal = await openStore(env);
    const [fingerprint] = place.signers;
    for (const { name, length } of packages)
      await appendAll(journal, sightings(name, { from: 1, count: length - 1, fingerprint }));
    await journal.close();

    const served = await place.serve("history");
    const client = await Client.open(served.socket);
    const taken = new Map<string, number[]>(packages.map(({ name }) => [name, []]));
    for (const n of more)
      for (const { name } of shuffled(packages, random)) {
        const startedAt = performance.now();
        const exit = await client.ask(verifyRequest([fileOf(name, n)]));
        if (exit !== 0) throw new Error(`${name} was answered with ${exit}`);
        // The first answer reads the whole history once.
        if (n > 1) taken.get(name)?.push(performance.now() - startedAt);
      }
    client.close();
    const times = packages.map(({ name, length }): Times => timesOf(`after ${length}`, taken.get(name) ?? []));
    const [, hundred, , many] = times;
    report.times("One more sighting, judged and flushed to disk", times, [`after ${packages[1]?.length}`]);
    if (hundred !== undefined && many !== undefined) report.measured("sighting", ratioOf(many, hundred));
    place.remove(...files.flatMap((file) => [file, `${file}.sig`]));
    await served.stop();
  },
};
