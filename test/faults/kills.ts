import { setTimeout as sleep } from "node:timers/promises";
import type { Answer } from "../../daemon/protocol/answer.ts";
import { type GpgPlace, openGpgPlace } from "../evidence/gpg.ts";
import type { Fault, Trial } from "./fault.ts";
import { RunningDaemon, verifyRequest } from "./running-daemon.ts";

const PACKAGES = 4;
const RELEASES_EACH_ROUND = 2;
/** The first judgement of a daemon takes some 300 ms, later ones 10: so kills fall before, into and behind them. */
const LONGEST_MS = 500;
const CHECK_EVERY = 20;

interface World {
  readonly gpg: GpgPlace;
  readonly keys: readonly { readonly fingerprint: string; readonly file: string }[];
  /** SHA-256 of files that were acknowledged as recorded. */
  readonly acknowledged: Set<string>;
  /** Packages with an acknowledged release. */
  readonly pinned: Set<string>;
  readonly count: { failedStarts: number; wrong: number; lost: number; releases: number };
}

export const kills: Fault = {
  name: "kill -9 at random while releases arrive",
  run: async (trial) => {
    const gpg = openGpgPlace();
    try {
      const keys = Array.from({ length: PACKAGES }, (_, index) => {
        const fingerprint = gpg.makeKey(`Signer ${index} <s${index}@example.org>`);
        return { fingerprint, file: gpg.exportKey(fingerprint, `key${index}.asc`) };
      });
      const count = { failedStarts: 0, wrong: 0, lost: 0, releases: 0 };
      const world: World = { gpg, keys, acknowledged: new Set(), pinned: new Set(), count };
      const home = trial.folder();
      const rounds = trial.times(1000);
      for (let round = 0; round < rounds; round += 1) {
        await oneRound(world, trial, home);
        if (round % CHECK_EVERY === CHECK_EVERY - 1 || round === rounds - 1) await check(world, home);
      }
      const { failedStarts, wrong, lost, releases } = count;
      const figure = `${rounds} kills, ${releases} releases, ${world.acknowledged.size} acknowledged, ${lost} lost, ${wrong} wrong pins, ${failedStarts} failed starts`;
      return { kind: "ran", figure, passed: lost + wrong + failedStarts === 0 && world.acknowledged.size > rounds / 4 };
    } finally {
      gpg.close();
    }
  },
};

async function oneRound(world: World, { random }: Trial, home: string): Promise<void> {
  const daemon = new RunningDaemon(home);
  if (!(await daemon.ready())) {
    world.count.failedStarts += 1;
    return;
  }
  const work = Promise.all(
    Array.from({ length: RELEASES_EACH_ROUND }, async () => {
      const { file, key, name, isStranger } = release(world, random);
      await daemon.ask(verifyRequest(file, key, name), (answer) => note(world, answer, isStranger));
    }),
  );
  await sleep(random() * LONGEST_MS);
  await daemon.end("SIGKILL");
  await work;
}

/** A new release by its package's signer, or, each fifth time, by that of another package. */
function release({ gpg, keys, count, pinned }: World, random: () => number) {
  const index = Math.floor(random() * PACKAGES);
  const isStranger = pinned.has(`pkg:generic/p${index}`) && random() < 0.2;
  const signer = keys[isStranger ? (index + 1) % PACKAGES : index];
  count.releases += 1;
  const file = gpg.write(`p${index}-1.${count.releases}.tar.gz`, `release ${count.releases}`);
  gpg.gpg("--local-user", signer?.fingerprint ?? "", "--detach-sign", file);
  return { file, key: signer?.file ?? "", name: `pkg:generic/p${index}`, isStranger };
}

function note({ acknowledged, count, pinned }: World, answer: Answer, isStranger: boolean): void {
  if (answer.type !== "judgement") return;
  if (isStranger && answer.class === "ok") count.wrong += 1;
  if (answer.class === "ok" && answer.package !== undefined) pinned.add(answer.package);
  if (answer.recorded === true && answer.artifact.sha256 !== undefined) acknowledged.add(answer.artifact.sha256);
}

/** Everything that was acknowledged is in the journal, and every package has its one signer. */
async function check({ acknowledged, keys, count }: World, home: string): Promise<void> {
  const daemon = new RunningDaemon(home);
  if (!(await daemon.ready())) {
    count.failedStarts += 1;
    return;
  }
  const events = (await daemon.ask({ do: "log" })) ?? [];
  const found = new Set(events.map((event) => (event.type === "event" ? event.sha256 : undefined)));
  count.lost = [...acknowledged].filter((digest) => !found.has(digest)).length;
  for (const [index, { fingerprint }] of keys.entries()) {
    const [why] =
      (await daemon.ask({ do: "why", package: `pkg:generic/p${index}`, prove: false }).catch(() => [])) ?? [];
    if (why?.type !== "why") continue;
    const active = why.signers.filter(({ state }) => state === "active").map(({ signer }) => signer);
    if (active.join() !== `openpgp:${fingerprint}`) count.wrong += 1;
  }
  const [health] = (await daemon.ask({ do: "check-store" })) ?? [];
  if (health?.type !== "check" || health.class !== "ok") count.lost += 1;
  await daemon.end("SIGTERM");
}
