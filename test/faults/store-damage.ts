import { cp, mkdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { parsePackageName } from "../../daemon/core/package-name.ts";
import { TofuError } from "../../daemon/core/tofu-error.ts";
import { verifyStore } from "../../daemon/journal/verify-store.ts";
import { must } from "../core/event-arbitrary.ts";
import { alice, appendOf, sighting } from "../journal/kit.ts";
import { dataFiles, openStoreIn } from "../journal/scratch.ts";
import type { Fault, Trial } from "./fault.ts";

const names = Array.from({ length: 25 }, (_, index) => must(parsePackageName(`pkg:pypi/p${index}`)));
const EVENTS_EACH = 8;

interface Built {
  readonly folder: string;
  readonly truth: string;
}

export const cuts: Fault = {
  name: "each file of the store cut by 1, by half, to nothing, removed",
  run: async (trial) => {
    const { folder, truth } = await build(trial);
    let [damages, silent] = [0, 0];
    for (const file of await dataFiles(folder)) {
      const { length } = await readFile(file);
      for (const rest of [length - 1, Math.floor(length / 2), 0, undefined]) {
        if (length === 0) continue;
        const copy = await copyOf(trial, folder);
        const target = join(copy, "journal", basename(file));
        await (rest === undefined ? rm(target) : truncate(target, rest));
        damages += 1;
        if ((await outcome(copy)) === "all well") silent += 1;
        await remove(copy);
      }
    }
    return {
      kind: "ran",
      figure: `${damages} damages, ${silent} silent (of ${truth.length} bytes told)`,
      passed: silent === 0,
    };
  },
};

export const flips: Fault = {
  name: "one bit flipped at a random place of the store",
  run: async (trial) => {
    const { folder, truth } = await build(trial);
    const files = await dataFiles(folder);
    const count = trial.times(1000);
    let [noticed, harmless, silent] = [0, 0, 0];
    for (let flip = 0; flip < count; flip += 1) {
      const copy = await copyOf(trial, folder);
      const file = files[Math.floor(trial.random() * files.length)] ?? "";
      const target = join(copy, "journal", basename(file));
      const bytes = await readFile(target);
      const at = Math.floor(trial.random() * bytes.length);
      if (bytes.length > 0) bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(trial.random() * 8));
      await writeFile(target, bytes);
      const said = await outcome(copy);
      if (said !== "all well") noticed += 1;
      else if ((await everything(copy)) === truth) harmless += 1;
      else silent += 1;
      await remove(copy);
    }
    const figure = `${count} flips, ${noticed} noticed, ${harmless} without effect, ${silent} silent or wrong`;
    return { kind: "ran", figure, passed: silent === 0 && noticed > 0 };
  },
};

export const rollback: Fault = {
  name: "yesterday's store put back; then its anchor removed as well",
  run: async (trial) => {
    const { folder } = await build(trial);
    const old = await copyOf(trial, folder);
    const journal = await openStoreIn(folder);
    await journal.append(appendOf("*", 0, [{ kind: "forget", reason: "today" }]));
    await journal.close();
    await rm(folder, { recursive: true });
    await cp(old, folder, { recursive: true });
    const first = await outcome(folder);
    await rm(`${folder}.anchor`);
    const second = await outcome(folder);
    const passed = first === "store-rolled-back" && /cannot prove completeness/.test(second);
    return { kind: "ran", figure: `${first}; ${second.slice(0, 40)}`, passed };
  },
};

async function build(trial: Trial): Promise<Built> {
  const folder = join(trial.folder(), "store");
  let journal = await openStoreIn(folder);
  for (let n = 0; n < EVENTS_EACH; n += 1) {
    for (const name of names) await journal.append(appendOf(name, n, [sighting(`${name.slice(9)}-${n}`, alice)]));
    if (n !== EVENTS_EACH / 2) continue;
    await journal.close();
    journal = await openStoreIn(folder);
  }
  await journal.close();
  return { folder, truth: await everything(folder) };
}

async function everything(folder: string): Promise<string> {
  const journal = await openStoreIn(folder);
  try {
    const seen: unknown[] = [];
    for (const name of names) seen.push(await journal.read(name));
    return JSON.stringify(seen);
  } finally {
    await journal.close();
  }
}

/** @returns what somebody who uses the store is told: `all well`, a finding, a problem, or a fault's code. */
async function outcome(folder: string): Promise<string> {
  let journal: Awaited<ReturnType<typeof openStoreIn>> | undefined;
  try {
    journal = await openStoreIn(folder);
    if (journal.findings.length > 0) return journal.findings.join();
    for await (const { problem } of verifyStore(journal)) return problem;
    return "all well";
  } catch (cause) {
    if (cause instanceof TofuError) return cause.code;
    throw cause;
  } finally {
    await journal?.close();
  }
}

async function copyOf(trial: Trial, folder: string): Promise<string> {
  const copy = join(trial.folder(), "store");
  await mkdir(copy, { mode: 0o700 });
  await cp(folder, copy, { recursive: true });
  await cp(`${folder}.anchor`, `${copy}.anchor`);
  return copy;
}

async function remove(copy: string): Promise<void> {
  await rm(join(copy, ".."), { recursive: true });
}
