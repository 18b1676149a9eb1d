import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Answer } from "../../daemon/protocol/answer.ts";
import { TOFU } from "../checks/places.ts";
import { openGpgPlace } from "../evidence/gpg.ts";
import type { Fault } from "./fault.ts";
import { RunningDaemon, verifyRequest } from "./running-daemon.ts";

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

const FAKED_CLOCK = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"].map(
  (folder) => `${folder}/faketime/libfaketime.so.1`,
);

/** The clock is set while a daemon runs: what it knows is judged as before, and what is new is recorded in order. */
export const clockSteps: Fault = {
  name: "the clock of a running daemon is set ten years on and back",
  run: async (trial) => {
    const library = FAKED_CLOCK.find((path) => existsSync(path));
    if (library === undefined) return { kind: "skipped", why: "libfaketime is not installed" };
    const gpg = openGpgPlace();
    const clock = gpg.write("clock", "+0d");
    const before = ["env", `LD_PRELOAD=${library}`, `FAKETIME_TIMESTAMP_FILE=${clock}`, "FAKETIME_NO_CACHE=1"];
    const daemon = new RunningDaemon(trial.folder(), { before: [...before, "FAKETIME_DONT_FAKE_MONOTONIC=1"] });
    try {
      if (!(await daemon.ready())) return { kind: "ran", figure: "it did not start", passed: false };
      gpg.gpg("--quick-gen-key", "Step <s@example.org>", "ed25519", "sign,cert", "2y");
      const key = gpg.exportKey("Step <s@example.org>", "key.asc");
      const releases = ["1.0", "1.1", "1.2", "1.3", "1.4", "1.5"].map((version) => {
        const file = gpg.write(`p-${version}.tar.gz`, `release ${version}`);
        gpg.gpg("--detach-sign", file);
        return file;
      });
      const old: string[] = [];
      const fresh: string[] = [];
      for (const [round, days] of [0, 3650, 0, -3650, 3650, 0].entries()) {
        gpg.write("clock", `${days < 0 ? "" : "+"}${days}d`);
        const judged = async (file: string): Promise<string> => {
          const answers = await daemon.ask(verifyRequest(file, key, "pkg:generic/p"));
          const answer = answers?.find(({ type }) => type === "judgement");
          return answer?.type === "judgement" ? answer.class : "none";
        };
        fresh.push(await judged(releases[round] ?? ""));
        old.push(await judged(releases[0] ?? ""));
      }
      const wrong = old.filter((word) => word !== "ok").length;
      const refused = fresh.filter((word) => word === "refused" || word === "none").length;
      return {
        kind: "ran",
        figure: `6 steps: the old release ${old.join(" ")}; a new one each time ${fresh.join(" ")}`,
        passed: wrong === 0 && refused === 0,
      };
    } finally {
      await daemon.end("SIGTERM");
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
