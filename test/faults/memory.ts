import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type GpgPlace, openGpgPlace } from "../evidence/gpg.ts";
import type { Fault, Trial } from "./fault.ts";
import { RunningDaemon, verifyRequest } from "./running-daemon.ts";

/** MiB of address space that a running daemon may still take. A thread of V8 reserves far more than the last. */
const ROOM_MIB = [2, 8, 32, 128];
const LARGE_BYTES: number = 100 << 20;

/**
 * A daemon gets no more memory. V8 ends its process then, and nothing in it can change that: what counts is that nothing
 * acknowledged is lost, that no answer is wrong, and that the next daemon goes on.
 */
export const noMemory: Fault = {
  name: "out of memory",
  run: async (trial) => {
    const gpg = openGpgPlace();
    try {
      const key = gpg.exportKey(gpg.makeKey("Memory <m@example.org>"), "key.asc");
      const small = signed(gpg, "small-1.0.tar.gz", "release");
      const large = signed(gpg, "large-1.0.tar.gz", Buffer.alloc(LARGE_BYTES, "x"));
      const counts = { ended: 0, acknowledged: 0, lost: 0, wrong: 0, stuck: 0 };
      for (const room of ROOM_MIB) {
        const home = trial.folder();
        const taken = await whileShort(home, room, { small, large, key });
        if (taken === undefined) return { kind: "skipped", why: "no prlimit here" };
        counts.ended += taken.ended ? 1 : 0;
        counts.wrong += taken.wrong;
        counts.acknowledged += taken.acknowledged.length;
        const lost = await missing(home, taken.acknowledged);
        if (lost === undefined) counts.stuck += 1;
        counts.lost += lost ?? 0;
      }
      const { ended, acknowledged, lost, wrong, stuck } = counts;
      return {
        kind: "ran",
        figure: `${ROOM_MIB.length} limits, V8 ended ${ended} daemons; ${acknowledged} acknowledged, ${lost} lost, ${wrong} wrong answers, ${stuck} failed starts`,
        passed: lost === 0 && wrong === 0 && stuck === 0,
      };
    } finally {
      gpg.close();
    }
  },
};

interface Files {
  readonly small: string;
  readonly large: string;
  readonly key: string;
}

/** @returns what a daemon said while it had so little room; `undefined` where its room can't be bounded. */
async function whileShort(home: ReturnType<Trial["folder"]>, roomMib: number, { small, large, key }: Files) {
  const daemon = new RunningDaemon(home);
  await daemon.ready();
  try {
    const status = readFileSync(join("/proc", `${daemon.child.pid}`, "status"), "utf8");
    const bytes = Number(/VmSize:\s+(\d+)/.exec(status)?.[1]) * 1024 + roomMib * 2 ** 20;
    if (spawnSync("prlimit", ["--pid", `${daemon.child.pid}`, `--as=${bytes}`]).status !== 0) return undefined;
    const acknowledged: string[] = [];
    let wrong = 0;
    for (const [file, name] of [[small, "pkg:generic/small"] as const, [large, "pkg:generic/large"] as const]) {
      // What was told counts, also where the daemon ended before it was through.
      await daemon.ask(verifyRequest(file, key, name), (answer) => {
        if (answer.type !== "judgement") return;
        if (answer.class === "ok") acknowledged.push(name);
        else wrong += 1;
      });
    }
    await daemon.end("SIGTERM");
    // One that is told to stop ends by itself, with an exit code.
    return { ended: daemon.child.signalCode !== null, acknowledged, wrong };
  } finally {
    await daemon.end("SIGTERM");
  }
}

/** @returns how many of these a daemon of its own does not know; `undefined` where it does not start. */
async function missing(home: string, names: readonly string[]): Promise<number | undefined> {
  const next = new RunningDaemon(home);
  if (!(await next.ready())) return undefined;
  let lost = 0;
  for (const name of names) {
    const [story] = (await next.ask({ do: "why", package: name, prove: false })) ?? [];
    if (story?.type !== "why" || story.signers.length !== 1) lost += 1;
  }
  await next.end("SIGTERM");
  return lost;
}

function signed(gpg: GpgPlace, name: string, content: string | Uint8Array): string {
  const file = gpg.write(name, content);
  gpg.gpg("--digest-algo", "SHA512", "--detach-sign", file);
  return file;
}
