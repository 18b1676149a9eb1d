import { spawnSync } from "node:child_process";

/** Every program that tofu is compared with, and how it says its version. `bench/setup.sh` installs them. */
export const PEERS: ReadonlyMap<string, readonly string[]> = new Map([
  ["gpg", ["--version"]],
  ["gpgv", ["--version"]],
  ["sqv", ["--version"]],
  ["minisign", ["-v"]],
  ["openssl", ["version"]],
  ["ssh-keygen", []],
]);

/** @returns the first line that each peer says of itself. @throws Error if one is missing: no comparison is skipped. */
export function versionsOfPeers(): readonly string[] {
  const missing: string[] = [];
  const versions = [...PEERS].map(([program, words]) => {
    const { stdout, error } = spawnSync(program, words, {
      encoding: "utf8",
      input: "",
      stdio: ["pipe", "pipe", "ignore"],
    });
    if (error !== undefined) missing.push(program);
    return stdout?.split("\n")[0] || program;
  });
  if (missing.length > 0) throw new Error(`${missing.join(", ")} missing; run: sh bench/setup.sh`);
  return versions.filter((version) => version !== "ssh-keygen");
}
