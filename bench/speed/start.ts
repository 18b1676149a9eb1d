import type { Benchmark } from "./benchmark.ts";
import { command, interleave, ratioOf, runCommand } from "./clock.ts";

/** From typing to reading the answer. */
export const start: Benchmark = {
  name: "start",
  about: "tofu why and tofu verify of 1 KiB, from start to answer, against a bare Node start",
  run: async ({ place, extent, random, report }) => {
    const served = await place.serve("start");
    const file = place.artifact("start-1.0.tar.gz", 1024);
    const signature = place.sign(file);
    runCommand(place.tofu("first", served.env, "verify", file, "--key", place.keys));
    const times = await interleave(
      [
        place.peer("node -e 0", process.execPath, "-e", "0"),
        place.tofu("tofu why", served.env, "why", "start"),
        place.tofu("tofu verify, 1 KiB", served.env, "verify", file),
        place.tofu("tofu list", served.env, "list"),
        place.tofu("tofu why, by yargs", served.env, "--quiet", "why", "start"),
        place.peer("gpgv, 1 KiB", "gpgv", "-q", "--keyring", place.ring, signature, file),
        place.peer("sqv, 1 KiB", "sqv", "--keyring", place.ring, signature, file),
      ].map(command),
      { rounds: extent.rounds(41), random },
    );
    report.times("From start to answer", times, ["node -e 0"]);
    const [node, why, verify] = times;
    if (node === undefined || why === undefined || verify === undefined) throw new Error("not measured");
    report.measured("why", ratioOf(why, node));
    report.measured("verify", ratioOf(verify, node));
    await served.stop();
  },
};
