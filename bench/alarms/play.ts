import { join } from "node:path";
import { ATTACKS, type AttackDelivery } from "./attacks.ts";
import type { Delivery, Method, Watcher } from "./delivery.ts";
import type { TwinRelease } from "./twin.ts";

/** Everything that is drawn by lot is drawn from this; keys are new each time and decide nothing. */
export const SEED = 4;
/** Attacks set in after at most so many releases; more would take longer and say the same. */
const MAX_SCENES = 60;

/** What one method came to: alarms among genuine releases by their reason, and attacks caught by their name. */
export interface Score {
  readonly releases: number;
  readonly alarms: ReadonlyMap<string, number>;
  readonly caught: ReadonlyMap<string, number>;
}

export interface Step {
  readonly delivery: Delivery & { readonly chains?: TwinRelease["chains"] };
  readonly attacks: ReadonlyMap<string, AttackDelivery>;
}

/** @returns deliveries as they arrive at one machine. */
export function inOrder<T extends Delivery>(deliveries: readonly T[]): readonly T[] {
  return [...deliveries].sort((a, b) => a.at - b.at || a.series.localeCompare(b.series));
}

/** Makes the attacks: each sets in right after a genuine release, and is only tried out. */
export async function withAttacks(releases: readonly TwinRelease[], folder: string): Promise<readonly Step[]> {
  const random = randomFrom(SEED);
  const chosen = new Set(shuffled(releases, random).slice(0, MAX_SCENES));
  const steps: Step[] = [];
  for (const [index, release] of releases.entries()) {
    const attacks = new Map<string, AttackDelivery>();
    const own = new Set(releases.filter(({ series }) => series === release.series).flatMap(({ keys }) => keys));
    const earlier = releases.slice(0, index).flatMap(({ keys }) => keys);
    const others = shuffled(
      earlier.filter((key) => !own.has(key)),
      random,
    );
    for (const [name, attack] of chosen.has(release) ? ATTACKS : []) {
      const made = await attack({ release, others, folder: join(folder, `${index}`, name.replace(/\W+/g, "-")) });
      if (made !== undefined) attacks.set(name, made);
    }
    steps.push({ delivery: release, attacks });
  }
  return steps;
}

/** Plays one method through everything, with a person who accepts what was genuine all the same. */
export async function play(method: Method, steps: readonly Step[]): Promise<Score> {
  const watcher: Watcher = await method.open();
  const alarms = new Map<string, number>();
  const caught = new Map<string, number>();
  try {
    for (const { delivery, attacks } of steps) {
      const given = withChain(delivery, method);
      const alarm = await watcher.receive(given);
      if (alarm !== undefined) {
        alarms.set(alarm, (alarms.get(alarm) ?? 0) + 1);
        await watcher.accept(given);
      }
      for (const [name, attack] of attacks) {
        const stopped = (await watcher.probe(withChain(attack, method))) !== undefined;
        caught.set(name, (caught.get(name) ?? 0) + (stopped ? 1 : 0));
      }
    }
  } finally {
    await watcher.close();
  }
  return { releases: steps.length, alarms, caught };
}

/** What an attacker lays beside a file lies there whether or not the project publishes statements of its own. */
function withChain(delivery: Step["delivery"], { statements }: Method): Delivery {
  return statements === "none" || delivery.chain !== undefined
    ? delivery
    : { ...delivery, chain: delivery.chains?.[statements] };
}

function shuffled<T>(things: readonly T[], random: () => number): readonly T[] {
  return things
    .map((thing) => ({ thing, lot: random() }))
    .sort((a, b) => a.lot - b.lot)
    .map(({ thing }) => thing);
}

/** A small generator of numbers from 0 to 1 (mulberry32): the same ones for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
