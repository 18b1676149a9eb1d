import { seeded } from "../journal/scratch.ts";
import { between } from "./between.ts";
import { diskFull, powerCut } from "./disks.ts";
import { type Fault, type Outcome, scratch, type Trial } from "./fault.ts";
import { hostileFolder, noWatches } from "./folders.ts";
import { idle } from "./idle.ts";
import { kills } from "./kills.ts";
import { clockJumps, race } from "./moments.ts";
import { mutations } from "./parsers.ts";
import { descriptors, flood } from "./sockets.ts";
import { cuts, flips, rollback } from "./store-damage.ts";

/** security.md, section 7, in its order. */
const FAULTS: readonly Fault[] = [
  kills,
  powerCut,
  cuts,
  flips,
  rollback,
  diskFull,
  clockJumps,
  descriptors,
  noWatches,
  hostileFolder,
  flood,
  ...mutations,
  between,
  race,
  idle,
];

const words = process.argv.slice(2);
const seed = Number(words[words.indexOf("--seed") + 1] ?? Number.NaN);
const chosen = words.includes("--seed") && Number.isSafeInteger(seed) ? seed : Date.now() % 2 ** 31;
const part = words.includes("--tenth") ? 10 : 1;
const only = words.includes("--only") ? (words[words.indexOf("--only") + 1] ?? "") : "";

process.exitCode = await main();

async function main(): Promise<number> {
  process.stdout.write(`seed ${chosen}, ${part === 1 ? "in full" : "a tenth of it"}\n`);
  let failed = 0;
  for (const [index, fault] of FAULTS.entries()) {
    if (!fault.name.includes(only)) continue;
    const { folder, remove } = scratch();
    const random = seeded(chosen + index);
    const trial: Trial = { random, folder, times: (full) => Math.ceil(full / part) };
    const outcome = await fault.run(trial).catch(
      (cause: unknown): Outcome => ({
        kind: "ran",
        figure: String(cause instanceof Error ? cause.stack : cause),
        passed: false,
      }),
    );
    remove();
    if (outcome.kind === "ran" && !outcome.passed) failed += 1;
    const word = outcome.kind === "skipped" ? "skipped" : outcome.passed ? "pass" : "FAIL";
    process.stdout.write(
      `${word.padEnd(8)} ${fault.name}: ${outcome.kind === "skipped" ? outcome.why : outcome.figure}\n`,
    );
  }
  return failed === 0 ? 0 : 1;
}
