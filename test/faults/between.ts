import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Answer } from "../../daemon/protocol/answer.ts";
import { TOFU } from "../checks/places.ts";
import { openGpgPlace } from "../evidence/gpg.ts";
import type { Fault } from "./fault.ts";

/** What changes a store: a kill on entering one of these falls between any two steps of a judgement and its append. */
const CALLS = "write,pwrite64,writev,fdatasync,fsync,rename,mkdir,ftruncate";

export const between: Fault = {
  name: "killed between the judgement of a first use and its append (strace)",
  run: async (trial) => {
    if (spawnSync("strace", ["-o", "/dev/null", "true"]).status !== 0)
      return { kind: "skipped", why: "no strace here" };
    const gpg = openGpgPlace();
    try {
      const key = gpg.exportKey(gpg.makeKey("Between <b@example.org>"), "key.asc");
      const file = gpg.write("p-1.0.tar.gz", "release");
      gpg.gpg("--detach-sign", file);
      const words = ["--json", "verify", file, "--key", key];
      const calls = callsOf(trial.folder(), words);
      let [killed, wrong, recorded] = [0, 0, 0];
      let first = "";
      const rounds = trial.times(200);
      for (let round = 0; round < rounds; round += 1) {
        const at = drawn(calls, trial.random);
        const told = oneRound(trial.folder(), at, words);
        killed += told.killed ? 1 : 0;
        recorded += told.isThere ? 1 : 0;
        if ((told.shown && !told.isThere) || told.verdict !== (told.isThere ? "match" : "first-use")) {
          wrong += 1;
          first ||= `; first at ${at.call} ${at.when}: ${JSON.stringify(told)}`;
        }
      }
      const figure = `${rounds} rounds, ${killed} killed, ${recorded} recorded, ${wrong} shown as recorded and not there, or begun otherwise${first}`;
      return { kind: "ran", figure, passed: wrong === 0 && killed > rounds / 4 };
    } finally {
      gpg.close();
    }
  },
};

/** @returns the calls that a first judgement makes where nobody kills it, and how often one thread does: so strace counts. */
function callsOf(home: string, words: readonly string[]): readonly (readonly [string, number])[] {
  const env = { PATH: process.env["PATH"], HOME: home, LANG: "C.UTF-8" };
  const trace = join(home, "trace");
  const strace = ["-f", "-qq", "-o", trace, "-e", `trace=${CALLS}`, process.execPath, TOFU, ...words];
  spawnSync("strace", strace, { env, stdio: "ignore" });
  const counts = new Map<string, number>();
  const most = new Map<string, number>();
  for (const [one = "", call = ""] of readFileSync(trace, "utf8").matchAll(/^\d+ +(\w+)(?=\()/gm)) {
    counts.set(one, (counts.get(one) ?? 0) + 1);
    most.set(call, Math.max(most.get(call) ?? 0, counts.get(one) ?? 0));
  }
  return [...most].sort();
}

function drawn(
  calls: readonly (readonly [string, number])[],
  random: () => number,
): { readonly call: string; readonly when: number } {
  const [call, most] = calls[Math.floor(random() * calls.length)] ?? ["write", 1];
  return { call, when: 1 + Math.floor(random() * most) };
}

/** Kills a first judgement at a call, looks what is in the journal, and judges again. */
function oneRound(home: string, at: ReturnType<typeof drawn>, words: readonly string[]) {
  const env = { PATH: process.env["PATH"], HOME: home, LANG: "C.UTF-8" };
  const run = (...words: readonly string[]): readonly Answer[] =>
    answersOf(spawnSync(process.execPath, [TOFU, ...words], { env, encoding: "utf8" }).stdout);
  const inject = ["-e", `trace=${CALLS}`, "-e", `inject=${at.call}:signal=SIGKILL:when=${at.when}`];
  const strace = ["-f", "-qq", "-o", join(home, "trace"), ...inject, process.execPath, TOFU, ...words];
  const first = spawnSync("strace", strace, { env, encoding: "utf8" });
  const shown = answersOf(first.stdout).some((answer) => answer.type === "judgement" && answer.recorded === true);
  const isThere = run("--json", "log").some((answer) => answer.type === "event" && answer.kind === "first-use");
  const [judged] = run(...words);
  const verdict = judged?.type === "judgement" ? judged.verdict : judged?.type;
  return { killed: first.signal === "SIGKILL" || first.status === 137, shown, isThere, verdict };
}

function answersOf(stdout: string): readonly Answer[] {
  return stdout
    .split("\n")
    .filter((line) => line.startsWith("{") && line.endsWith("}"))
    .map((line) => JSON.parse(line) as Answer);
}
