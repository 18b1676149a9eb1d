import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { printablePath } from "../core/printable.ts";
import { TofuError, UsageError } from "../core/tofu-error.ts";
import { readBounded } from "../evidence/artifact-file.ts";
import { type Answer, SCHEMA_VERSION } from "../protocol/answer.ts";

/** A folder's `TOFU-KEYS` holds some dozen certificates of a few KiB. */
const MAX_FILE_BYTES = 4 << 20;

/** @returns the file's bytes; `undefined` where there is none. */
export async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readBounded(path, MAX_FILE_BYTES);
  } catch (error) {
    if (error instanceof TofuError && error.code === "file-missing") return undefined;
    throw error;
  }
}

/**
 * Refuses to replace a statement: signatures of others may lie beside it, and they would fit it no more.
 *
 * @throws UsageError where a different file is there.
 */
export async function assertFree(path: string, bytes: Uint8Array): Promise<void> {
  const present = await readIfThere(path);
  if (present !== undefined && Buffer.compare(present, bytes) !== 0)
    throw new UsageError(
      `${printablePath(path)} is there already and says something else; it stays`,
      "build on it with --from its folder, or remove it if nobody has signed it",
    );
}

/** Writes a file whole or not at all, and says so. */
export async function writeWhole(
  place: { readonly folder: string; readonly name: string; readonly mode?: number },
  text: string,
): Promise<Answer> {
  const path = join(place.folder, place.name);
  const temporary = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    await mkdir(place.folder, { recursive: true });
    const file = await open(temporary, "wx", place.mode ?? 0o644);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    const why = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
    throw new TofuError("file-unreadable", `${printablePath(path)} can't be written (${why})`, { cause });
  }
  return { schemaVersion: SCHEMA_VERSION, type: "text", path, text };
}
