import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Script } from "node:vm";
import type { Output } from "../../cli/world.ts";
import { unixMs } from "../../daemon/core/time.ts";

// Keeps what V8 makes of the program without daemon: of the functions that a first use and a sighting run.

const program = fileURLToPath(new URL("../../cli/tofu-alone.cjs", import.meta.url));
const release = fileURLToPath(new URL("../../../test/corpus/releases/ccid/1.6.2/", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "tofu-build-"));
for (const part of ["gnupg", "state", "config"]) mkdirSync(join(folder, part), { mode: 0o700 });
for (const [from, to] of [
  ["ccid_1.6.2.orig.tar.xz", "ccid-1.6.2.tar.xz"],
  ["ccid_1.6.2.orig.tar.xz.asc", "ccid-1.6.2.tar.xz.asc"],
  ["keyring.asc", "KEYS"],
] as const)
  copyFileSync(join(release, from), join(folder, to));

type Alone = (require: NodeJS.Require, folder: string) => typeof import("../../cli/alone.ts");
const script = new Script(readFileSync(program, "latin1"), { filename: program });
const make: Alone = script.runInThisContext();
const alone = make(createRequire(program), dirname(program));
const nowhere: Output = { isTerminal: false, columns: undefined, write: () => undefined };
const env = {
  PATH: process.env["PATH"],
  HOME: folder,
  GNUPGHOME: join(folder, "gnupg"),
  XDG_STATE_HOME: join(folder, "state"),
  XDG_CONFIG_HOME: join(folder, "config"),
};
for (const question of [
  ["verify", "ccid-1.6.2.tar.xz", "--key", "KEYS"],
  ["verify", "ccid-1.6.2.tar.xz"],
  ["why", "ccid"],
  ["list"],
]) {
  const exit = await alone.answerAlone(question, {
    ...{ env, cwd: folder, stdin: process.stdin, stdout: nowhere, stderr: nowhere },
    now: () => unixMs(Date.now()),
    claimed: () => ({ pid: process.pid, parent: "build" }),
    onSignal: () => () => undefined,
  });
  if (exit !== 0) throw new Error(`tofu ${question.join(" ")} ended with ${exit}`);
}
writeFileSync(program.replace(/cjs$/, "cache"), script.createCachedData());
rmSync(folder, { recursive: true });
process.exit(0);
