import { basename, dirname, join } from "node:path";
import { MANIFEST_NAMES, SIGNATURE_SUFFIXES, signatureNamesFor } from "../core/pairing.ts";
import { printablePath } from "../core/printable.ts";
import { TofuError } from "../core/tofu-error.ts";
import { openArtifact } from "./artifact-file.ts";
import { Surroundings } from "./surroundings.ts";

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
export async function findSignaturesBeside(
  path: string,
  around: Surroundings = new Surroundings(),
): Promise<SignaturesBeside> {
  const folder = dirname(path);
  const fileName = basename(path);
  const names = signatureNamesFor(fileName);
  const manifestNames = MANIFEST_NAMES.filter((name) => name !== fileName);
  const [detached, unpacked, ...manifests] = await Promise.all([
    present(around, folder, names.detached),
    present(around, folder, names.unpacked),
    ...manifestNames.map((name) => signedManifests(around, folder, { name, artifact: fileName })),
  ]);
  return {
    detached,
    unpacked,
    manifests: manifests.flat(),
    lookedFor: [...SIGNATURE_SUFFIXES, ...(names.unpacked.length === 0 ? [] : [".tar.sign"]), "SHA256SUMS"],
  };
}

async function signedManifests(
  around: Surroundings,
  folder: string,
  { name, artifact }: { readonly name: string; readonly artifact: string },
): Promise<readonly SignedManifest[]> {
  const isClearsigned = (path: string): Promise<boolean> => around.clearsigned.get(path, () => beginsClearsigned(path));
  const [manifest] = await present(around, folder, [name]);
  const suffixes = manifest === undefined ? [".asc"] : SIGNATURE_SUFFIXES;
  const others = suffixes.map((suffix) => name + suffix).filter((other) => other !== artifact);
  const found: SignedManifest[] = [];
  if (manifest !== undefined && (await isClearsigned(manifest))) found.push({ manifest, signature: undefined });
  for (const other of await present(around, folder, others)) {
    // Node's SHASUMS256.txt.asc lies beside SHASUMS256.txt and is a clearsigned copy, no detached signature.
    if (await isClearsigned(other)) found.push({ manifest: other, signature: undefined });
    else if (manifest !== undefined) found.push({ manifest, signature: other });
  }
  return found;
}

async function present(around: Surroundings, folder: string, names: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(names.map((name) => isPresent(around, folder, name)));
  return names.filter((_, at) => found[at]).map((name) => join(folder, name));
}

async function isPresent(around: Surroundings, folder: string, name: string): Promise<boolean> {
  try {
    return await around.isFile(folder, name);
  } catch (error) {
    const path = printablePath(join(folder, name));
    const sentence = `the folder of ${path} could not be searched for signatures; check its permissions`;
    throw new TofuError("file-unreadable", sentence, { cause: error });
  }
}

async function beginsClearsigned(path: string): Promise<boolean> {
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
