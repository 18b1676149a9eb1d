import { spawnSync } from "node:child_process";
import { performance } from "node:perf_hooks";

/** One thing to measure; what it does is measured from outside, once a round. */
export interface Job {
  readonly name: string;
  readonly run: () => void | Promise<void>;
}

/** The times of one job in milliseconds, from the shortest to the longest. */
export interface Times {
  readonly name: string;
  readonly sorted: readonly number[];
}

export interface Rounds {
  readonly rounds: number;
  readonly random: () => number;
}

/**
 * Runs every job once a round, in an order that is drawn anew for each: what else the machine does meets all of them
 * alike. The round before the first warms caches and is not counted.
 */
export async function interleave(jobs: readonly Job[], { rounds, random }: Rounds): Promise<readonly Times[]> {
  const taken = new Map<Job, number[]>(jobs.map((job) => [job, []]));
  for (let round = 0; round <= rounds; round += 1)
    for (const job of shuffled(jobs, random)) {
      const startedAt = performance.now();
      await job.run();
      if (round > 0) taken.get(job)?.push(performance.now() - startedAt);
    }
  return [...taken].map(([{ name }, times]) => timesOf(name, times));
}

/** @returns times that were taken otherwise, in order. */
export function timesOf(name: string, times: readonly number[]): Times {
  return { name, sorted: [...times].sort((a, b) => a - b) };
}

/** @param part - 0 for the shortest, 0.5 for the median, 1 for the longest. */
export function quantile({ sorted }: Times, part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}

/** @returns the ratio of two medians. */
export function ratioOf(times: Times, to: Times): number {
  return quantile(times, 0.5) / quantile(to, 0.5);
}

export interface Command {
  readonly name: string;
  readonly program: string;
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** @returns a command as a job, from its start to its end. */
export function command(one: Command): Job {
  return { name: one.name, run: () => runCommand(one) };
}

/** @throws Error if the command does not end with 0: what failed quickly is no measurement. */
export function runCommand({ program, words, env, cwd }: Omit<Command, "name">): void {
  const { status, stderr, error } = spawnSync(program, words, { env, cwd, stdio: ["ignore", "ignore", "pipe"] });
  if (status !== 0)
    throw new Error(`${program} ${words.slice(0, 8).join(" ")} ended with ${status}: ${error ?? stderr.toString()}`);
}

/** @returns the jobs in an order drawn at random (Fisher and Yates). */
export function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  const drawn = [...items];
  for (let last = drawn.length - 1; last > 0; last -= 1) {
    const chosen = Math.floor(random() * (last + 1));
    const [a, b] = [drawn[last], drawn[chosen]];
    if (a !== undefined && b !== undefined) [drawn[last], drawn[chosen]] = [b, a];
  }
  return drawn;
}
