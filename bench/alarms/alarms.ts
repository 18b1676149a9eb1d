import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { PROJECT } from "../../test/checks/places.ts";
import { ATTACKS } from "./attacks.ts";
import { readCorpus } from "./corpus.ts";
import type { Method } from "./delivery.ts";
import { GPG_TOFU, gpgVersion, printed } from "./gpg.ts";
import { warnAtChange } from "./plain.ts";
import { inOrder, play, type Score, SEED, type Step, withAttacks } from "./play.ts";
import { type Row, table } from "./table.ts";
import { tofu } from "./tofu.ts";
import { buildTwin } from "./twin.ts";

const METHODS: readonly Method[] = [
  warnAtChange("warn, signing key", "signingKey"),
  warnAtChange("warn, primary key", "primary"),
  GPG_TOFU,
  tofu("tofu", "none"),
  tofu("tofu, announced", "announced"),
  tofu("tofu, every change", "every"),
];

async function main(folder: string): Promise<void> {
  const began = performance.now();
  const scratch = mkdtempSync(join(tmpdir(), "tofu-bench-"));
  try {
    const { series, unverifiable } = readCorpus(folder);
    const real = inOrder([...series.values()].flat()).map((delivery): Step => ({ delivery, attacks: new Map() }));
    const twin = await buildTwin(series, join(scratch, "twin"));
    const steps = await withAttacks(inOrder([...twin.series.values()].flat()), join(scratch, "attacks"));
    const onReal = new Map<Method, Score>();
    for (const method of METHODS) if (method.statements === "none") onReal.set(method, await play(method, real));
    const { answers, hardlySeen } = { ...printed };
    const onTwin = new Map<Method, Score>();
    for (const method of METHODS) onTwin.set(method, await play(method, steps));
    process.stdout.write(
      `${table(
        METHODS.map(({ name }) => name),
        rowsOf(onReal, onTwin, steps),
      )}\n`,
    );
    const seconds = Math.round((performance.now() - began) / 1000);
    process.stdout.write(
      `\n${real.length} releases of ${series.size} series (${unverifiable} more that nobody can verify are left out); ` +
        `${gpgVersion()}, whose "only seen" warning came with ${hardlySeen} of ${answers} answers; seed ${SEED}; ${seconds} s\n`,
    );
    for (const method of METHODS) process.stdout.write(reasons(method, onReal.get(method), onTwin.get(method)));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function rowsOf(
  onReal: ReadonlyMap<Method, Score>,
  onTwin: ReadonlyMap<Method, Score>,
  steps: readonly Step[],
): readonly Row[] {
  const per100 = (count: number, of: number): string => (of === 0 ? "-" : ((100 * count) / of).toFixed(1));
  const alarms = (score: Score | undefined): string =>
    score === undefined ? "-" : per100(total(score.alarms), score.releases);
  const rows: Row[] = [
    { name: "**false alarms per 100 releases**", cells: METHODS.map(() => "") },
    { name: "the releases as published", cells: METHODS.map((method) => alarms(onReal.get(method))) },
    { name: "their twin", cells: METHODS.map((method) => alarms(onTwin.get(method))) },
    { name: "**attacks caught per 100**", cells: METHODS.map(() => "") },
  ];
  for (const name of ATTACKS.keys()) {
    const injected = steps.filter(({ attacks }) => attacks.has(name)).length;
    const cells = METHODS.map((method) => per100(onTwin.get(method)?.caught.get(name) ?? 0, injected));
    rows.push({ name: `${name} (${injected})`, cells });
  }
  return rows;
}

function reasons({ name }: Method, real: Score | undefined, twin: Score | undefined): string {
  const list = (score: Score | undefined): string =>
    score === undefined
      ? "not played"
      : [...score.alarms].map(([why, count]) => `${count} ${why}`).join(", ") || "none";
  return `${name}: alarms as published: ${list(real)}; twin: ${list(twin)}\n`;
}

function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

await main(resolve(process.argv[2] ?? join(PROJECT, "test/corpus")));
