import { execFileSync, spawnSync } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bareEnvironment } from "../../test/checks/machine.ts";
import { TOFU } from "../../test/checks/places.ts";
import { type GpgPlace, openGpgPlace } from "../../test/evidence/gpg.ts";
import type { Command } from "./clock.ts";
import { type Served, serve } from "./served.ts";

const BLOCK_BYTES: number = 1 << 20;

export type Digest = "SHA256" | "SHA512";

/** A user of tofu and of its peers: keys, artifacts with real signatures, daemons. */
export interface Place {
  readonly folder: string;
  /** The certificates of all signers, armored as tofu takes them, and binary as gpgv and sqv do. */
  readonly keys: string;
  readonly ring: string;
  readonly signers: readonly [string, ...string[]];
  /** @returns a file of random bytes. */
  readonly artifact: (name: string, bytes: number) => string;
  /** Has gpg sign a file. @returns the signature, beside the file unless it is named. */
  readonly sign: (
    file: string,
    how?: { readonly digest?: Digest; readonly signer?: string; readonly as?: string },
  ) => string;
  /** @returns the public key that signed the file with minisign, which knows BLAKE2b only. */
  readonly minisign: (file: string) => string;
  readonly remove: (...files: readonly string[]) => void;
  /** @returns an environment of its own, with a store that is empty. */
  readonly home: (name: string) => Readonly<Record<string, string>>;
  /** Starts a daemon in such a home; {@link close} stops those that still run. */
  readonly serve: (name: string) => Promise<Served>;
  /** @returns a tofu command line that is to be run in a home. */
  readonly tofu: (name: string, env: Readonly<Record<string, string>>, ...words: readonly string[]) => Command;
  readonly peer: (name: string, program: string, ...words: readonly string[]) => Command;
  readonly close: () => Promise<void>;
}

/** Makes such a place, with this many signers. */
export function openPlace(signers: number): Place {
  const folder = mkdtempSync(join(tmpdir(), "tofu-bench-"));
  const gpg = openGpgPlace();
  const made = Array.from({ length: signers }, (_, index) =>
    gpg.makeKey(`Bench ${index} <b${index}@releases.example>`),
  );
  const [first = "", ...others] = made;
  const path = (name: string): string => join(folder, name);
  writeFileSync(path("KEYS"), gpg.gpg("--armor", "--export", ...made));
  writeFileSync(path("ring.gpg"), gpg.gpg("--export", ...made));
  const running: Served[] = [];
  const home = (name: string): Readonly<Record<string, string>> => {
    for (const part of ["", "config", "run", "gnupg", "state"])
      mkdirSync(join(folder, name, part), { recursive: true, mode: 0o700 });
    return bareEnvironment(join(folder, name));
  };
  const peer: Place["peer"] = (name, program, ...words) => ({ name, program, words, env: home("peers"), cwd: folder });
  return {
    folder,
    keys: path("KEYS"),
    ring: path("ring.gpg"),
    signers: [first, ...others],
    artifact: (name, bytes) => writeRandom(path(name), bytes),
    sign: (file, { digest = "SHA512", signer = first, as = `${file}.sig` } = {}) =>
      signWith(gpg, file, { digest, signer, as }),
    minisign: (file) => signWithMinisign(path("minisign"), file),
    remove: (...files) => {
      for (const file of files) rmSync(file, { force: true });
    },
    home,
    serve: async (name) => {
      const served = await serve(home(name));
      running.push(served);
      return served;
    },
    tofu: (name, env, ...words) => ({ name, program: process.execPath, words: [TOFU, ...words], env, cwd: folder }),
    peer,
    close: async () => {
      for (const served of running) await served.stop();
      gpg.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Bytes that nothing can guess or leave out: a hole would be read without a disk or a page behind it. */
function writeRandom(path: string, bytes: number): string {
  const block = Buffer.alloc(Math.min(bytes, BLOCK_BYTES));
  const file = openSync(path, "w", 0o600);
  for (let left = bytes; left > 0; left -= block.length)
    writeSync(file, randomFillSync(block), 0, Math.min(left, block.length));
  closeSync(file);
  // Read once, so that no program pays for being the first.
  spawnSync("cat", [path], { stdio: "ignore" });
  return path;
}

function signWith(
  gpg: GpgPlace,
  file: string,
  { digest, signer, as }: { readonly digest: Digest; readonly signer: string; readonly as: string },
): string {
  gpg.gpg("--yes", "--local-user", signer, "--digest-algo", digest, "--output", as, "--detach-sign", file);
  return as;
}

function signWithMinisign(key: string, file: string): string {
  const [publicKey, secretKey] = [`${key}.pub`, `${key}.key`];
  if (spawnSync("test", ["-e", secretKey]).status !== 0)
    execFileSync("minisign", ["-G", "-W", "-p", publicKey, "-s", secretKey], { stdio: "ignore" });
  execFileSync("minisign", ["-S", "-s", secretKey, "-m", file], { stdio: "ignore" });
  return publicKey;
}

/** @returns signature files of one artifact as one file, as a release with several signers has it. */
export function together(into: string, signatures: readonly string[]): string {
  writeFileSync(into, Buffer.concat(signatures.map((signature) => readFileSync(signature))));
  return into;
}
