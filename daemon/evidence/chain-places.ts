import { lstat, opendir, realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { findKeyFilesBeside } from "../certificates/beside.ts";
import { formatChainFile, MAX_CHAIN_BYTES, MAX_CHAIN_STATEMENTS, MAX_STATEMENT_BLOCKS } from "../core/chain-file.ts";
import { printablePath } from "../core/printable.ts";
import { MAX_STATEMENT_BYTES } from "../core/statement-text.ts";
import { TofuError } from "../core/tofu-error.ts";
import { openArtifact } from "./artifact-file.ts";
import type { FoundChain } from "./statement-gathering.ts";
import { Surroundings } from "./surroundings.ts";

/** What maintainers call a chain beside a release, and the folder of their repository (rules.md, section 4.4). */
export const CHAIN_FILE_NAME = "TOFU-HANDOVERS";
export const CHAIN_FOLDER_NAME = "tofu-handovers";
const CHAIN_SUFFIX = ".handovers";

/** Entries of a folder that are looked at: as many as the longest chain has files. */
const MAX_ENTRIES: number = MAX_CHAIN_STATEMENTS * (MAX_STATEMENT_BLOCKS + 1);
const ENTRIES_AT_ONCE = 250;
/** A block with 64 packets of RSA-4096 has some 60 KiB. */
const MAX_BLOCK_BYTES = 1 << 17;
const STATEMENT = /^(\d{4,6})\.txt$/;
/** `0002.txt.FPR.asc` by any OpenPGP tool, `0002.txt.sig` by `ssh-keygen -Y sign`. */
const SIGNATURE_SUFFIX = /\.(?:asc|sig)$/;
const ARMOR = /^\s*-----BEGIN /;
const SNIFFED_BYTES = 64;

/**
 * Looks for statements beside an artifact: `TOFU-HANDOVERS`, `<artifact>.handovers`, and a folder `tofu-handovers`.
 * Regular files only, no links, since nobody named them.
 *
 * @returns what could be read; a chain that is not there, or cannot be read, is one more that says nothing.
 */
export async function findChainsBeside(
  artifactPath: string,
  around: Surroundings = new Surroundings(),
): Promise<readonly FoundChain[]> {
  const folder = dirname(artifactPath);
  const found: Omit<FoundChain, "keyFiles">[] = [];
  for (const name of [CHAIN_FILE_NAME, basename(artifactPath) + CHAIN_SUFFIX]) {
    const bytes = await readPresent(around, folder, name);
    if (bytes !== undefined) found.push({ bytes, place: join(folder, name) });
  }
  const chainFolder = join(folder, CHAIN_FOLDER_NAME);
  const inFolder = await around.files.get(chainFolder, () => readFolder(chainFolder));
  if (inFolder !== undefined) found.push({ bytes: inFolder, place: chainFolder });
  if (found.length === 0) return [];
  const keyFiles = await findKeyFilesBeside(artifactPath, around);
  const inside = inFolder === undefined ? [] : await keysInside(join(folder, CHAIN_FOLDER_NAME));
  return found.map((chain) => ({ ...chain, keyFiles: [...keyFiles, ...inside] }));
}

async function readPresent(around: Surroundings, folder: string, name: string): Promise<Uint8Array | undefined> {
  const isPresent = await around.isFile(folder, name).catch((error: unknown) => onSystemError(error, false));
  if (!isPresent) return undefined;
  const path = join(folder, name);
  return around.files.get(path, () => readQuietly(path, MAX_CHAIN_BYTES + 1));
}

/**
 * Reads statements from a place that was named by hand: a chain file, one statement with its signatures beside it, a
 * folder of statements, or a clone that has one of these at its root.
 *
 * @throws TofuError `file-missing`, `file-unreadable` or `file-not-regular`, also where a folder holds no statement.
 */
export async function readChainFrom(path: string): Promise<FoundChain> {
  if (!(await isFolder(path))) return { ...(await readNamedFile(path)), keyFiles: await findKeyFilesBeside(path) };
  const root = await realpath(path);
  for (const folder of [join(root, CHAIN_FOLDER_NAME), root]) {
    const bytes = await readFolder(folder);
    if (bytes === undefined) continue;
    const keyFiles = [...(await keysInside(folder)), ...(await findKeyFilesBeside(folder))];
    return { bytes, place: folder, keyFiles };
  }
  const file = join(root, CHAIN_FILE_NAME);
  const bytes = await readQuietly(file, MAX_CHAIN_BYTES + 1);
  if (bytes !== undefined) return { bytes, place: file, keyFiles: await findKeyFilesBeside(file) };
  const sentence = `${printablePath(path)} holds no ${CHAIN_FOLDER_NAME} and no ${CHAIN_FILE_NAME}; name the file`;
  throw new TofuError("file-missing", sentence);
}

/** A statement alone says nothing; its signatures lie beside it under its name. */
async function readNamedFile(path: string): Promise<Pick<FoundChain, "bytes" | "place">> {
  const bytes = await readStart(path, MAX_CHAIN_BYTES + 1, { followLinks: true });
  if (Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes("-----BEGIN "))
    return { bytes, place: path };
  const names = await namesIn(dirname(path));
  const blocks = await readBlocks(dirname(path), signaturesFor(basename(path), names));
  return { bytes: blocks.length === 0 ? bytes : formatChainFile([{ statement: bytes, blocks }]), place: path };
}

/** @returns the folder's statements as one chain file; `undefined` where it holds none. */
async function readFolder(folder: string): Promise<Uint8Array | undefined> {
  if (!(await isPlainFolder(folder))) return undefined;
  const names = await namesIn(folder);
  const statements = names
    .filter((name) => STATEMENT.test(name))
    .sort((a, b) => sequence(a) - sequence(b) || byText(a, b));
  const parts: { readonly statement: Uint8Array; readonly blocks: readonly { readonly bytes: Uint8Array }[] }[] = [];
  let total = 0;
  for (const name of statements) {
    const statement = await readQuietly(join(folder, name), MAX_STATEMENT_BYTES + 1);
    // Never jumped: what lies behind one that is missing leads nowhere.
    if (statement === undefined) break;
    const blocks = await readBlocks(folder, signaturesFor(name, names));
    parts.push({ statement, blocks });
    total += [statement, ...blocks.map(({ bytes }) => bytes)].reduce((sum, { length }) => sum + length + 1, 0);
    // A statement that nobody signed would run into the next one.
    if (total > MAX_CHAIN_BYTES || blocks.length === 0) break;
  }
  return parts.length === 0 ? undefined : formatChainFile(parts);
}

function sequence(name: string): number {
  return Number(STATEMENT.exec(name)?.[1] ?? 0);
}

function byText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function signaturesFor(statement: string, names: readonly string[]): readonly string[] {
  return names.filter((name) => name.startsWith(`${statement}.`) && SIGNATURE_SUFFIX.test(name)).sort();
}

/** One more than may count, so that too many are told as such. What is not armored would spoil the whole chain. */
async function readBlocks(
  folder: string,
  names: readonly string[],
): Promise<readonly { readonly bytes: Uint8Array }[]> {
  const blocks: { readonly bytes: Uint8Array }[] = [];
  for (const name of names.slice(0, MAX_STATEMENT_BLOCKS + 1)) {
    const bytes = await readQuietly(join(folder, name), MAX_BLOCK_BYTES);
    if (bytes === undefined) continue;
    if (ARMOR.test(Buffer.from(bytes.subarray(0, SNIFFED_BYTES)).toString("latin1"))) blocks.push({ bytes });
  }
  return blocks;
}

function keysInside(folder: string): Promise<readonly string[]> {
  return findKeyFilesBeside(join(folder, CHAIN_FILE_NAME));
}

async function namesIn(folder: string): Promise<readonly string[]> {
  const names: string[] = [];
  let seen = 0;
  try {
    // Leaving the loop closes the folder.
    for await (const entry of await opendir(folder, { bufferSize: ENTRIES_AT_ONCE })) {
      if (entry.isFile()) names.push(entry.name);
      seen += 1;
      if (seen >= MAX_ENTRIES) break;
    }
    return names;
  } catch (error) {
    return onSystemError(error, []);
  }
}

/** @returns the file's first bytes; `undefined` where it is no regular file, or cannot be read. */
async function readQuietly(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
  try {
    return await readStart(path, maxBytes, { followLinks: false });
  } catch (error) {
    return onSystemError(error, undefined);
  }
}

async function readStart(
  path: string,
  maxBytes: number,
  options: { readonly followLinks: boolean },
): Promise<Uint8Array> {
  const file = await openArtifact(path, options);
  try {
    return await file.head(maxBytes);
  } finally {
    await file.close();
  }
}

async function isPlainFolder(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory();
  } catch (error) {
    return onSystemError(error, false);
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    return onSystemError(error, false);
  }
}

/** The file system's refusals and our own words for them have a `code`; a bug has none, and is thrown on. */
function onSystemError<T>(error: unknown, answer: T): T {
  if (error instanceof Error && "code" in error) return answer;
  throw error;
}
