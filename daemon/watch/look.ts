import { lstat, opendir } from "node:fs/promises";
import { join } from "node:path";
import { rootOwner } from "../root-owner.ts";
import type { FileState } from "./candidate.ts";
import { roleOf } from "./role.ts";

/** Entries asked of the system at once. */
const ENTRIES_AT_ONCE = 250;
/** Names handed out at once. */
const NAMES_AT_ONCE = 64;
const GROUP_OR_OTHER_WRITE = 0o022;

/** What is at a path, without following or opening it. */
export type Look =
  | { readonly kind: "file"; readonly state: FileState }
  | { readonly kind: "folder"; readonly identity: string }
  /** Nothing, or nothing that is ever judged: a link, FIFO, device, socket, or another user's file. */
  | { readonly kind: "none" };

/**
 * @param uid - whose files count, besides root's (security.md, row 21).
 * @param root - whose root's seem to be.
 */
export async function lookAt(folder: string, name: string, uid: number, root: number = rootOwner()): Promise<Look> {
  try {
    const stats = await lstat(join(folder, name), { bigint: true });
    if (stats.isDirectory()) return { kind: "folder", identity: folderIdentity(stats) };
    if (!stats.isFile() || !(await isOurs(folder, Number(stats.uid), { uid, root }))) return { kind: "none" };
    const { dev, ino, size, mtimeNs, ctimeNs } = stats;
    const identity = [dev, ino, size, mtimeNs, ctimeNs].join(":");
    return {
      kind: "file",
      state: { folder, name, identity, size: Number(size), changedAtMs: Number(ctimeNs / 1_000_000n) },
    };
  } catch {
    // Gone, or in a folder that may not be searched: either way there is nothing to judge now.
    return { kind: "none" };
  }
}

/** @returns device and inode: another one means another folder. An equal one doesn't mean the same: inodes come again. */
export function folderIdentity({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }): string {
  return `${dev}:${ino}`;
}

/** Where root's files can't be told from another user's, only those count that lie where nobody else can put any. */
async function isOurs(
  folder: string,
  owner: number,
  { uid, root }: { readonly uid: number; readonly root: number },
): Promise<boolean> {
  if (owner === uid || owner === 0) return true;
  return owner === root && ((await lstat(folder)).mode & GROUP_OR_OTHER_WRITE) === 0;
}

/**
 * Reads a folder in portions; one of 100,000 files is never in memory as a whole.
 *
 * @returns the names that may matter by what they are called, those of folders too; nothing where it can't be read.
 */
export async function* namesIn(folder: string): AsyncGenerator<readonly string[], void, undefined> {
  let names: string[] = [];
  try {
    for await (const entry of await opendir(folder, { bufferSize: ENTRIES_AT_ONCE })) {
      if (entry.name.startsWith(".")) continue;
      if (!entry.isDirectory() && roleOf(folder, entry.name).kind === "none") continue;
      names.push(entry.name);
      if (names.length < NAMES_AT_ONCE) continue;
      yield names;
      names = [];
    }
  } catch (error) {
    if (!isUnreadable(error)) throw error;
  }
  if (names.length > 0) yield names;
}

/** @returns the folders at and below a root, links not followed, names with a dot left out. */
export async function* foldersBelow(
  root: string,
  { depth, max }: { readonly depth: number; readonly max: number },
): AsyncGenerator<string, void, undefined> {
  let level: readonly string[] = [root];
  let left = max;
  for (let below = 0; below <= depth && level.length > 0; below += 1) {
    const next: string[] = [];
    for (const folder of level) {
      if (left <= 0) return;
      left -= 1;
      yield folder;
      if (below < depth) next.push(...(await subfolders(folder)));
    }
    level = next;
  }
}

async function subfolders(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  try {
    for await (const entry of await opendir(folder))
      if (entry.isDirectory() && !entry.name.startsWith(".")) found.push(join(folder, entry.name));
  } catch (error) {
    if (!isUnreadable(error)) throw error;
  }
  return found;
}

/** A folder that went away while it was read, that may not be read, or whose disk fails: the next look will tell. */
function isUnreadable(error: unknown): boolean {
  return error instanceof Error && "code" in error;
}
