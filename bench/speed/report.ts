import { readFileSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";
import { table } from "../alarms/table.ts";
import { quantile, ratioOf, type Times } from "./clock.ts";
import { TARGETS, type TargetId } from "./targets.ts";

/** Where measurements are written as they are made. */
export interface Report {
  readonly say: (...lines: readonly string[]) => void;
  /** Writes the times of jobs that were run interleaved, and the ratio of each median to that of every peer named. */
  readonly times: (title: string, times: readonly Times[], peers: readonly string[]) => void;
  readonly table: (title: string, columns: readonly string[], rows: Parameters<typeof table>[1]) => void;
  readonly measured: (target: TargetId, value: number) => void;
  /** Writes what was aimed at, as far as it was measured. */
  readonly targets: () => void;
}

/** @param write - takes whole lines. */
export function openReport(write: (text: string) => void): Report {
  const reached = new Map<TargetId, number>();
  const say = (...lines: readonly string[]): void => write(lines.map((line) => `${line}\n`).join(""));
  return {
    say,
    times: (title, times, peers) => say("", `**${title}**`, "", timesTable(times, peers)),
    table: (title, columns, rows) => say("", `**${title}**`, "", table(columns, rows)),
    measured: (target, value) => reached.set(target, value),
    targets: () => {
      if (reached.size === 0) return;
      const rows = [...reached].map(([id, value]) => {
        const { work, atMost } = TARGETS[id];
        return { name: work, cells: [`${atMost}`, shown(value), value <= atMost ? "met" : "not met"] };
      });
      say("", "**What is aimed at**", "", table(["at most", "measured", ""], rows));
    },
  };
}

function timesTable(times: readonly Times[], peers: readonly string[]): string {
  const bases = times.filter(({ name }) => peers.includes(name));
  const columns = ["median ms", "quartiles", "shortest", ...bases.map(({ name }) => `/ ${name}`)];
  const rows = times.map((one) => ({
    name: one.name,
    cells: [
      shown(quantile(one, 0.5)),
      `${shown(quantile(one, 0.25))} to ${shown(quantile(one, 0.75))}`,
      shown(quantile(one, 0)),
      ...bases.map((base) => ratioOf(one, base).toFixed(2)),
    ],
  }));
  return table(columns, rows);
}

/** @returns three digits that count; more are noise. */
export function shown(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** @returns the machine, and the load it had when it was asked. */
export function machine(): readonly string[] {
  const load = readFileSync("/proc/loadavg", "utf8").split(" ").slice(0, 3).join(" ");
  return [
    `${cpus().length} cores of ${cpus()[0]?.model ?? "unknown"}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    `${type()} ${release()}, Node ${process.version}, load ${load}`,
  ];
}
