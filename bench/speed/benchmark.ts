import type { Place } from "./place.ts";
import type { Report } from "./report.ts";

/** How much is measured. `--quick` shows only that everything still runs. */
export interface Extent {
  readonly quick: boolean;
  /** @returns the size, or 1 KiB. */
  readonly bytes: (bytes: number) => number;
  /** @returns how often, or once. */
  readonly rounds: (rounds: number) => number;
  /** @returns how many, or a handful. */
  readonly count: (count: number) => number;
}

/** What a benchmark is given. */
export interface Bench {
  readonly extent: Extent;
  readonly random: () => number;
  readonly place: Place;
  readonly report: Report;
}

/** One thing that is measured against a peer. */
export interface Benchmark {
  readonly name: string;
  readonly about: string;
  readonly run: (bench: Bench) => Promise<void>;
}

/** @returns the whole extent, or one that takes seconds. */
export function extentOf({ quick }: { readonly quick: boolean }): Extent {
  return {
    quick,
    bytes: (bytes) => (quick ? 1024 : bytes),
    rounds: (rounds) => (quick ? 1 : rounds),
    count: (count) => (quick ? Math.max(2, Math.min(8, Math.round(Math.log10(count) * 2))) : count),
  };
}
