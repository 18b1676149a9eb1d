import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

/** Larger files are read block by block. */
export const SMALL_FILE_BYTES: number = 1 << 20;

/** What came of reading a small file at once; `larger`: regular, and nothing of it was read. */
export type SmallFile = SmallFileRead | { readonly kind: "larger" };

export type SmallFileRead =
  | { readonly kind: "whole"; readonly bytes: Uint8Array }
  | { readonly kind: "not-regular"; readonly is: string }
  | { readonly kind: "changing" }
  /** The system's own word, as `EACCES`. */
  | { readonly kind: "failed"; readonly code: string; readonly opening: boolean };

/** O_NONBLOCK: opening a FIFO returns at once. O_NOCTTY: a terminal device doesn't become ours. */
export function openingFlags(followLinks: boolean): number {
  const { O_RDONLY, O_NONBLOCK, O_NOCTTY, O_NOFOLLOW } = constants;
  return O_RDONLY | O_NONBLOCK | O_NOCTTY | (followLinks ? 0 : O_NOFOLLOW);
}

/**
 * Reads a small file whole, in calls that block: for a thread, or a command, that keeps nobody waiting.
 *
 * @param followLinks - `false`: a link as the last part of the path is not opened.
 */
export function readSmallFile(path: string, followLinks: boolean): SmallFile {
  let descriptor: number;
  try {
    descriptor = openSync(path, openingFlags(followLinks));
  } catch (error) {
    return { kind: "failed", code: codeOf(error), opening: true };
  }
  try {
    const opened = fstatSync(descriptor, { bigint: true });
    if (!opened.isFile()) return { kind: "not-regular", is: kindOf(opened) };
    if (opened.size >= SMALL_FILE_BYTES) return { kind: "larger" };
    const bytes = new Uint8Array(Number(opened.size));
    let filled = 0;
    while (filled < bytes.length) {
      const read = readSync(descriptor, bytes, filled, bytes.length - filled, filled);
      if (read === 0) return { kind: "changing" };
      filled += read;
    }
    return sameState(opened, fstatSync(descriptor, { bigint: true })) ? { kind: "whole", bytes } : { kind: "changing" };
  } catch (error) {
    return { kind: "failed", code: codeOf(error), opening: false };
  } finally {
    closeSync(descriptor);
  }
}

/** @returns whether nothing was written between: that it has grown, its size tells. */
export function sameState(before: BigIntStats, after: BigIntStats): boolean {
  return (
    before.size === after.size &&
    before.mtimeNs === after.mtimeNs &&
    before.ctimeNs === after.ctimeNs &&
    before.ino === after.ino &&
    before.dev === after.dev
  );
}

/** @returns what a file that is no regular one is, in words. */
export function kindOf(stats: BigIntStats): string {
  if (stats.isDirectory()) return "a directory";
  if (stats.isFIFO()) return "a FIFO";
  if (stats.isSocket()) return "a socket";
  return "a device";
}

/** @returns the code of a system error. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unknown error";
}
