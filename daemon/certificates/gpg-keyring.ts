import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Fingerprint } from "../core/fingerprint.ts";

const TIMEOUT_MS = 5000;
const MAX_CERTIFICATE_BYTES = 1 << 20;

/**
 * Asks the user's own GnuPG keyring for a certificate. The keyring is only read: no trust database is checked, no lock
 * taken, no home directory made.
 *
 * @param request.gnupgHome - the user's GNUPGHOME; `undefined` for `~/.gnupg`.
 * @param request.key - of the primary key or of a subkey.
 * @returns the binary certificate; `undefined` if the keyring has none, there is no gpg, it took longer than 5 s, or the
 * certificate is larger than 1 MiB. None of these is a fault: a certificate not found leaves an answer "unchecked".
 */
export async function exportFromGpg(request: {
  readonly gnupgHome: string | undefined;
  readonly key: Fingerprint;
}): Promise<Uint8Array | undefined> {
  // gpg would make a missing home.
  if (!(await isFolder(request.gnupgHome ?? join(homedir(), ".gnupg")))) return undefined;
  const args = ["--batch", "--no-auto-check-trustdb", "--lock-never", "--export", request.key];
  const env = {
    PATH: process.env["PATH"] ?? "/usr/bin:/bin",
    HOME: homedir(),
    LANG: "C",
    ...(request.gnupgHome === undefined ? {} : { GNUPGHOME: request.gnupgHome }),
  };
  const options = {
    encoding: "buffer",
    env,
    timeout: TIMEOUT_MS,
    killSignal: "SIGKILL",
    maxBuffer: MAX_CERTIFICATE_BYTES,
  } as const;
  return await new Promise((resolve) => {
    execFile("gpg", args, options, (error, certificate) => {
      resolve(error === null && certificate.length > 0 ? Uint8Array.from(certificate) : undefined);
    });
  });
}

/** A large distribution's keyring has 28 MB. */
const MAX_KEYRING_BYTES = 64 << 20;
const KEYRING_TIMEOUT_MS = 60_000;

/**
 * Asks gpg for every certificate of a keyring.
 *
 * @param gnupgHome - the folder that the keyring lies in; only read.
 * @returns the certificates in binary form, one after another; none where gpg has none, or is not there.
 */
export async function exportAllFromGpg(gnupgHome: string): Promise<Uint8Array> {
  const args = ["--batch", "--no-auto-check-trustdb", "--lock-never", "--export"];
  const env = { PATH: process.env["PATH"] ?? "/usr/bin:/bin", HOME: homedir(), LANG: "C", GNUPGHOME: gnupgHome };
  const options = {
    encoding: "buffer",
    env,
    timeout: KEYRING_TIMEOUT_MS,
    killSignal: "SIGKILL",
    maxBuffer: MAX_KEYRING_BYTES,
  } as const;
  return await new Promise((resolve) => {
    execFile("gpg", args, options, (error, certificates) => {
      resolve(error === null ? Uint8Array.from(certificates) : new Uint8Array());
    });
  });
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (error instanceof Error && "code" in error) return false;
    throw error;
  }
}
