import { opendir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { artifactNamesFor, isSignatureName, isUnfinishedName } from "../core/pairing.ts";
import { openArtifact } from "../evidence/artifact-file.ts";
import { Surroundings } from "../evidence/surroundings.ts";

/** What projects call the keys of their releasers, in the order they are read. */
const KEY_FILE_NAMES: readonly string[] = [
  "TOFU-KEYS",
  "KEYS",
  "KEYS.txt",
  "KEYS.asc",
  "signing-key.asc",
  "keyring.asc",
];

/** Entries of the folder that are looked at for other key files; a downloads folder may hold any number. */
const MAX_ENTRIES = 2000;

/** Entries asked of the system at once. */
const ENTRIES_AT_ONCE = 250;

/** Other `.asc` files that are opened, in the order of their names. */
const MAX_SNIFFED_FILES = 32;

/** Bytes of each that are searched for a key block: exports begin with one, after a line or two of text. */
const SNIFFED_BYTES = 4096;

const KEY_BLOCK = "-----BEGIN PGP PUBLIC KEY BLOCK-----";

/**
 * Looks for files with certificates in the artifact's own folder: the usual names, and `.asc` files that begin with a
 * key block. Never a file that is called as a signature of a neighbour. Regular files only, no links.
 *
 * Beyond the usual names at most 2,000 entries and 32 files of 4 KiB are looked at: in a larger folder a key file with
 * a name of its own may be missed, and can be named by hand.
 *
 * @returns paths. A folder or file that can't be read has no key files: a certificate missed makes an answer
 * "unchecked", never good.
 */
export async function findKeyFilesBeside(
  artifactPath: string,
  around: Surroundings = new Surroundings(),
): Promise<readonly string[]> {
  const folder = dirname(artifactPath);
  const found = await around.keyFiles.get(folder, () => findKeyFiles(folder, around));
  return found.filter((path) => basename(path) !== basename(artifactPath));
}

async function findKeyFiles(folder: string, around: Surroundings): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of KEY_FILE_NAMES) if (await isPresent(around, folder, name)) found.push(join(folder, name));
  for (const name of await candidates(folder, around))
    if (await holdsKeyBlock(join(folder, name))) found.push(join(folder, name));
  return found;
}

async function candidates(folder: string, around: Surroundings): Promise<readonly string[]> {
  const listed = await around.filesIn(folder);
  const names = listed === undefined || listed.size > MAX_ENTRIES ? await regularFilesIn(folder) : [...listed];
  const all = new Set(names);
  return names
    .filter((name) => name.endsWith(".asc") && !KEY_FILE_NAMES.includes(name) && !isSignatureOf(name, all))
    .sort()
    .slice(0, MAX_SNIFFED_FILES);
}

/** By its name it is the signature of one of them. */
function isSignatureOf(name: string, all: ReadonlySet<string>): boolean {
  return artifactNamesFor(name).some(
    (artifact) => all.has(artifact) && !isSignatureName(artifact) && !isUnfinishedName(artifact),
  );
}

async function regularFilesIn(folder: string): Promise<readonly string[]> {
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

async function holdsKeyBlock(path: string): Promise<boolean> {
  try {
    const file = await openArtifact(path, { followLinks: false });
    try {
      return Buffer.from(await file.head(SNIFFED_BYTES)).includes(KEY_BLOCK);
    } finally {
      await file.close();
    }
  } catch (error) {
    return onSystemError(error, false);
  }
}

async function isPresent(around: Surroundings, folder: string, name: string): Promise<boolean> {
  try {
    return await around.isFile(folder, name);
  } catch (error) {
    return onSystemError(error, false);
  }
}

/** The file system's refusals and our own words for them have a `code`; a bug has none, and is thrown on. */
function onSystemError<T>(error: unknown, answer: T): T {
  if (error instanceof Error && "code" in error) return answer;
  throw error;
}
