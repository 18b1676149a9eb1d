/** What a detached OpenPGP signature is called: the file's name and one of these, in the case written here. */
export const SIGNATURE_SUFFIXES: readonly string[] = [".asc", ".sig", ".gpg", ".sign"];

/** Downloads that their program has not finished. */
const UNFINISHED_SUFFIXES: readonly string[] = [
  ".part",
  ".partial",
  ".crdownload",
  ".tmp",
  ".download",
  ".aria2",
  ".!ut",
  ".filepart",
];

/** A signature `x.tar.sign` may cover the tar inside any of these: projects sign once and pack several times. */
const PACKED_TAR = /^(.+\.tar)\.(?:gz|bz2|xz|zst)$/;

/** The names that signatures over a file can have, in the order they are looked for. */
export interface SignatureNames {
  /** Over the file's own bytes. */
  readonly detached: readonly string[];
  /** Over the tar that unpacking the file gives; empty for anything but a packed tar. */
  readonly unpacked: readonly string[];
}

/** @returns the names of the signatures that may lie beside an artifact. */
export function signatureNamesFor(fileName: string): SignatureNames {
  const tar = PACKED_TAR.exec(fileName)?.[1];
  return {
    detached: SIGNATURE_SUFFIXES.map((suffix) => fileName + suffix),
    unpacked: tar === undefined ? [] : [".sign", ".asc", ".sig", ".gpg"].map((suffix) => tar + suffix),
  };
}

/** @returns whether a file is called as a detached signature is. A signature is never an artifact. */
export function isSignatureName(fileName: string): boolean {
  return SIGNATURE_SUFFIXES.some((suffix) => fileName.length > suffix.length && fileName.endsWith(suffix));
}

/** @returns whether a file is called as an unfinished download is; letter case doesn't matter. */
export function isUnfinishedName(fileName: string): boolean {
  const lower = fileName.toLowerCase();
  return UNFINISHED_SUFFIXES.some((suffix) => lower.endsWith(suffix));
}

/**
 * Says which signature file belongs to which artifacts, by exact name only: never by neighbourhood, never across
 * letter case.
 *
 * @param names - base names of the files in one folder.
 * @returns every signature file among them with its artifacts, in the order given; none for a stray signature.
 */
export function pairSignatures(names: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const pairs = new Map<string, string[]>(names.filter(isSignatureName).map((name) => [name, []]));
  for (const artifact of new Set(names)) {
    if (isSignatureName(artifact) || isUnfinishedName(artifact)) continue;
    const { detached, unpacked } = signatureNamesFor(artifact);
    for (const signature of [...detached, ...unpacked]) pairs.get(signature)?.push(artifact);
  }
  return pairs;
}
