import { lstat, opendir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { CertificateFile } from "../certificates/certificate-file.ts";
import type { ReadSmall } from "./artifact-file.ts";

/** Files of one request in one folder from which on a large folder, too, is listed once instead of asked for each name. */
const MANY_FILES = 4;
/** A folder with more entries is asked name by name. For a file or two that is some 40 names, so a listing must be short. */
const MAX_LISTED_ENTRIES = 20_000;
const MAX_LISTED_FOR_FEW = 500;
const ENTRIES_AT_ONCE = 1000;

/** Answers that are found once and kept, each under its own word. */
export class Once<T> {
  readonly #found = new Map<string, Promise<T>>();

  /** @returns what `find` says, or said the first time, also where that was an error. */
  get(word: string, find: () => Promise<T>): Promise<T> {
    const found = this.#found.get(word) ?? find();
    this.#found.set(word, found);
    return found;
  }
}

/**
 * What lies beside the files of one request. A thousand files of one folder share their key files, lists and statements:
 * each of them is looked for and read once, and what it holds is as of then, for this request alone.
 */
export class Surroundings {
  /** Paths of key files by folder. */
  readonly keyFiles: Once<readonly string[]> = new Once();
  readonly certificates: Once<CertificateFile> = new Once();
  readonly clearsigned: Once<boolean> = new Once();
  /** Whole files by path; `undefined` where there is none that may be read. */
  readonly files: Once<Uint8Array | undefined> = new Once();
  readonly #listings = new Once<ReadonlySet<string> | undefined>();
  /** How many of the request's files lie in a folder. */
  readonly #counts: ReadonlyMap<string, number>;

  /** Who reads small files of this request; absent: each is read by itself. */
  readonly readSmall: ReadSmall | undefined;

  /** @param paths - the request's files; empty: each question is asked of the disk. */
  constructor(paths: readonly string[] = [], readSmall?: ReadSmall) {
    this.readSmall = readSmall;
    const counts = new Map<string, number>();
    for (const folder of paths.map((path) => dirname(path))) counts.set(folder, (counts.get(folder) ?? 0) + 1);
    this.#counts = counts;
  }

  /** @returns the regular files of a folder of the request; `undefined` where they are many, or can't be listed. */
  async filesIn(folder: string): Promise<ReadonlySet<string> | undefined> {
    const count = this.#counts.get(folder) ?? 0;
    if (count === 0) return undefined;
    const most = count < MANY_FILES ? MAX_LISTED_FOR_FEW : MAX_LISTED_ENTRIES;
    return await this.#listings.get(folder, () => listFiles(folder, most));
  }

  /**
   * @returns whether a regular file of that name lies in the folder; a link is none.
   * @throws what the file system says, but for a file that is not there.
   */
  async isFile(folder: string, name: string): Promise<boolean> {
    const listing = await this.filesIn(folder);
    return listing === undefined ? await isRegularFile(join(folder, name)) : listing.has(name);
  }
}

/** @returns the regular files of a folder; `undefined` where it has too many entries, or can't be listed. */
async function listFiles(folder: string, mostEntries: number): Promise<ReadonlySet<string> | undefined> {
  const names = new Set<string>();
  let seen = 0;
  try {
    // Leaving the loop closes the folder.
    for await (const entry of await opendir(folder, { bufferSize: ENTRIES_AT_ONCE })) {
      if (entry.isFile()) names.add(entry.name);
      seen += 1;
      if (seen > mostEntries) return undefined;
    }
    return names;
  } catch (error) {
    // Whoever asks for a name gets the file system's own answer; a bug has no code and is thrown on.
    if (error instanceof Error && "code" in error) return undefined;
    throw error;
  }
}

async function isRegularFile(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isFile();
  } catch (error) {
    if (isAbsence(error)) return false;
    throw error;
  }
}

/** A name too long for the file system is the name of no file. */
function isAbsence(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENAMETOOLONG");
}
