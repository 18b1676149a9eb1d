import type { Row } from "../alarms/table.ts";
import type { Benchmark } from "./benchmark.ts";
import { runCommand } from "./clock.ts";
import { shown } from "./report.ts";
import { Client, verifyRequest } from "./served.ts";

const MIB: number = 2 ** 20;
const SIZES: readonly number[] = [1, 10, 200, 1024];
const REQUESTS = 10_000;
const CLIENTS = 16;

/** How much memory the daemon takes, whatever the file, and after a long day. */
export const resident: Benchmark = {
  name: "resident",
  about: "the daemon's peak resident memory over files of 1 MiB to 1 GiB, and after 10,000 requests",
  run: async ({ place, extent, report }) => {
    const served = await place.serve("resident");
    const rows: Row[] = [];
    const row = (name: string): void => {
      rows.push({ name, cells: [shown(served.residentMib()), shown(served.peakMib())] });
    };
    row("after its start");
    for (const size of SIZES) {
      const file = place.artifact(`resident${size}-1.0.tar.gz`, extent.bytes(size * MIB));
      const signature = place.sign(file);
      for (const more of [["--key", place.keys], []])
        runCommand(place.tofu("verify", served.env, "verify", file, ...more));
      row(`and a file of ${size} MiB`);
      place.remove(file, signature);
    }
    const file = place.artifact("resident-1.0.tar.gz", 1024);
    place.sign(file);
    runCommand(place.tofu("first", served.env, "verify", file, "--key", place.keys));
    const each = Math.ceil(extent.count(REQUESTS) / CLIENTS);
    await Promise.all(
      Array.from({ length: CLIENTS }, async () => {
        const client = await Client.open(served.socket);
        for (let done = 0; done < each; done += 1)
          if ((await client.ask(verifyRequest([file]))) !== 0) throw new Error("not verified");
        client.close();
      }),
    );
    row(`and ${each * CLIENTS} requests of 1 KiB`);
    report.table("The daemon's resident memory, MiB", ["now", "peak so far"], rows);
    report.measured("resident", served.peakMib());
    await served.stop();
  },
};
