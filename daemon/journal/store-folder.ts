import type { Stats } from "node:fs";
import { mkdir, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { escapeText } from "../core/printable.ts";
import { formatTime, parseTime, type UnixMs } from "../core/time.ts";
import { TofuError } from "../core/tofu-error.ts";

const OWNER_FILE = "owner.json";
const MAX_PID: number = 2 ** 31;

/** Who has the store open, as it says itself. */
export interface StoreOwner {
  readonly pid: number;
  readonly since: UnixMs;
}

/**
 * Makes the store's folder, 0700 as every folder above it that had to be made, and looks who may enter it.
 *
 * @throws TofuError `store-unwritable`, or `store-foreign` with the remedy if it isn't ours alone.
 */
export async function prepareFolder(folder: string): Promise<void> {
  try {
    await makeFolders(folder);
  } catch (cause) {
    throw folderFault(folder, cause);
  }
  const found = await stat(folder).catch((cause: unknown) => {
    throw folderFault(folder, cause);
  });
  if (!found.isDirectory()) throw new TofuError("store-unwritable", `the store ${escapeText(folder)} is not a folder`);
  assertPrivate(found, folder, "0700");
}

/**
 * Makes a folder and those above it that are not there, 0700 each. Node's own way (`recursive`) asks again for ever
 * where a folder can't be made below one that is there, as in /proc, and hides some reasons behind ENOENT.
 *
 * @throws the file system's error.
 */
export async function makeFolders(folder: string): Promise<void> {
  if (await makeFolder(folder, { above: dirname(folder) !== folder })) return;
  await makeFolders(dirname(folder));
  await makeFolder(folder, { above: false });
}

/** @returns whether it is there now; `false`, where `above` may be tried, if the folder above it is not. */
async function makeFolder(folder: string, { above }: { readonly above: boolean }): Promise<boolean> {
  try {
    await mkdir(folder, { mode: 0o700 });
    return true;
  } catch (cause) {
    if (above && isNodeError(cause, "ENOENT")) return false;
    if (isNodeError(cause, "EEXIST")) return true;
    throw cause;
  }
}

/** @throws TofuError `store-foreign` for a file or folder that another user owns, or that others can open. */
export function assertPrivate(found: Stats, path: string, mode: "0600" | "0700"): void {
  const shown = escapeText(path);
  const uid = process.getuid?.();
  if (uid !== undefined && found.uid !== uid)
    throw new TofuError("store-foreign", `${shown} belongs to user ${found.uid}, not to you; use a store of your own`);
  if ((found.mode & 0o077) !== 0)
    throw new TofuError(
      "store-foreign",
      `other users can get at ${shown}; if that was a mistake: chmod ${mode} ${shown}`,
    );
}

/** Says beside the store who has it open. The caller holds the store's lock. */
export async function writeOwner(folder: string, owner: StoreOwner): Promise<void> {
  const path = join(folder, OWNER_FILE);
  const text = `${JSON.stringify({ pid: owner.pid, since: formatTime(owner.since) })}\n`;
  try {
    await writeFile(`${path}.new`, text, { mode: 0o600 });
    await rename(`${path}.new`, path);
  } catch (cause) {
    throw folderFault(folder, cause);
  }
}

export async function removeOwner(folder: string): Promise<void> {
  await rm(join(folder, OWNER_FILE), { force: true });
}

/** @returns who says to have the store open, if that process is alive; a note left by a killed one names nobody. */
export async function livingOwner(folder: string): Promise<StoreOwner | undefined> {
  const owner = await readOwner(folder);
  return owner !== undefined && isAlive(owner.pid) ? owner : undefined;
}

async function readOwner(folder: string): Promise<StoreOwner | undefined> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(join(folder, OWNER_FILE), "utf8"));
  } catch (cause) {
    // Only a hint for people: no note, or half a note, names nobody.
    if (cause instanceof SyntaxError || isNodeError(cause)) return undefined;
    throw cause;
  }
  if (typeof json !== "object" || json === null || !("pid" in json) || !("since" in json)) return undefined;
  const { pid, since } = json;
  const time = typeof since === "string" ? parseTime(since) : undefined;
  if (typeof pid !== "number" || !Number.isInteger(pid) || pid < 1 || pid > MAX_PID) return undefined;
  return time?.ok === true ? { pid, since: time.value } : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    // EPERM: there is one, of another user.
    return isNodeError(cause, "EPERM");
  }
}

function folderFault(folder: string, cause: unknown): TofuError {
  const why = isNodeError(cause) ? ` (${cause.code})` : "";
  return new TofuError("store-unwritable", `can't write in the store's folder ${escapeText(folder)}${why}`, { cause });
}

/** Something else in the place of a file is damage, and so is a disk that doesn't give it back; the rest may pass. */
const DAMAGES: ReadonlySet<string> = new Set(["ENOTDIR", "EISDIR", "ELOOP", "EIO"]);

/** @returns the fault for a file of the store that can't be read; anything but the operating system's word as it came. */
export function unreadableFault(folder: string, cause: unknown): unknown {
  if (cause instanceof TofuError || !isNodeError(cause)) return cause;
  const shown = escapeText(folder);
  return DAMAGES.has(cause.code)
    ? new TofuError("store-damaged", `the store ${shown} is damaged and can't be opened (${cause.code})`, { cause })
    : new TofuError("store-unwritable", `can't read the store ${shown} (${cause.code})`, { cause });
}

/** @returns whether this is an error of the operating system, and that one if `code` is given. */
export function isNodeError(cause: unknown, code?: string): cause is Error & { readonly code: string } {
  if (!(cause instanceof Error) || !("code" in cause) || typeof cause.code !== "string") return false;
  return code === undefined || cause.code === code;
}

/** Makes the names in a folder survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  await handle.sync().finally(() => handle.close());
}
