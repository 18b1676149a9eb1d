import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder with a GnuPG home of its own: real keys and real signatures, made for one test file. */
export interface GpgPlace {
  readonly folder: string;
  readonly path: (name: string) => string;
  readonly write: (name: string, content: string | Uint8Array) => string;
  readonly read: (name: string) => Uint8Array;
  readonly gpg: (...args: readonly string[]) => Buffer;
  /** @returns the fingerprint of a new Ed25519 key without expiry. */
  readonly makeKey: (userId: string) => string;
  readonly exportKey: (fingerprint: string, file: string) => string;
  readonly close: () => void;
}

/** Opens such a place; `close` ends its agent and deletes it. */
export function openGpgPlace(): GpgPlace {
  const folder = mkdtempSync(join(tmpdir(), "tofu-gpg-"));
  const env = { PATH: process.env["PATH"], HOME: folder, GNUPGHOME: folder, LANG: "C.UTF-8" };
  const quiet = ["--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""];
  const gpg = (...args: readonly string[]): Buffer =>
    execFileSync("gpg", [...quiet, ...args], { env, stdio: ["ignore", "pipe", "ignore"] });
  const path = (name: string): string => join(folder, name);
  return {
    folder,
    path,
    gpg,
    write: (name, content) => {
      writeFileSync(path(name), content);
      return path(name);
    },
    read: (name) => new Uint8Array(readFileSync(path(name))),
    makeKey: (userId) => {
      gpg("--quick-gen-key", userId, "ed25519", "sign,cert", "never");
      const lines = gpg("--list-keys", "--with-colons", userId).toString().split("\n");
      return lines.find((line) => line.startsWith("fpr:"))?.split(":")[9] ?? "";
    },
    exportKey: (fingerprint, file) => {
      writeFileSync(path(file), gpg("--armor", "--export", fingerprint));
      return path(file);
    },
    close: () => {
      execFileSync("gpgconf", ["--kill", "all"], { env, stdio: "ignore" });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
