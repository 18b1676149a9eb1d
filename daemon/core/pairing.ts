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

/** Checksum files that projects sign instead of each artifact, as they call them. */
export const MANIFEST_NAMES: readonly string[] = [
  "SHA256SUMS",
  "SHA256SUMS.txt",
  "sha256sums",
  "sha256sums.txt",
  "sha256sum.txt",
  "SHASUMS256.txt",
  "CHECKSUM",
  "CHECKSUMS",
  "CHECKSUM.txt",
  "CHECKSUMS.txt",
];

/** A signature `x.tar.sign` may cover the tar inside any of these: projects sign once and pack several times. */
const PACKED_TAR = /^(.+\.tar)\.(?:gz|bz2|xz|zst)$/;
const PACKINGS: readonly string[] = [".gz", ".bz2", ".xz", ".zst"];

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

/** @returns the name that a download will have when it is finished; `undefined` for a name that says no such thing. */
export function unfinishedBase(fileName: string): string | undefined {
  const lower = fileName.toLowerCase();
  const suffix = UNFINISHED_SUFFIXES.find((candidate) => lower.endsWith(candidate));
  return suffix === undefined ? undefined : fileName.slice(0, -suffix.length);
}

/** @returns what a download of this name may be called, or have beside it, while it is not finished. */
export function unfinishedNamesFor(fileName: string): readonly string[] {
  return UNFINISHED_SUFFIXES.map((suffix) => fileName + suffix);
}

/** @returns the names of the artifacts that a file of this name may sign; none for a name that no signature has. */
export function artifactNamesFor(signatureName: string): readonly string[] {
  const suffix = SIGNATURE_SUFFIXES.find((candidate) => signatureName.endsWith(candidate));
  if (suffix === undefined || signatureName.length === suffix.length) return [];
  const base = signatureName.slice(0, -suffix.length);
  return base.endsWith(".tar") ? [base, ...PACKINGS.map((packing) => base + packing)] : [base];
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
