import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { bareEnvironment } from "../test/checks/machine.ts";
import { TOFU, TOFUD } from "../test/checks/places.ts";
import { type GpgPlace, openGpgPlace } from "../test/evidence/gpg.ts";

/**
 * How much memory does verifying a very large file take? Makes sparse files, has gpg sign them, verifies them with
 * gpgv, with tofu alone and with tofu through tofud, and prints the peak of each process (VmHWM of /proc, which
 * belongs to the program itself and not to whoever started it).
 *
 * Usage: npm run bench:memory [GIB…]; ends with 1 if a verdict is wrong or a peak is over the limit.
 */
const LIMIT_MIB = 150;
const GIB: number = 2 ** 30;
const POLL_MS = 20;
const DIGESTS = ["SHA256", "SHA512"] as const;

interface Measured {
  readonly exit: number | null;
  readonly seconds: number;
  readonly peakMib: number;
}

interface Bench {
  readonly place: GpgPlace;
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly daemon: ChildProcess;
}

async function main(sizes: readonly number[]): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), "tofu-bench-"));
  const place = openGpgPlace();
  const env = bareEnvironment(folder);
  const run = join(folder, "run");
  const daemon = spawn(process.execPath, [TOFUD, "--store", join(folder, "served")], {
    env: { ...env, TOFU_SOCKET: join(run, "socket") },
    stdio: ["ignore", "pipe", "ignore"],
  });
  try {
    await new Promise<void>((resolve, reject) => {
      daemon.stdout.once("data", () => resolve());
      daemon.once("close", () => reject(new Error("tofud did not start")));
    });
    const fingerprint = place.makeKey("Bench <bench@releases.example>");
    place.exportKey(fingerprint, "KEYS");
    place.write("keys.gpg", place.gpg("--export", fingerprint));
    print(`Node ${process.version}, ${cpus().length} cores, ${cpus()[0]?.model ?? "unknown"}`);
    print("");
    print("| file | digest | program | peak MiB | seconds |", "| --- | --- | --- | ---: | ---: |");
    let good = true;
    for (const size of sizes)
      for (const digest of DIGESTS) good = (await measureOne({ place, folder, env, daemon }, size, digest)) && good;
    return good;
  } finally {
    daemon.kill("SIGTERM");
    place.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureOne(bench: Bench, gib: number, digest: (typeof DIGESTS)[number]): Promise<boolean> {
  const { place, folder, env, daemon } = bench;
  const file = place.path(`big-${gib}.0-${digest}.bin`);
  const signature = `${file}.sig`;
  makeSparse(file, gib * GIB, digest);
  place.gpg("--digest-algo", digest, "--output", signature, "--detach-sign", file);
  const about = ["--package", `generic/big-${gib}-${digest}`, "--release", "1.0", "--key", place.path("KEYS")];
  const words = [TOFU, "verify", file, ...about];
  const alone = [...words, "--no-daemon", "--store", join(folder, "alone")];
  const gpgv = await measure("gpgv", ["--keyring", place.path("keys.gpg"), signature, file], env);
  const tofu = await measure(process.execPath, alone, env);
  const client = await measure(process.execPath, words, { ...env, TOFU_SOCKET: join(folder, "run", "socket") });
  const rows: readonly (readonly [string, Measured])[] = [
    ["gpgv", gpgv],
    ["tofu", tofu],
    ["tofu, asking tofud", client],
    ["tofud, since its start", { ...client, peakMib: peakOf(daemon.pid) ?? 0 }],
  ];
  for (const [program, { exit, seconds, peakMib }] of rows)
    print(
      `| ${gib} GiB | ${digest} | ${program}${exit === 0 ? "" : `, ended with ${exit}`} | ${peakMib.toFixed(0)} | ${seconds.toFixed(1)} |`,
    );
  rmSync(file);
  return rows.every(([, { exit, peakMib }]) => exit === 0 && peakMib > 0 && peakMib < LIMIT_MIB);
}

/** A hole with a word at its end: as long to read as any file, no room taken on the disk, and no two are alike. */
function makeSparse(path: string, bytes: number, word: string): void {
  const file = openSync(path, "wx", 0o600);
  ftruncateSync(file, bytes);
  writeSync(file, word, bytes - word.length);
  closeSync(file);
}

async function measure(program: string, words: readonly string[], env: Bench["env"]): Promise<Measured> {
  const startedAt = performance.now();
  const child = spawn(program, words, { env, stdio: "ignore" });
  let exit: number | null | undefined;
  child.once("close", (code) => {
    exit = code;
  });
  let peakMib = 0;
  while (exit === undefined) {
    peakMib = Math.max(peakMib, peakOf(child.pid) ?? 0);
    await sleep(POLL_MS);
  }
  return { exit, seconds: (performance.now() - startedAt) / 1000, peakMib };
}

/** @returns the highest resident memory so far; `undefined` where the process is gone. */
function peakOf(pid: number | undefined): number | undefined {
  try {
    const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kib === undefined ? undefined : Number(kib) / 1024;
  } catch {
    // It has ended since.
    return undefined;
  }
}

function print(...lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(""));
}

const sizes = process.argv.slice(2).map(Number);
process.exitCode = (await main(sizes.length === 0 ? [2, 4] : sizes)) ? 0 : 1;
