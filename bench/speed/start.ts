import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Benchmark } from "./benchmark.ts";
import { command, interleave, ratioOf, runCommand } from "./clock.ts";

/** The least that a Node program can do to ask the daemon: no reading of options, no checks, no words for the answer. */
const LEAST = `const socket = require("node:net").connect(process.argv[2]);
socket.write('{"v":1,"request":{"do":"why","package":"start","prove":false}}\\n');
let text = "";
socket.on("data", (more) => {
  text += more;
  if (!text.includes('"type":"end"')) return;
  require("node:fs").writeSync(1, text);
  process.exit();
});
`;

/** From typing to reading the answer. */
export const start: Benchmark = {
  name: "start",
  about: "tofu why and tofu verify of 1 KiB, from start to answer, against a bare Node start",
  run: async ({ place, extent, random, report }) => {
    const served = await place.serve("start");
    const file = place.artifact("start-1.0.tar.gz", 1024);
    const signature = place.sign(file);
    runCommand(place.tofu("first", served.env, "verify", file, "--key", place.keys));
    const least = join(place.folder, "least.cjs");
    writeFileSync(least, LEAST);
    const times = await interleave(
      [
        place.peer("node -e 0", process.execPath, "-e", "0"),
        place.tofu("tofu why", served.env, "why", "start"),
        place.tofu("tofu verify, 1 KiB", served.env, "verify", file),
        place.peer("least client in Node", process.execPath, least, served.socket),
        place.tofu("tofu list", served.env, "list"),
        place.tofu("tofu why, by yargs", served.env, "--quiet", "why", "start"),
        place.peer("gpgv, 1 KiB", "gpgv", "-q", "--keyring", place.ring, signature, file),
        place.peer("sqv, 1 KiB", "sqv", "--keyring", place.ring, signature, file),
      ].map(command),
      { rounds: extent.rounds(41), random },
    );
    report.times("From start to answer", times, ["node -e 0", "least client in Node"]);
    const [node, why, verify] = times;
    if (node === undefined || why === undefined || verify === undefined) throw new Error("not measured");
    report.measured("why", ratioOf(why, node));
    report.measured("verify", ratioOf(verify, node));
    await served.stop();
  },
};
