import { spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { PROJECT } from "../checks/places.ts";

/** A command in such a root that takes longer has hung. */
const LIMIT_MS = 60_000;
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/** What a container's image has of the machine that the test runs on. */
const SHARED = ["bin", "sbin", "lib", "lib64", "libexec", "share"].filter((name) => existsSync(`/usr/${name}`));
const DEVICES = ["null", "zero", "random", "urandom"];

/** What a command in the root said. */
export interface Said {
  readonly exit: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Folders of the outside, by where they are seen inside. */
  readonly binds?: Readonly<Record<string, string>>;
}

/** A machine as an image makes it: its own `/etc`, programs of this one, a home that nobody can write, no network. */
export interface BareRoot {
  /** Where the root lies outside. */
  readonly folder: string;
  readonly write: (path: string, text: string | Uint8Array, mode?: number) => void;
  /** Runs as root of the machine, in namespaces of its own; files stay for the next command. */
  readonly run: (words: readonly string[], options?: RunOptions) => Promise<Said>;
}

/** Why there can be no such root here; `false` where there can. */
export const cannotUnshare: string | false =
  spawnSync("unshare", ["--user", "--map-root-user", "--mount", "--net", "true"]).status === 0
    ? false
    : "this kernel lets nobody make namespaces";

/** Makes such a root; tofu's build is in `/opt/tofu`. It is removed after the test. */
export function bareRoot(t: Pick<TestContext, "after">): BareRoot {
  const folder = mkdtempSync(join(tmpdir(), "tofu-root-"));
  t.after(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  // As every system's root: the layer's paths are looked at from here on.
  chmodSync(folder, 0o755);
  const write = (path: string, text: string | Uint8Array, mode = 0o644): void => {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), text);
    chmodSync(join(folder, path), mode);
  };
  for (const name of [
    "etc",
    "tmp",
    "srv",
    "root",
    "home/ci",
    "opt/tofu",
    "usr/local/bin",
    ...SHARED.map((one) => `usr/${one}`),
  ])
    mkdirSync(join(folder, name), { recursive: true });
  for (const name of ["bin", "sbin", "lib", "lib64"]) symlinkSync(`usr/${name}`, join(folder, name));
  for (const name of DEVICES) write(`dev/${name}`, "");
  write("usr/local/bin/node", "");
  write("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nci:x:1000:1000::/home/ci:/bin/sh\n");
  write("etc/group", "root:x:0:\nci:x:1000:\n");
  return { folder, write, run: (words, options) => run(folder, words, options ?? {}) };
}

function run(folder: string, words: readonly string[], { env = {}, cwd = "/", binds = {} }: RunOptions): Promise<Said> {
  const mounts = [
    ...SHARED.map((name) => bind(`/usr/${name}`, `usr/${name}`)),
    ...DEVICES.map((name) => bind(`/dev/${name}`, `dev/${name}`)),
    bind(process.execPath, "usr/local/bin/node"),
    bind(PROJECT, "opt/tofu"),
    ...Object.entries(binds).map(([inside, outside]) => bind(outside, inside)),
    // Python's locks lie there.
    `mkdir -p "$0/dev/shm"; mount -t tmpfs none "$0/dev/shm"`,
    // Root writes wherever modes forbid it; a file system that is mounted so, nobody does.
    `mount -t tmpfs -o ro,mode=755 none "$0/home/ci"`,
  ];
  const enter = `exec chroot "$0" /usr/bin/env -i -C "$@"`;
  const script = ["set -e", ...mounts, enter].join("\n");
  const variables = Object.entries({ PATH, HOME: "/home/ci", LANG: "C.UTF-8", ...env }).map(
    ([name, value]) => `${name}=${value}`,
  );
  const namespaces = ["--user", "--map-root-user", "--mount", "--net", "--pid", "--fork"];
  const child = spawn("unshare", [...namespaces, "sh", "-c", script, folder, cwd, ...variables, ...words], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: LIMIT_MS,
    killSignal: "SIGKILL",
  });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (text: string) => {
      said[name] += text;
    });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ exit: code ?? signal ?? "unknown end", ...said }));
  });
}

/** A shell's words: paths here hold no quotes. */
function bind(outside: string, inside: string): string {
  return `[ -e "$0/${inside}" ] || mkdir -p "$0/${inside}"; mount --rbind "${outside}" "$0/${inside}"`;
}
