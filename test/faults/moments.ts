import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Answer } from "../../daemon/protocol/answer.ts";
import { TOFU } from "../checks/places.ts";
import { openGpgPlace } from "../evidence/gpg.ts";
import type { Fault } from "./fault.ts";

export const clockJumps: Fault = {
  name: "the clock jumps ten years on and back",
  run: async (trial) => {
    const gpg = openGpgPlace();
    try {
      const key = gpg.exportKey(gpg.makeKey("Clock <c@example.org>"), "key.asc");
      const file = gpg.write("p-1.0.tar.gz", "release");
      gpg.gpg("--detach-sign", file);
      const home = trial.folder();
      const now = Date.now();
      const year = 365 * 86_400_000;
      const verdicts: string[] = [];
      for (const jump of [0, 10, 0, -10, 10, 0]) {
        const at = new Date(now + 60_000 + jump * year).toISOString().replace(/\.\d+/, "");
        const words = ["--json", "--store", join(home, "store"), "--at", at, "verify", file, "--key", key];
        const { stdout } = spawnSync(process.execPath, [TOFU, ...words], { env: env(home), encoding: "utf8" });
        const answer = JSON.parse(stdout.split("\n")[0] ?? "") as Answer;
        verdicts.push(answer.type === "judgement" ? answer.class : answer.type);
      }
      const wrong = verdicts.filter((verdict) => verdict !== "ok").length;
      return {
        kind: "ran",
        figure: `6 judgements of one old release, ${wrong} wrong (${verdicts.join(" ")})`,
        passed: wrong === 0,
      };
    } finally {
      gpg.close();
    }
  },
};

export const race: Fault = {
  name: "two command lines with the first use of one package, different keys",
  run: async (trial) => {
    const gpg = openGpgPlace();
    try {
      const rounds = trial.times(20);
      const keys = ["One", "Two"].map((name) => gpg.makeKey(`${name} <${name}@example.org>`));
      const files = keys.map((key, index) => {
        const file = gpg.write(`p-1.${index}.tar.gz`, `release ${index}`);
        gpg.gpg("--local-user", key, "--detach-sign", file);
        return { file, key: gpg.exportKey(key, `${index}.asc`) };
      });
      let wrong = 0;
      for (let round = 0; round < rounds; round += 1) {
        const home = trial.folder();
        const exits = await Promise.all(files.map(({ file, key }) => exitOf(["verify", file, "--key", key], home)));
        if (exits.toSorted().join() !== "0,4") wrong += 1;
      }
      return {
        kind: "ran",
        figure: `${rounds} races, ${rounds - wrong} with one pin and the other told`,
        passed: wrong === 0,
      };
    } finally {
      gpg.close();
    }
  },
};

function env(home: string): NodeJS.ProcessEnv {
  return { PATH: process.env["PATH"], HOME: home, LANG: "C.UTF-8" };
}

function exitOf(words: readonly string[], home: string): Promise<number | null> {
  const child = spawn(process.execPath, [TOFU, ...words], { env: env(home), stdio: "ignore" });
  return new Promise((resolve) => child.once("close", resolve));
}
