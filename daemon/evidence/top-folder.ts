import { type ArtifactFileName, guessPackage, parseVersion, type Version } from "../core/artifact-name.ts";
import { archiveStem } from "../core/file-conventions.ts";
import { type NameVersion, splitNameVersion } from "../core/name-version.ts";
import { sameVersion } from "../core/version.ts";
import type { ArtifactFile } from "./artifact-file.ts";
import { openUnpacked, UnpackFailed, UnpackUnsupported } from "./unpacked.ts";

/** Unpacked bytes that are searched for the first entry; comments and long names may stand before it. */
const SEARCHED_BYTES = 64 << 10;

/** A tar is made of blocks of this size (POSIX.1-2017, pax, ustar interchange format). */
const TAR_BLOCK = 512;

/** Types of entries that only describe the next: pax headers, GNU's long names, a volume's label. */
const DESCRIPTIVE = new Set(["x", "g", "L", "K", "V", "X"]);

/** A commit in place of a version, as in archives of a repository's state. */
const COMMIT = /^[0-9a-f]{7,64}$/i;

/**
 * The version that an archive's own top folder names: an old release that is served under a new name still calls
 * itself by the old one inside (rules.md, row 39b). Only the first entry is read.
 *
 * @returns the folder's version, only where the folder is called as the file is (`sunpy-5.0.0/` in
 * `sunpy-6.2.0.tar.gz`); `undefined` for everything odd, since a false alarm costs more than this hint is worth.
 * @throws TofuError if the file can't be read; never for what it holds.
 */
export async function topFolderVersion(file: ArtifactFile, fileName: ArtifactFileName): Promise<Version | undefined> {
  const ofFile = namedBy(fileName);
  if (ofFile === undefined) return undefined;
  const folder = topFolder(await startOf(file));
  const inside = folder === undefined ? undefined : splitNameVersion(folder);
  if (inside === undefined || normalized(inside.name) !== normalized(ofFile.name)) return undefined;
  const [ours, theirs] = [parseVersion(ofFile.version), parseVersion(inside.version)];
  if (!ours.ok || !theirs.ok) return undefined;
  return sameVersion(ours.value, theirs.value) || isClearlyOther(ours.value, theirs.value) ? theirs.value : undefined;
}

/** Only plain archives: Debian renames what upstream packed, and wheels have no such folder. */
function namedBy(fileName: ArtifactFileName): NameVersion | undefined {
  const stem = archiveStem(fileName);
  const guess = guessPackage(fileName);
  const isPlain = guess.kind === "candidates" || (guess.kind === "known" && guess.package.startsWith("pkg:generic/"));
  return stem !== undefined && isPlain && !/\.(?:orig|debian)/.test(stem) ? splitNameVersion(stem) : undefined;
}

function normalized(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, "-");
}

/**
 * Projects drop a suffix from the folder (`1.2.0/` in 1.2.0-rc1) or leave out a date's dots; those are spellings of one
 * release. `1.0.2a` and `1.0.2k` are two.
 */
function isClearlyOther(ours: Version, theirs: Version): boolean {
  const [a, b] = [ours, theirs].map((version) => version.toLowerCase().replace(/[^a-z0-9]/g, ""));
  if (a === undefined || b === undefined || COMMIT.test(theirs)) return false;
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  const isSuffixed = long.startsWith(short) && /^0*(?:[a-z]|$)/.test(long.slice(short.length));
  const isPlain = /^[0-9]+(?:[._-][0-9]+)*(?:[._~-]?[a-z]+[0-9.]*){0,1}$/i.test(theirs);
  return isPlain && !isSuffixed;
}

/** Stops reading once there is enough; it is no failure. */
class Enough extends Error {}

async function startOf(file: ArtifactFile): Promise<Uint8Array> {
  const source = await openUnpacked(file);
  if (source === undefined) return file.head(SEARCHED_BYTES);
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  try {
    await source.read((piece) => {
      pieces.push(Uint8Array.from(piece.subarray(0, SEARCHED_BYTES - bytes)));
      bytes += Math.min(piece.length, SEARCHED_BYTES - bytes);
      if (bytes === SEARCHED_BYTES) throw new Enough();
    });
  } catch (error) {
    // What can't be unpacked has no folder to tell of; whether it may be installed is decided elsewhere.
    const isContent = error instanceof Enough || error instanceof UnpackFailed || error instanceof UnpackUnsupported;
    if (!isContent) throw error;
  }
  return Buffer.concat(pieces);
}

function topFolder(start: Uint8Array): string | undefined {
  const bytes = Buffer.from(start.buffer, start.byteOffset, start.length);
  const path = bytes.toString("latin1", 0, 4) === "PK\u0003\u0004" ? zipPath(bytes) : tarPath(bytes);
  const slash = path?.indexOf("/") ?? -1;
  return path !== undefined && slash > 0 ? path.slice(0, slash) : undefined;
}

/** The name in the first local file header (APPNOTE.TXT, section 4.3.7). */
function zipPath(bytes: Buffer): string | undefined {
  if (bytes.length < 30) return undefined;
  const end = 30 + bytes.readUInt16LE(26);
  return end <= bytes.length ? bytes.toString("latin1", 30, end) : undefined;
}

/** The name in the first header that stands for a file or folder, without a leading `./`. */
function tarPath(bytes: Buffer): string | undefined {
  let at = 0;
  while (at + TAR_BLOCK <= bytes.length) {
    const header = bytes.subarray(at, at + TAR_BLOCK);
    const size = octal(header.subarray(124, 136));
    if (size === undefined || !isHeader(header)) return undefined;
    const path = text(header.subarray(0, 100));
    const isDescriptive = DESCRIPTIVE.has(String.fromCharCode(header[156] ?? 0));
    if (!isDescriptive && path !== "./" && path !== ".") return pathOf(header, path);
    at += TAR_BLOCK + Math.ceil(size / TAR_BLOCK) * TAR_BLOCK;
  }
  return undefined;
}

function pathOf(header: Buffer, name: string): string {
  const isPosix = header.toString("latin1", 257, 263) === "ustar\0";
  const prefix = isPosix ? text(header.subarray(345, 500)) : "";
  const path = prefix === "" ? name : `${prefix}/${name}`;
  return path.startsWith("./") ? path.slice(2) : path;
}

/** The sum of the header's bytes, its own field counted as blanks. */
function isHeader(header: Buffer): boolean {
  let sum = 8 * 0x20;
  for (const [at, byte] of header.entries()) if (at < 148 || at >= 156) sum += byte;
  return octal(header.subarray(148, 156)) === sum;
}

function octal(field: Buffer): number | undefined {
  const [, digits] = /^ *([0-7]{1,11})[ \0]*$/.exec(field.toString("latin1").replace(/\0.*$/s, "")) ?? [];
  return digits === undefined ? undefined : Number.parseInt(digits, 8);
}

function text(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString("latin1", 0, end < 0 ? field.length : end);
}
