import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ownVersion } from "../../daemon/protocol/own-version.ts";
import { seeded } from "../../test/journal/scratch.ts";
import { type Bench, type Benchmark, extentOf } from "./benchmark.ts";
import { history } from "./history.ts";
import { manyFiles } from "./many-files.ts";
import { oneFile } from "./one-file.ts";
import { versionsOfPeers } from "./peers.ts";
import { pinFiles } from "./pin-files.ts";
import { openPlace } from "./place.ts";
import { recording } from "./recording.ts";
import { machine, openReport } from "./report.ts";
import { requests } from "./requests.ts";
import { resident } from "./resident.ts";
import { ring } from "./ring.ts";
import { signatures } from "./signatures.ts";
import { start } from "./start.ts";
import { stores } from "./stores.ts";

/**
 * Measures tofu and its peers side by side: npm run bench [-- NAME…] [--quick] [--seed N]. No time is good or bad by
 * itself; only ratios of one run are compared with what is aimed at. Ends with 0 whatever they are.
 */
const BENCHMARKS: readonly Benchmark[] = [
  start,
  oneFile,
  signatures,
  manyFiles,
  requests,
  recording,
  history,
  stores,
  ring,
  resident,
  pinFiles,
];
/** Programs of their own, with limits of their own; only by name, since they take minutes. */
const OTHERS: ReadonlyMap<string, string> = new Map([
  ["memory", "../memory.js"],
  ["alarms", "../alarms/alarms.js"],
]);
const SIGNERS = 4;

async function main(words: readonly string[]): Promise<number> {
  const options = { quick: { type: "boolean", default: false }, seed: { type: "string" } } as const;
  const { values, positionals: named } = parseArgs({ args: [...words], options, allowPositionals: true });
  const seed = Number(values.seed ?? Date.now() % 2 ** 32);
  const unknown = named.find((name) => !OTHERS.has(name) && !BENCHMARKS.some((one) => one.name === name));
  if (unknown !== undefined || !Number.isSafeInteger(seed)) return usage();
  for (const name of named) {
    const program = OTHERS.get(name);
    if (program !== undefined)
      spawnSync(process.execPath, [fileURLToPath(new URL(program, import.meta.url))], { stdio: "inherit" });
  }
  const chosen = BENCHMARKS.filter(({ name }) => named.length === 0 || named.includes(name));
  return chosen.length === 0 ? 0 : measure(chosen, { quick: values.quick, seed });
}

async function measure(
  chosen: readonly Benchmark[],
  how: { readonly quick: boolean; readonly seed: number },
): Promise<number> {
  const report = openReport((text) => process.stdout.write(text));
  const peers = versionsOfPeers();
  report.say(`tofu ${ownVersion()}, seed ${how.seed}${how.quick ? ", --quick: these figures mean nothing" : ""}`);
  report.say(...machine(), peers.join("; "));
  const place = openPlace(SIGNERS);
  const bench: Bench = { extent: extentOf(how), random: seeded(how.seed), place, report };
  try {
    for (const { name, about, run } of chosen) {
      report.say("", `### ${name}: ${about}`);
      await run(bench);
    }
  } finally {
    await place.close();
  }
  report.targets();
  return 0;
}

function usage(): number {
  const names = [
    ...BENCHMARKS.map(({ name, about }) => `  ${name}: ${about}`),
    ...[...OTHERS.keys()].map((name) => `  ${name}`),
  ];
  process.stderr.write(`usage: npm run bench [-- NAME…] [--quick] [--seed N]\n${names.join("\n")}\n`);
  return 2;
}

process.exitCode = await main(process.argv.slice(2));
