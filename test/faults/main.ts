import { parseArgs } from "node:util";
import { seeded } from "../journal/scratch.ts";
import { between } from "./between.ts";
import { diskFull, powerCut } from "./disks.ts";
import { type Fault, type Outcome, scratch, type Trial } from "./fault.ts";
import { hostileFolder, noWatches } from "./folders.ts";
import { idle } from "./idle.ts";
import { kills } from "./kills.ts";
import { noMemory } from "./memory.ts";
import { clockJumps, clockSteps, race } from "./moments.ts";
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
  clockSteps,
  descriptors,
  noMemory,
  noWatches,
  hostileFolder,
  flood,
  ...mutations,
  between,
  race,
  idle,
];

// An option that is not known is an error: it would else provoke everything in full.
const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    tenth: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    list: { type: "boolean", default: false },
  },
});
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
if (!Number.isSafeInteger(seed)) throw new Error("--seed takes a whole number");
const part = values.tenth ? 10 : 1;

process.exitCode = values.list ? list() : await main();

function list(): number {
  for (const { name } of FAULTS) process.stdout.write(`${name}\n`);
  return 0;
}

async function main(): Promise<number> {
  process.stdout.write(`seed ${seed}, ${part === 1 ? "in full" : "a tenth of it"}\n`);
  let failed = 0;
  for (const [index, fault] of FAULTS.entries()) {
    if (!fault.name.includes(values.only)) continue;
    const { folder, remove } = scratch();
    const random = seeded(seed + index);
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
