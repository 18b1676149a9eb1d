import { spawnSync } from "node:child_process";

/** Every program that tofu is compared with, and how it says its version. `bench/setup.sh` installs them. */
export const PEERS: ReadonlyMap<string, readonly string[]> = new Map([
  ["gpg", ["--version"]],
  ["gpgv", ["--version"]],
  ["sqv", ["--version"]],
  ["minisign", ["-v"]],
  ["openssl", ["version"]],
  // It has no version of its own; with an option that it does not know, it does nothing.
  ["ssh-keygen", ["--version"]],
]);

/** @returns the first line that each peer says of itself. @throws Error if one is missing: no comparison is skipped. */
export function versionsOfPeers(): readonly string[] {
  const missing: string[] = [];
  const versions = [...PEERS].map(([program, words]) => {
    const { stdout, error } = spawnSync(program, words, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    if (error !== undefined) missing.push(program);
    return stdout?.split("\n")[0] ?? "";
  });
  if (missing.length > 0) throw new Error(`${missing.join(", ")} missing; run: sh bench/setup.sh`);
  const { stderr } = spawnSync("ssh", ["-V"], { encoding: "utf8" });
  return [...versions, stderr?.trim() ?? ""].filter((version) => version !== "");
}
