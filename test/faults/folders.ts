import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { WatchStateLine } from "../../daemon/protocol/answer.ts";
import { type GpgPlace, openGpgPlace } from "../evidence/gpg.ts";
import type { Fault } from "./fault.ts";
import { RunningDaemon } from "./running-daemon.ts";

const MAX_MS = 2000;
/** On a machine that is busy with other things: that many times what it takes in an empty folder. */
const MAX_RATIO = 3;
const MAX_MIB = 450;
const PATIENCE_MS = 120_000;
/** security.md, section 3, row 16: what names of files have been. */
const NAMES = [
  "\u001b[31mred-1.0.tar.gz",
  "line\nbreak-1.0.tar.gz",
  "\u202egz.rat.0.1-evil.tar.gz",
  "-rf-1.0.tar.gz",
  `${"n".repeat(240)}-1.0.tar.gz`,
  "%s%n-1.0.tar.gz",
  "..-1.0.tar.gz",
  "$(id)-1.0.tar.gz",
  "na\u0301me-1.0.tar.gz",
];

export const hostileFolder: Fault = {
  name: "a folder with FIFOs, links to devices, a loop, odd names and 100,000 files",
  run: async (trial) => {
    const home = trial.folder();
    const inbox = join(home, "Downloads");
    mkdirSync(inbox);
    const gpg = openGpgPlace();
    const daemon = new RunningDaemon(home);
    try {
      const key = gpg.makeKey("Good <g@example.org>");
      if (!(await daemon.ready())) return { kind: "ran", figure: "it did not start", passed: false };
      const quiet = await judgedAfter(daemon, gpg, { inbox, key, version: "1.0" });
      for (const n of [1, 2, 3, 4]) execFileSync("mkfifo", [join(inbox, `fifo-${n}.0.tar.gz`)]);
      for (const device of ["zero", "tty"]) symlinkSync(`/dev/${device}`, join(inbox, `${device}-1.0.tar.gz`));
      symlinkSync(".", join(inbox, "loop"));
      const files = trial.times(100_000);
      for (const name of NAMES) {
        writeFileSync(join(inbox, name), name);
        if (name.length < 200) writeFileSync(join(inbox, `${name}.asc`), "no signature");
      }
      for (let n = NAMES.length; n < files; n += 1)
        writeFileSync(join(inbox, n % 2 === 0 ? `noise${n}-1.0.tar.gz` : `photo-${n}.jpg`), `${n}`);
      const ms = await judgedAfter(daemon, gpg, { inbox, key, version: "1.1" });
      const answers = (await daemon.ask({ do: "status", packages: [] }))?.[0]?.type === "status";
      const mib = Math.round(daemon.residentMib());
      const figure = `${files} files, a good one judged after ${Math.round(ms)} ms (${Math.round(quiet)} before they came), ${mib} MiB, ${answers ? "answers" : "no answer"}`;
      return { kind: "ran", figure, passed: ms < Math.max(MAX_MS, MAX_RATIO * quiet) && mib < MAX_MIB && answers };
    } finally {
      await daemon.end("SIGKILL");
      gpg.close();
    }
  },
};

/** @returns how long after a release came it was judged, in ms. */
async function judgedAfter(
  daemon: RunningDaemon,
  gpg: GpgPlace,
  { inbox, key, version }: { readonly inbox: string; readonly key: string; readonly version: string },
): Promise<number> {
  const file = gpg.write(`good-${version}.tar.gz`, version);
  gpg.gpg("--local-user", key, "--detach-sign", file);
  gpg.exportKey(key, "KEYS");
  const judged = new Promise<void>((resolve) => {
    void daemon.ask({ do: "watch", folders: [] }, (answer) => {
      if (
        answer.type === "judgement" &&
        answer.package === "pkg:generic/good" &&
        answer.version === version &&
        answer.class === "ok"
      )
        resolve();
    });
  });
  const began = performance.now();
  execFileSync("cp", [join(file, "..", "KEYS"), file, `${file}.sig`, inbox]);
  await Promise.race([judged, sleep(PATIENCE_MS, undefined, { ref: false })]);
  return performance.now() - began;
}

const RESUMES_MS = 70_000;

export const noWatches: Fault = {
  name: "inotify instances used up, then there again",
  run: async (trial) => {
    // The bound of a user namespace of its own: nobody else is short of any.
    const limit = "/proc/sys/user/max_inotify_instances";
    const names = ["unshare", "--user", "--map-root-user"] as const;
    if (spawnSync(names[0], [...names.slice(1), "sh", "-c", `echo 0 >${limit}`]).status !== 0)
      return { kind: "skipped", why: "no user namespace with bounds of its own can be had here" };
    const home = trial.folder();
    const inbox = join(home, "Downloads");
    mkdirSync(inbox);
    const gpg = openGpgPlace();
    const script = `echo 0 >${limit}; "$@" & read line; echo 128 >${limit}; read line; kill -KILL $!; wait`;
    const shell = [...names, "sh", "-c", script, "sh"];
    const daemon = new RunningDaemon(home, { before: shell });
    try {
      const key = gpg.makeKey("Good <g@example.org>");
      if (!(await daemon.ready())) return { kind: "ran", figure: "it did not start", passed: false };
      const named = degraded(await watchState(daemon));
      const ms = await judgedAfter(daemon, gpg, { inbox, key, version: "1.0" });
      let resumed = "not waited for";
      if (trial.times(10) > 1) {
        daemon.child.stdin?.write("\n");
        await sleep(RESUMES_MS);
        resumed = degraded(await watchState(daemon)) === "" ? "watches again by itself" : "still polls";
      }
      const figure = `"${named.slice(0, 120)}"; a good one judged after ${Math.round(ms)} ms; ${resumed}`;
      const passed = /max_user_instances/.test(named) && ms < 10_000 && resumed !== "still polls";
      return { kind: "ran", figure, passed };
    } finally {
      // Nothing more to read: the shell ends the daemon.
      daemon.child.stdin?.end();
      await daemon.ended;
      gpg.close();
    }
  },
};

async function watchState(daemon: RunningDaemon): Promise<WatchStateLine | undefined> {
  const [status] = (await daemon.ask({ do: "status", packages: [] })) ?? [];
  return status?.type === "status" ? status.watch : undefined;
}

function degraded(state: WatchStateLine | undefined): string {
  return (state?.degraded ?? ["no answer"]).join("; ");
}
