import { lstat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { MANIFEST_NAMES, SIGNATURE_SUFFIXES, signatureNamesFor } from "../core/pairing.ts";
import { printablePath } from "../core/printable.ts";
import { TofuError } from "../core/tofu-error.ts";
import { openArtifact } from "./artifact-file.ts";

const CLEARSIGNED = "-----BEGIN PGP SIGNED MESSAGE-----";

/** A byte order mark and a blank line or two may stand before the armor. */
const SNIFFED_BYTES = 128;

/** A signed list of digests. `signature` is undefined where the manifest is clearsigned: it carries its own. */
export interface SignedManifest {
  readonly manifest: string;
  readonly signature: string | undefined;
}

/** Paths of what lies beside an artifact. Nothing is said of what they hold. */
export interface SignaturesBeside {
  readonly detached: readonly string[];
  /** Over the unpacked tar. */
  readonly unpacked: readonly string[];
  readonly manifests: readonly SignedManifest[];
  /** Suffixes and names for the answer about an unsigned file, `.asc` or `SHA256SUMS`. */
  readonly lookedFor: readonly string[];
}

/**
 * Looks for signatures in the artifact's own folder, by exact name. Regular files only; a link is not followed, since
 * nobody named it. Asks for some 30 names, however many files the folder has.
 *
 * @param path - of the artifact; if it is a link, the link's folder counts.
 * @throws TofuError `file-unreadable` if the folder can't be asked: that is no "unsigned".
 */
export async function findSignaturesBeside(path: string): Promise<SignaturesBeside> {
  const folder = dirname(path);
  const fileName = basename(path);
  const names = signatureNamesFor(fileName);
  const manifestNames = MANIFEST_NAMES.filter((name) => name !== fileName);
  const [detached, unpacked, ...manifests] = await Promise.all([
    present(folder, names.detached),
    present(folder, names.unpacked),
    ...manifestNames.map((name) => signedManifests(folder, name, fileName)),
  ]);
  return {
    detached,
    unpacked,
    manifests: manifests.flat(),
    lookedFor: [...SIGNATURE_SUFFIXES, ...(names.unpacked.length === 0 ? [] : [".tar.sign"]), "SHA256SUMS"],
  };
}

async function signedManifests(folder: string, name: string, artifact: string): Promise<readonly SignedManifest[]> {
  const [manifest] = await present(folder, [name]);
  const suffixes = manifest === undefined ? [".asc"] : SIGNATURE_SUFFIXES;
  const others = suffixes.map((suffix) => name + suffix).filter((other) => other !== artifact);
  const found: SignedManifest[] = [];
  if (manifest !== undefined && (await isClearsigned(manifest))) found.push({ manifest, signature: undefined });
  for (const other of await present(folder, others)) {
    // Node's SHASUMS256.txt.asc lies beside SHASUMS256.txt and is a clearsigned copy, no detached signature.
    if (await isClearsigned(other)) found.push({ manifest: other, signature: undefined });
    else if (manifest !== undefined) found.push({ manifest, signature: other });
  }
  return found;
}

async function present(folder: string, names: readonly string[]): Promise<readonly string[]> {
  const paths = names.map((name) => join(folder, name));
  const found = await Promise.all(paths.map(isRegularFile));
  return paths.filter((_, at) => found[at]);
}

async function isRegularFile(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isFile();
  } catch (error) {
    if (isAbsence(error)) return false;
    const sentence = `the folder of ${printablePath(path)} could not be searched for signatures; check its permissions`;
    throw new TofuError("file-unreadable", sentence, { cause: error });
  }
}

/** A name too long for the file system is the name of no file. */
function isAbsence(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENAMETOOLONG");
}

async function isClearsigned(path: string): Promise<boolean> {
  const file = await openArtifact(path, { followLinks: false });
  try {
    const start = Buffer.from(await file.head(SNIFFED_BYTES)).toString("utf8");
    return start
      .replace(/^\uFEFF/, "")
      .trimStart()
      .startsWith(CLEARSIGNED);
  } finally {
    await file.close();
  }
}
