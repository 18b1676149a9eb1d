import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import type { Bench, Benchmark } from "./benchmark.ts";
import { type Command, command, interleave, ratioOf, runCommand } from "./clock.ts";
import type { Served } from "./served.ts";

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

/** Where distributions keep the certificates of the system; many shells name it to Node (NODE_EXTRA_CA_CERTS). */
const BUNDLES = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

/** From typing to reading the answer. */
export const start: Benchmark = {
  name: "start",
  about: "tofu why and tofu verify of 1 KiB, from start to answer, against a bare Node start",
  run: async (bench) => {
    const { place, report } = bench;
    const served = await place.serve("start");
    const alone = place.home("start-alone");
    const file = place.artifact("start-1.0.tar.gz", 1024);
    place.sign(file);
    for (const env of [served.env, alone]) runCommand(place.tofu("first", env, "verify", file, "--key", place.keys));
    writeFileSync(join(place.folder, "least.cjs"), LEAST);
    const scene: Scene = { served, alone, file };
    const bare = await measure(bench, scene, "without NODE_EXTRA_CA_CERTS", {});
    report.measured("why", bare.why);
    report.measured("verify", bare.verify);
    const bundle = certificates(place.folder);
    const more = await measure(bench, scene, `with NODE_EXTRA_CA_CERTS=${bundle}`, { NODE_EXTRA_CA_CERTS: bundle });
    report.measured("why-certificates", more.why);
    report.measured("verify-certificates", more.verify);
    await served.stop();
  },
};

/** @returns what this shell names to Node, else the system's certificates, else those that Node has in itself. */
function certificates(folder: string): string {
  const found = [process.env["NODE_EXTRA_CA_CERTS"] ?? "", ...BUNDLES].find((path) => path !== "" && existsSync(path));
  if (found !== undefined) return found;
  const own = join(folder, "certificates.pem");
  writeFileSync(own, rootCertificates.join("\n"));
  return own;
}

interface Scene {
  readonly served: Served;
  readonly alone: Readonly<Record<string, string>>;
  readonly file: string;
}

/** @returns the ratios to a bare Node start in the same environment. */
async function measure(
  { place, extent, random, report }: Bench,
  { served, alone, file }: Scene,
  where: string,
  more: Readonly<Record<string, string>>,
): Promise<{ readonly why: number; readonly verify: number }> {
  const env = { ...served.env, ...more };
  const least = join(place.folder, "least.cjs");
  const node = (name: string, ...words: readonly string[]): Command => ({
    ...place.peer(name, process.execPath, ...words),
    env,
  });
  const times = await interleave(
    [
      node("node -e 0", "-e", "0"),
      place.tofu("tofu why", env, "why", "start"),
      place.tofu("tofu verify, 1 KiB", env, "verify", file),
      node("least client in Node", least, served.socket),
      place.tofu("tofu list", env, "list"),
      place.tofu("tofu why, by yargs", env, "--quiet", "why", "start"),
      place.tofu("tofu verify, 1 KiB, no daemon", { ...alone, ...more }, "verify", file),
      place.peer("gpgv, 1 KiB", "gpgv", "-q", "--keyring", place.ring, `${file}.sig`, file),
      place.peer("sqv, 1 KiB", "sqv", "--keyring", place.ring, `${file}.sig`, file),
    ].map(command),
    { rounds: extent.rounds(41), random },
  );
  report.times(`From start to answer, ${where}`, times, ["node -e 0", "least client in Node"]);
  const [base, why, verify] = times;
  if (base === undefined || why === undefined || verify === undefined) throw new Error("not measured");
  return { why: ratioOf(why, base), verify: ratioOf(verify, base) };
}
