import { type FileHandle, open, rename } from "node:fs/promises";
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

/**
 * Opens the file, or begins one.
 *
 * @param isFresh - the journal is new, so what was judged for another one doesn't count.
 * @throws the file system's error if it can't be written.
 */
export async function openMarkFile(path: string, { isFresh }: { readonly isFresh: boolean }): Promise<MarkFile> {
  const marks = new Marks(isFresh ? [] : await readMarks(path));
  const fresh = `${path}.new`;
  const handle = await open(fresh, "w", 0o600);
  try {
    if (marks.size > 0) await handle.appendFile(lines(marks));
    await rename(fresh, path);
  } catch (error) {
    await handle.close();
    throw error;
  }
  let written = marks.size;
  return {
    marks,
    keep: async (more) => {
      // Twice the bound at most: the next start leaves the oldest out.
      if (more.length === 0 || written >= 2 * MAX_MARKS) return;
      written += more.length;
      await handle.appendFile(lines(more));
    },
    close: () => handle.close(),
  };
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
