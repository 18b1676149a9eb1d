import { spawnSync } from "node:child_process";
import { chmodSync } from "node:fs";
import type { GpgPlace } from "./gpg.ts";

/** What a statement of a test says; everything else is filled in. */
export interface StatementLines {
  readonly packages?: readonly string[];
  readonly seq?: number;
  readonly previous?: string;
  readonly issued?: string;
  readonly keys: readonly string[];
  readonly more?: readonly string[];
  readonly threshold?: { readonly handover?: number; readonly release?: number };
}

/** @param lines.keys - `openpgp:FPR release,handover`. */
export function statementText(lines: StatementLines): string {
  const { packages = ["pkg:pypi/sunpy"], seq = 1, previous = "none", issued = "2026-01-01T00:00:00Z" } = lines;
  return [
    "tofu-handover 1",
    ...packages.map((name) => `package ${name}`),
    `seq ${seq}`,
    `prev ${previous}`,
    `issued ${issued}`,
    ...lines.keys.map((key) => `key ${key}`),
    ...(lines.more ?? []),
    `threshold handover ${lines.threshold?.handover ?? 1}`,
    `threshold release ${lines.threshold?.release ?? 1}`,
    "reason a test",
    "end",
    "",
  ].join("\n");
}

/** As maintainers are told to sign (rules.md, section 4.1). @param options - of gpg, in place of the notation. */
export function gpgBlock(
  place: GpgPlace,
  text: string | Uint8Array,
  key: string,
  options: readonly string[] = ["--sig-notation", "purpose@tofu.invalid=handover"],
): string {
  const file = place.write("statement-to-sign", text);
  return place.gpg("--armor", ...options, "--local-user", key, "--output", "-", "--detach-sign", file).toString();
}

/** An ssh key of ssh-keygen's. */
export interface SshKey {
  readonly file: string;
  /** `ssh:SHA256:…` */
  readonly signer: string;
}

export function makeSshKey(place: GpgPlace, name: string): SshKey {
  const file = place.path(name);
  run(["-q", "-N", "", "-C", name, "-t", "ed25519", "-f", file]);
  chmodSync(file, 0o600);
  return { file, signer: `ssh:${run(["-l", "-E", "sha256", "-f", `${file}.pub`]).split(" ")[1] ?? ""}` };
}

export function sshBlock(text: string, key: SshKey, namespace = "handover@tofu.invalid"): string {
  return run(["-q", "-Y", "sign", "-f", key.file, "-n", namespace], text);
}

function run(words: readonly string[], input = ""): string {
  const { status, stdout, stderr } = spawnSync("ssh-keygen", words, { input });
  if (status !== 0) throw new Error(`ssh-keygen ${words.join(" ")}: ${stderr.toString()}`);
  return stdout.toString();
}
