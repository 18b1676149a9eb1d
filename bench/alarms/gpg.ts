import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Delivery, Method, Watcher } from "./delivery.ts";

/**
 * gpg's own trust on first use: each address is bound to the keys that claimed it, and two keys with one address are a
 * conflict. It knows signers and addresses; it knows no packages, no versions, and nothing of a file without signature.
 */
export const GPG_TOFU: Method = { name: "gpg tofu", statements: "none", open: async () => openGpg() };

/** How often gpg printed that it has seen hardly anything by a key: words that come with nearly every answer. */
export const printed = { answers: 0, hardlySeen: 0 };

const FEW = /Warning: (?:we've|you've|we have)[^\n]*(?:only|yet to|have never|haven't)[^\n]*(?:seen|verified)/i;

function openGpg(): Watcher {
  const home = mkdtempSync(join(tmpdir(), "tofu-bench-"));
  const receive = async (delivery: Delivery): Promise<string | undefined> => verify(home, delivery);
  return {
    receive,
    // The database remembers every answer, so an attack is tried on a copy.
    probe: async (delivery) => {
      const copy = mkdtempSync(join(tmpdir(), "tofu-bench-"));
      try {
        cpSync(home, copy, { recursive: true, filter: (path) => !/\/S\.[^/]*$/.test(path) });
        return verify(copy, delivery);
      } finally {
        rmSync(copy, { recursive: true, force: true });
      }
    },
    accept: async (delivery) => {
      for (const { primary } of delivery.signers) run(home, delivery.at, ["--tofu-policy", "good", primary]);
    },
    close: async () => {
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function verify(home: string, { keyring, signature, path, at }: Delivery): string | undefined {
  // Without a signature there is nothing to ask gpg about, and no memory that there used to be one.
  if (signature === undefined) return undefined;
  run(home, at, ["--import", keyring]);
  const { output } = run(home, at, ["--status-fd", "1", "--verify", signature, path]);
  const each = output.split("[GNUPG:] NEWSIG").slice(1);
  printed.answers += 1;
  if (FEW.test(output)) printed.hardlySeen += 1;
  const good = each.filter((part) => /\[GNUPG:\] (?:GOODSIG|EXPKEYSIG|EXPSIG) /.test(part));
  if (good.length === 0) return "no good signature";
  const policies = good.map((part) => /\[GNUPG:\] TOFU_STATS \S+ \S+ \S+ (\S+)/.exec(part)?.[1] ?? "none");
  return policies.some((policy) => policy !== "ask" && policy !== "bad") ? undefined : "conflict";
}

function run(home: string, at: number, words: readonly string[]): { readonly output: string } {
  const globals = ["--homedir", home, "--batch", "--no-tty", "--no-autostart", "--trust-model", "tofu"];
  const clock = ["--tofu-default-policy", "auto", "--ignore-time-conflict", "--faked-system-time", `${at}!`];
  const { stdout, stderr, error } = spawnSync("gpg", [...globals, ...clock, ...words], {
    env: { PATH: process.env["PATH"], LANG: "C.UTF-8", HOME: home },
    maxBuffer: 1 << 26,
  });
  if (error !== undefined) throw error;
  return { output: `${stdout.toString("utf8")}\n${stderr.toString("utf8")}` };
}

/** @returns the version of gpg, for the record. */
export function gpgVersion(): string {
  return execFileSync("gpg", ["--version"]).toString("utf8").split("\n")[0] ?? "gpg";
}
