import { readFileSync } from "node:fs";
import { type PackageName, parsePackageName } from "../../daemon/core/package-name.ts";
import { type UnixMs, unixMs } from "../../daemon/core/time.ts";
import { createMemoryJournal } from "../../daemon/journal/memory-journal.ts";
import { requirePolicy } from "../../daemon/usecases/policy-words.ts";
import { trust } from "../../daemon/usecases/trust.ts";
import type { TofuWorld } from "../../daemon/usecases/world.ts";
import { must } from "../../test/core/scene.ts";
import { arrive } from "../../test/usecases/arrive.ts";
import { worldAround } from "../../test/usecases/world.ts";
import type { Delivery, Method, Watcher } from "./delivery.ts";

const CLAIMED = { pid: 1, parent: "bench" };
const BECAUSE = "asked the project";
/** A person who accepts a release answers at most so many questions about it: weak cryptography, then the signer. */
const MAX_ANSWERS = 3;

/** tofu itself with its defaults: one machine, one journal for all packages. */
export function tofu(name: string, statements: Method["statements"]): Method {
  return { name, statements, open: async () => openTofu() };
}

function openTofu(): Watcher {
  const journal = createMemoryJournal();
  const worldAt = (at: number): TofuWorld => worldAround(journal, timeOf(at));
  const judge = async (delivery: Delivery, dryRun: boolean): Promise<string | undefined> => {
    const { verdict, exit } = await arrive(worldAt(delivery.at), {
      path: delivery.path,
      package: packageOf(delivery),
      version: delivery.version,
      signatures: delivery.signature === undefined ? [] : [delivery.signature],
      keys: [delivery.keyring],
      chain: delivery.chain === undefined ? undefined : readFileSync(delivery.chain),
      dryRun,
    });
    return exit === 0 ? undefined : verdict;
  };
  return {
    receive: (delivery) => judge(delivery, false),
    probe: (delivery) => judge(delivery, true),
    accept: async (delivery) => {
      for (let answers = 0; answers < MAX_ANSWERS; answers += 1) {
        const alarm = await judge(delivery, false);
        if (alarm === undefined) return;
        await answer(worldAt(delivery.at), delivery, alarm);
      }
    },
    close: () => journal.close(),
  };
}

async function answer(world: TofuWorld, delivery: Delivery, alarm: string): Promise<void> {
  const name = packageOf(delivery);
  const said = { package: name, because: BECAUSE, claimed: CLAIMED };
  if (alarm === "weak-crypto") {
    const nothing = { unsignedOk: [], noRollback: false, noHandover: false };
    await requirePolicy(world, { do: "require", ...said, ...nothing, allow: ["sha1", "dsa"] }, () => undefined);
    return;
  }
  for (const { primary } of delivery.signers) {
    const request = {
      do: "trust",
      ...said,
      fingerprint: primary,
      keys: [delivery.keyring],
      undoDistrust: false,
    } as const;
    await trust(world, request, () => undefined);
  }
}

function packageOf({ series }: Delivery): PackageName {
  return must(parsePackageName(`pkg:generic/${series}`));
}

function timeOf(at: number): UnixMs {
  return unixMs(at * 1000);
}
