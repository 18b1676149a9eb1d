import { type FileHandle, open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { isMark, MAX_MARKS, Marks } from "./marks.ts";

/** A line is a mark and its end; a larger file was not written by us. */
const MAX_BYTES = MAX_MARKS * 2 * 21;

/** Marks that outlive the process: a text file, one mark a line, oldest first. */
export interface MarkFile {
  readonly marks: Marks;
  /** Writes new marks down. They are no history: losing some means judging a file twice, and no more. */
  readonly keep: (fresh: readonly string[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface MarkFileOptions {
  /** The journal is new, so what was judged for another one doesn't count. */
  readonly isFresh: boolean;
  /** Makes a folder that may not be there yet. */
  readonly makeFolder: (folder: string) => Promise<void>;
}

/**
 * Reads the file where there is one. It is written anew with the first mark that is kept, so that watching without
 * anything to judge leaves nothing behind, and again after a write that failed, so that a full disk is made good.
 *
 * @throws the file system's error if it can't be read.
 */
export async function openMarkFile(path: string, { isFresh, makeFolder }: MarkFileOptions): Promise<MarkFile> {
  const marks = new Marks(isFresh ? [] : await readMarks(path));
  let written = marks.size;
  let file: FileHandle | undefined;
  return {
    marks,
    keep: async (more) => {
      // Twice the bound at most: the next start leaves the oldest out.
      if (more.length === 0 || written >= 2 * MAX_MARKS) return;
      written += more.length;
      const before = file;
      file = undefined;
      if (before === undefined) {
        await makeFolder(dirname(path));
        file = await begin(path, marks);
        return;
      }
      try {
        await before.appendFile(lines(more));
        file = before;
      } catch (error) {
        await before.close();
        throw error;
      }
    },
    close: async () => file?.close(),
  };
}

/** @param marks - all that are to be in the file, those that are just being kept among them. */
async function begin(path: string, marks: Marks): Promise<FileHandle> {
  const handle = await open(`${path}.new`, "w", 0o600);
  try {
    await handle.appendFile(lines(marks));
    await rename(`${path}.new`, path);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function readMarks(path: string): Promise<readonly string[]> {
  const handle = await openIfThere(path);
  if (handle === undefined) return [];
  try {
    const stats = await handle.stat();
    if (!stats.isFile() || stats.size > MAX_BYTES) return [];
    return (await handle.readFile("latin1")).split("\n").filter(isMark);
  } finally {
    await handle.close();
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

function lines(marks: Iterable<string>): string {
  return [...marks].map((mark) => `${mark}\n`).join("");
}
