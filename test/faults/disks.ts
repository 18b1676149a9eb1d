import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { TofuError } from "../../daemon/core/tofu-error.ts";
import { appendOf, forget, sunpy } from "../journal/kit.ts";
import { openStoreIn } from "../journal/scratch.ts";
import type { Fault } from "./fault.ts";

export const powerCut: Fault = {
  name: "power cut: flushes before each reply (strace)",
  run: async (trial) => {
    if (spawnSync("strace", ["-o", "/dev/null", "true"]).status !== 0)
      return { kind: "skipped", why: "no strace here" };
    const [folder, trace] = [join(trial.folder(), "store"), join(trial.folder(), "trace")];
    const writer = fileURLToPath(import.meta.resolve("../journal/writer.js"));
    const replies = trial.times(200);
    const args = ["-f", "-y", "-o", trace, "-e", "trace=fdatasync,write", process.execPath, writer, folder, "0"];
    spawnSync("strace", [...args, `${replies}`], { stdio: "ignore" });
    let [answered, unflushed, flushes] = [0, 0, 0];
    for (const line of readFileSync(trace, "utf8").split("\n")) {
      if (/fdatasync.*= 0/.test(line)) flushes += 1;
      if (!/ write\(1</.test(line)) continue;
      answered += 1;
      // Once the store, once its anchor.
      if (flushes < 2) unflushed += 1;
      flushes = 0;
    }
    const figure = `${answered} replies, ${unflushed} without two fdatasync before`;
    return { kind: "ran", figure, passed: unflushed === 0 && answered === replies };
  },
};

export const diskFull: Fault = {
  name: "disk full, then read-only, then room again",
  run: async (trial) => {
    const disk = trial.folder();
    if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=4m,mode=0700", "tofu-faults", disk]).status !== 0)
      return { kind: "skipped", why: "no file system can be mounted here" };
    try {
      const filler = join(disk, "filler");
      writeFileSync(filler, Buffer.alloc(1 << 20));
      const folder = join(disk, "store");
      let journal = await openStoreIn(folder);
      let [acknowledged, code] = [0, ""];
      const append = async (): Promise<void> => {
        const { length } = await journal.read(sunpy);
        const objects = [Buffer.alloc(20_000, `object ${acknowledged} `)];
        await journal.append(appendOf(sunpy, length, [forget("x")], { objects }));
        acknowledged += 1;
      };
      while (code === "" && acknowledged < 1000) await append().catch((cause: unknown) => (code = codeOf(cause)));
      await rm(filler);
      await append();
      await journal.close();
      spawnSync("mount", ["-o", "remount,ro", disk]);
      const readOnly = await openStoreIn(folder).then(() => "opened", codeOf);
      spawnSync("mount", ["-o", "remount,rw", disk]);
      journal = await openStoreIn(folder);
      await append();
      const { length } = await journal.read(sunpy);
      await journal.close();
      // A write that failed may be there all the same; one that was acknowledged must be.
      const lost = Math.max(0, acknowledged - length);
      const figure = `${acknowledged} acknowledged, ${lost} lost; full: ${code}, read-only: ${readOnly}; goes on without a restart`;
      return {
        kind: "ran",
        figure,
        passed: lost === 0 && [code, readOnly].every((word) => word === "store-unwritable"),
      };
    } finally {
      spawnSync("umount", ["-l", disk]);
    }
  },
};

function codeOf(cause: unknown): string {
  if (cause instanceof TofuError) return cause.code;
  throw cause;
}
