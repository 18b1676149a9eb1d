import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Answer } from "../../daemon/protocol/answer.ts";
import { TOFU } from "../checks/places.ts";
import { openGpgPlace } from "../evidence/gpg.ts";
import type { Fault } from "./fault.ts";

/** What changes a store: a kill on entering one of these falls between any two steps of a judgement and its append. */
const CALLS = "write,pwrite64,writev,fdatasync,fsync,rename,mkdir,ftruncate";
/** A first use makes fewer. */
const MOST_CALLS = 160;

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
      let [killed, wrong, recorded] = [0, 0, 0];
      let first = "";
      const rounds = trial.times(200);
      for (let round = 0; round < rounds; round += 1) {
        const when = 1 + Math.floor(trial.random() * MOST_CALLS);
        const told = oneRound(trial.folder(), when, words);
        killed += told.killed ? 1 : 0;
        recorded += told.isThere ? 1 : 0;
        if ((told.shown && !told.isThere) || told.verdict !== (told.isThere ? "match" : "first-use")) {
          wrong += 1;
          first ||= `; first at call ${when}: ${JSON.stringify(told)}`;
        }
      }
      const figure = `${rounds} rounds, ${killed} killed, ${recorded} recorded, ${wrong} shown as recorded and not there, or begun otherwise${first}`;
      return { kind: "ran", figure, passed: wrong === 0 && killed > rounds / 4 };
    } finally {
      gpg.close();
    }
  },
};

/** Kills a first judgement at a call, looks what is in the journal, and judges again. */
function oneRound(home: string, when: number, words: readonly string[]) {
  const env = { PATH: process.env["PATH"], HOME: home, LANG: "C.UTF-8" };
  const run = (...words: readonly string[]): readonly Answer[] =>
    answersOf(spawnSync(process.execPath, [TOFU, ...words], { env, encoding: "utf8" }).stdout);
  const inject = ["-e", `trace=${CALLS}`, "-e", `inject=${CALLS}:signal=SIGKILL:when=${when}`];
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
