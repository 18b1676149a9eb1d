import type { Version } from "../core/artifact-name.ts";
import { guessPackage } from "../core/artifact-name.ts";
import { ecosystemOf, type PackageName, packageIn, parsePackageName, shortName } from "../core/package-name.ts";
import { escapeText } from "../core/printable.ts";
import { UsageError } from "../core/tofu-error.ts";
import { isKnown, type Known, knownPackages } from "./known.ts";

/** Ecosystems that a name without one may belong to, in the order in which candidates are listed. */
const ECOSYSTEMS = ["pypi", "npm", "conda", "cargo", "gem", "deb/debian", "generic"] as const;
const MAX_NAMES_SCANNED = 10_000;
const MAX_CANDIDATES = 20;

/** The package a file belongs to, or the several it may belong to. */
export type Named =
  | { readonly kind: "one"; readonly package: PackageName; readonly version: Version | undefined }
  | { readonly kind: "ambiguous"; readonly candidates: readonly PackageName[]; readonly version: Version };

/**
 * @param text - `sunpy`, `pypi/sunpy` or `pkg:pypi/sunpy`, as a user typed it.
 * @returns the package meant: a bare name is the one known package of that name.
 * @throws UsageError with the candidates, or with near names, where that is not one.
 */
export async function resolvePackage(known: Known, text: string): Promise<PackageName> {
  const parsed = parsePackageName(text);
  if (parsed.ok) return parsed.value;
  const shown = escapeText(text);
  if (parsed.error.code !== "no-scheme")
    throw new UsageError(`"${shown}" is no package name (${parsed.error.code}); write it as pypi/sunpy`);
  const found = await packagesNamed(known, text);
  const [first, ...others] = found;
  if (first === undefined) {
    const near = await similarNames(known, text);
    const hint =
      near.length > 0
        ? `did you mean ${near.map((name) => shortName(name)).join(" or ")}?`
        : packageIn("pypi", text).ok
          ? `a name never seen here needs its ecosystem: pypi/${shown}`
          : "a package is written as pypi/sunpy";
    throw new UsageError(`no package named "${shown}" is known here`, hint);
  }
  if (others.length > 0) throw new UsageError(`"${shown}" is ${found.join(" and ")} here; say which`, found.join(", "));
  return first;
}

/**
 * @param path - of the artifact.
 * @param packageText - what the user said, if anything; it is believed before the file's name.
 * @throws UsageError where neither tells: nothing is guessed silently.
 */
export async function nameArtifact(
  known: Known,
  {
    path,
    packageText,
    version,
  }: { readonly path: string; readonly packageText: string | undefined; readonly version: Version | undefined },
): Promise<Named> {
  if (packageText !== undefined) {
    const name = await resolvePackage(known, packageText);
    return { kind: "one", package: name, version: version ?? versionIn(path, name) };
  }
  const guess = guessPackage(path);
  const shown = escapeText(path.slice(path.lastIndexOf("/") + 1));
  switch (guess.kind) {
    case "known":
      return { kind: "one", package: guess.package, version: version ?? guess.version };
    case "candidates":
      return await chooseCandidate(known, guess.packages, version ?? guess.version);
    case "ask":
      throw new UsageError(`which package "${shown}" is can't be told from its name; say --package`, guess.why);
    case "refuse":
      throw new UsageError(
        `"${shown}" is no name of a release: ${guess.why}`,
        "rename the file, or say --package and --release",
      );
  }
}

/** A name that is certain, a Debian source, say, keeps its version whatever package the user says that it belongs to. */
function versionIn(path: string, name: PackageName): Version | undefined {
  const certain = guessPackage(path);
  if (certain.kind === "known") return certain.version;
  const told = guessPackage(path, ecosystemOf(name));
  return told.kind === "known" || told.kind === "candidates" ? told.version : undefined;
}

/** Row 1b: the one package of that name that is known here; none: the generic one; several: a question. */
async function chooseCandidate(known: Known, packages: readonly PackageName[], version: Version): Promise<Named> {
  const found = await existing(known, packages);
  const [first, ...others] = found;
  if (first !== undefined && others.length > 0) return { kind: "ambiguous", candidates: found, version };
  const name = first ?? packages.find((candidate) => candidate.startsWith("pkg:generic/"));
  if (name === undefined)
    throw new UsageError(`which package this is can't be told from the name; say --package`, packages.join(", "));
  return { kind: "one", package: name, version };
}

/** @returns the packages of this bare name that are known here. */
async function packagesNamed(known: Known, bare: string): Promise<readonly PackageName[]> {
  const names = ECOSYSTEMS.map((type) => packageIn(type, bare)).flatMap((name) => (name.ok ? [name.value] : []));
  const direct = await existing(known, names);
  if (direct.length > 0) return direct;
  const folded = bare.toLowerCase();
  return await scan(
    known,
    (name) => shortName(name).toLowerCase() === folded || shortName(name).toLowerCase().endsWith(`/${folded}`),
  );
}

async function similarNames(known: Known, text: string): Promise<readonly PackageName[]> {
  const folded = text.toLowerCase();
  return (await scan(known, (name) => isNear(shortName(name).toLowerCase(), folded))).slice(0, 3);
}

async function existing(known: Known, names: readonly PackageName[]): Promise<readonly PackageName[]> {
  const found: PackageName[] = [];
  for (const name of new Set(names)) if (await isKnown(known, name)) found.push(name);
  return found;
}

async function scan(known: Known, wanted: (name: PackageName) => boolean): Promise<readonly PackageName[]> {
  const found: PackageName[] = [];
  let scanned = 0;
  for await (const name of knownPackages(known)) {
    scanned += 1;
    if (scanned > MAX_NAMES_SCANNED || found.length >= MAX_CANDIDATES) break;
    if (wanted(name)) found.push(name);
  }
  return found;
}

/** One letter added, lost, changed, or two swapped. */
function isNear(a: string, b: string): boolean {
  if (a === b) return true;
  if (Math.abs(a.length - b.length) > 1) return false;
  let from = 0;
  while (from < Math.min(a.length, b.length) && a[from] === b[from]) from += 1;
  const [restA, restB] = [a.slice(from), b.slice(from)];
  const swapped =
    restA.length > 1 && restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2);
  return swapped || restA.slice(1) === restB || restA === restB.slice(1) || restA.slice(1) === restB.slice(1);
}
