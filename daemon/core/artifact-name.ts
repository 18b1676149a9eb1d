import { type Place, parsePlace } from "./artifact-place.ts";
import type { Brand } from "./brand.ts";
import { archiveStem, certainShape, programStem, type Shape, shapeIn } from "./file-conventions.ts";
import { splitNameVersion } from "./name-version.ts";
import { ecosystemOf, type PackageName, packageIn } from "./package-name.ts";
import { shapeOfPath } from "./repository-paths.ts";
import { err, ok, type Result } from "./result.ts";

/** The base name of an artifact: one path segment of at most 255 characters, without controls. */
export type ArtifactFileName = Brand<string, "ArtifactFileName">;

/** A release's version as its ecosystem writes it, `6.0.2` or `6.10-rc3`. */
export type Version = Brand<string, "Version">;

/** What a file's name says of its package. */
export type NameGuess =
  /** The name, the path or the caller leaves no other. */
  | { readonly kind: "known"; readonly package: PackageName; readonly version: Version }
  /** The name fits several ecosystems (rules.md, row 1b): pypi, npm, conda, then always generic. */
  | { readonly kind: "candidates"; readonly packages: readonly PackageName[]; readonly version: Version }
  /** A file like others, but only a person knows its package. `why` is half a sentence: "no version in its name". */
  | { readonly kind: "ask"; readonly why: string }
  /** No artifact has such a name: hostile, a signature, or not finished. Nothing may be guessed or stored. */
  | { readonly kind: "refuse"; readonly why: string };

/** Ecosystems that take plain source archives, in the order in which a person is asked. */
const SOURCE_ECOSYSTEMS = ["pypi", "npm", "conda", "generic"] as const;

/** PEP 508: begins and ends with a letter or digit. */
const PYPI_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/;

const FILE_NAME_MAX = 255;
const VERSION = /^[A-Za-z0-9][A-Za-z0-9.+~:!_-]{0,127}$/;

/** @returns the name, if it is one path segment that a file can have and that carries no control or bidi characters. */
export function parseArtifactFileName(text: string): Result<ArtifactFileName, { readonly code: "not-a-file-name" }> {
  const plain = text.length > 0 && text.length <= FILE_NAME_MAX && text !== "." && text !== ".." && !text.includes("/");
  return plain && !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(text)
    ? ok(text as ArtifactFileName)
    : err({ code: "not-a-file-name" });
}

/** @returns the version, if it is plain ASCII of at most 128 characters. */
export function parseVersion(text: string): Result<Version, { readonly code: "not-a-version" }> {
  return VERSION.test(text) ? ok(text as Version) : err({ code: "not-a-version" });
}

/**
 * Tells the package from a file's name, or from the path or URL under which an index serves it. Each ecosystem's own
 * rules are in `file-conventions.ts`, paths of repositories in `repository-paths.ts`. Time is linear in the input,
 * which is refused past the length of a path.
 *
 * @param input - a file name, a path or a URL.
 * @param ecosystem - the purl type, where the caller knows it; then the answer is never `candidates`.
 */
export function guessPackage(input: string, ecosystem?: string): NameGuess {
  const place = parsePlace(input);
  if (!place.ok) return { kind: "refuse", why: place.error };
  if (ecosystem !== undefined) return guessIn(ecosystem, place.value);
  const shape = certainOf(place.value);
  if (shape !== undefined) return known(shape);
  const { fileName } = place.value;
  const archive = archiveStem(fileName);
  const split = splitNameVersion(archive ?? programStem(fileName) ?? "");
  if (split === undefined) return { kind: "ask", why: whyNoVersion(fileName) };
  if (archive === undefined) return known({ type: "generic", ...split });
  const packages = SOURCE_ECOSYSTEMS.map((type) => packageOf({ type, ...split })).filter((name) => name !== undefined);
  const version = parseVersion(split.version);
  return version.ok && packages.some((name) => ecosystemOf(name) === "generic")
    ? { kind: "candidates", packages, version: version.value }
    : { kind: "ask", why: "its name is no name and version that a package can have" };
}

function guessIn(ecosystem: string, place: Place): NameGuess {
  const shape = [shapeOfPath(place), shapeIn(ecosystem, place)].find((found) => found?.type === ecosystem);
  return shape === undefined ? { kind: "ask", why: `it is not called as files of ${ecosystem} are` } : known(shape);
}

/** A wheel or crate is one wherever it lies; a Debian package on a project's own page is not Debian's. */
function certainOf(place: Place): Shape | undefined {
  const byName = certainShape(place);
  const ownSuffix = byName !== undefined && ["pypi", "conda", "cargo", "gem", "npm"].includes(byName.type);
  return ownSuffix ? byName : (shapeOfPath(place) ?? byName);
}

function known(shape: Shape): NameGuess {
  const name = packageOf(shape);
  const version = parseVersion(shape.version);
  return name !== undefined && version.ok
    ? { kind: "known", package: name, version: version.value }
    : { kind: "ask", why: "its name is no name and version that a package can have" };
}

function packageOf({ type, name }: Shape): PackageName | undefined {
  if (type === "pypi" && !PYPI_NAME.test(name)) return undefined;
  const found = packageIn(type, name);
  return found.ok ? found.value : undefined;
}

function whyNoVersion(fileName: string): string {
  return /\.(?:jar|war|ear|aar|pom)$/i.test(fileName)
    ? "a Java archive's name doesn't tell its group"
    : "there is no version in its name that tells the package";
}
