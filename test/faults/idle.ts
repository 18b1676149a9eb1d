import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { EventBody } from "../../daemon/core/event.ts";
import { unixMs } from "../../daemon/core/time.ts";
import { alice, appendOf, sighting, subkey } from "../journal/kit.ts";
import { openStoreIn } from "../journal/scratch.ts";
import { packageName } from "../pinfile/samples.ts";
import type { Fault } from "./fault.ts";
import { RunningDaemon } from "./running-daemon.ts";

const PINS = 1000;
const MAX_MIB = 90;
/** After the last question V8 collects garbage some more times, some seconds apart. */
const REST_MS = 40_000;
const QUIET_MS = 20_000;

export const idle: Fault = {
  name: "nothing to do, 1,000 pins",
  run: async (trial) => {
    const home = trial.folder();
    mkdirSync(join(home, "Downloads"));
    const journal = await openStoreIn(join(home, "state", "tofu", "store"));
    for (let n = 0; n < PINS; n += 1)
      await journal.append(appendOf(packageName(`pkg:pypi/p${n}`), 0, [firstUse(`p${n}-1.0.tar.gz`)]));
    await journal.close();
    const daemon = new RunningDaemon(home);
    try {
      if (!(await daemon.ready())) return { kind: "ran", figure: "it did not start", passed: false };
      const [status] = (await daemon.ask({ do: "status", packages: [] })) ?? [];
      const pins = status?.type === "status" ? status.packages : 0;
      await sleep(REST_MS);
      const pid = daemon.child.pid ?? 0;
      const before = wakeUps(pid);
      await sleep(QUIET_MS);
      const woken = wakeUps(pid) - before;
      const mib = Math.round(daemon.residentMib());
      const figure = `${pins} pins, ${woken} wake-ups in ${QUIET_MS / 1000} s, ${mib} MiB resident`;
      return { kind: "ran", figure, passed: pins === PINS && woken === 0 && mib < MAX_MIB };
    } finally {
      await daemon.end("SIGTERM");
    }
  },
};

function firstUse(fileName: string): EventBody {
  const seen = sighting(fileName);
  assert.ok(seen.kind === "sighting");
  const { artifact, source } = seen;
  const signed = { key: alice, subkey, sigCreated: unixMs(1000), hash: "sha512", algo: "ed25519" } as const;
  return { kind: "first-use", artifact, source, ...signed, certSource: "beside", mode: "accept" };
}

/** @returns how often its threads went to sleep, each of which followed a wake-up. */
function wakeUps(pid: number): number {
  const tasks = readdirSync(`/proc/${pid}/task`).map((task) =>
    readFileSync(`/proc/${pid}/task/${task}/status`, "utf8"),
  );
  return tasks.reduce((sum, text) => sum + Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(text)?.[1] ?? 0), 0);
}
