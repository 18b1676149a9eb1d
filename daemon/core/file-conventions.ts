import type { Place } from "./artifact-place.ts";
import { isVariant, type NameVersion, splitBefore, splitNameVersion, withoutV } from "./name-version.ts";

/** A package as a convention spells it; whether the name is one there is for the caller to check. */
export interface Shape extends NameVersion {
  /** purl type. */
  readonly type: string;
  /** For deb, apk and alpm with the distribution before it: `debian/curl`. */
  readonly name: string;
}

/** Suffixes of archives that any ecosystem may use for its sources. */
const ARCHIVE = /\.(?:tar|tgz|tbz2?|txz|tzst|tar\.(?:gz|bz2|xz|zst|lz|lzma|lzo|z)|zip|7z)$/i;

/** Suffixes of programs and images: no registry of source packages has them. */
const PROGRAM =
  /\.(?:exe|msi|msix|dmg|pkg|appimage|snap|flatpak|run|bin|iso|img|raw|qcow2|ova|phar|pyz|vsix|xpi|img\.(?:gz|xz|zst)|iso\.(?:gz|xz)|(?:gz|bz2|xz|zst|lz))$/i;

/** https://semver.org, section 2, 9 and 10. */
const SEMVER = /^[0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;

/** PEP 440, appendix B, in the spellings that it normalises. */
const PEP440 =
  /^v?(?:[0-9]+!)?[0-9][0-9.]*(?:[-_.]?(?:alpha|a|beta|b|preview|pre|rc|c)[-_.]?[0-9]*)?(?:-[0-9]+|[-_.]?(?:post|rev|r)[-_.]?[0-9]*)?(?:[-_.]?dev[-_.]?[0-9]*)?(?:\+[A-Za-z0-9._-]+)?$/i;

/** A build string as conda-build makes it: `py311h64a7726_0`, `h1234567_0`, `pyhd8ed1ab_0`, `py27_1`. */
const CONDA_BUILD = /^(?:py[0-9h][A-Za-z0-9_.]*|[A-Za-z0-9_.]*h[0-9a-f]{7})_[0-9]+$/;
const CONDA_PLATFORM = /^(?:noarch|linux-[a-z0-9_]+|osx-[a-z0-9_]+|win-[a-z0-9_]+)$/;
const STARTS_WITH_DIGIT = /^[0-9]/;

type Convention = (place: Place) => Shape | undefined;

/** Each says what is certain from the file's own name, or the path an index serves it under. The first that fits decides. */
const CONVENTIONS: readonly Convention[] = [
  wheel,
  condaPackage,
  crate,
  gem,
  npmTarball,
  pypiFile,
  debian,
  rpm,
  alpine,
  arch,
  nuget,
];

/** @returns the one package that the name itself tells, `undefined` if it tells none or several. */
export function certainShape(place: Place): Shape | undefined {
  for (const convention of CONVENTIONS) {
    const shape = convention(place);
    if (shape !== undefined) return shape;
  }
  return undefined;
}

/** @returns the package that a file of this ecosystem holds, for a caller who knows the ecosystem. */
export function shapeIn(ecosystem: string, place: Place): Shape | undefined {
  const certain = certainShape(place);
  if (certain?.type === ecosystem) return certain;
  const stem = archiveStem(place.fileName);
  if (stem === undefined) return undefined;
  switch (ecosystem) {
    case "pypi":
      return shape("pypi", splitBefore(stem, PEP440));
    case "npm":
      return shape("npm", splitBefore(stem, SEMVER));
    case "conda":
      return condaParts(stem);
    case "deb":
      return shape("deb", debianSource(stem) ?? splitNameVersion(stem), "debian/");
    default:
      return shape(ecosystem, splitNameVersion(stem));
  }
}

/** @returns a source archive's name without its suffix. */
export function archiveStem(fileName: string): string | undefined {
  const found = ARCHIVE.exec(fileName);
  return found === null ? undefined : fileName.slice(0, found.index);
}

/** @returns the name of a program or image without its suffix. */
export function programStem(fileName: string): string | undefined {
  const found = PROGRAM.exec(fileName);
  return found === null ? undefined : fileName.slice(0, found.index);
}

function shape(type: string, parts: NameVersion | undefined, prefix = ""): Shape | undefined {
  return parts === undefined ? undefined : { type, name: prefix + parts.name, version: parts.version };
}

/** @returns the name without a suffix, in any letter case. */
function stemOf(fileName: string, suffix: string): string | undefined {
  return fileName.toLowerCase().endsWith(suffix) ? fileName.slice(0, -suffix.length) : undefined;
}

/** NAME-VERSION(-BUILD)?-PYTHON-ABI-PLATFORM.whl (PEP 427); a build tag starts with a digit. */
function wheel({ fileName }: Place): Shape | undefined {
  const parts = stemOf(fileName, ".whl")?.split("-") ?? [];
  const [name = "", version = ""] = parts;
  const fits = parts.length === 5 || (parts.length === 6 && STARTS_WITH_DIGIT.test(parts[2] ?? ""));
  return fits && PEP440.test(version) ? { type: "pypi", name, version } : undefined;
}

/** NAME-VERSION-BUILD, split twice from the right: a name may have hyphens, the others may not (conda's package spec). */
function condaPackage({ fileName, folders }: Place): Shape | undefined {
  const conda = stemOf(fileName, ".conda");
  if (conda !== undefined) return condaParts(conda);
  const old = stemOf(fileName, ".tar.bz2");
  const inChannel = CONDA_PLATFORM.test(folders.at(-1) ?? "");
  return old !== undefined && (inChannel || CONDA_BUILD.test(old.slice(old.lastIndexOf("-") + 1)))
    ? condaParts(old)
    : undefined;
}

function condaParts(stem: string): Shape | undefined {
  const parts = stem.split("-");
  const version = parts.at(-2) ?? "";
  return parts.length >= 3 && STARTS_WITH_DIGIT.test(version)
    ? { type: "conda", name: parts.slice(0, -2).join("-"), version }
    : undefined;
}

function crate({ fileName, folders }: Place): Shape | undefined {
  const stem = stemOf(fileName, ".crate");
  if (stem !== undefined) return shape("cargo", splitBefore(stem, SEMVER));
  const [collection, name = "", version = ""] = folders.slice(-3);
  return fileName === "download" && collection === "crates" && SEMVER.test(version)
    ? { type: "cargo", name, version }
    : undefined;
}

function gem({ fileName }: Place): Shape | undefined {
  const stem = stemOf(fileName, ".gem");
  return stem === undefined ? undefined : shape("gem", splitNameVersion(stem));
}

/** An npm registry serves NAME/-/NAME-VERSION.tgz, and @SCOPE/NAME/-/NAME-VERSION.tgz. */
function npmTarball({ fileName, folders }: Place): Shape | undefined {
  const [scope = "", name = "", dash] = folders.slice(-3).length === 3 ? folders.slice(-3) : ["", ...folders.slice(-2)];
  const stem = stemOf(fileName, ".tgz");
  if (dash !== "-" || stem === undefined || !stem.startsWith(`${name}-`)) return undefined;
  const version = stem.slice(name.length + 1);
  if (!SEMVER.test(version)) return undefined;
  return { type: "npm", name: scope.startsWith("@") ? `${scope}/${name}` : name, version };
}

/** PyPI serves files under packages/HH/HH/REST-OF-BLAKE2B/FILE. */
function pypiFile({ fileName, folders }: Place): Shape | undefined {
  const [root, first = "", second = "", rest = ""] = folders.slice(-4);
  const stem = archiveStem(fileName);
  const isServed = root === "packages" && /^[0-9a-f]{2}$/.test(first) && /^[0-9a-f]{2}$/.test(second);
  return isServed && /^[0-9a-f]{60}$/.test(rest) && stem !== undefined
    ? shape("pypi", splitBefore(stem, PEP440))
    : undefined;
}

/** NAME_VERSION_ARCH.deb, NAME_VERSION.dsc, NAME_VERSION.orig(-PART)?.tar.*, NAME_VERSION.debian.tar.* (deb-src(5)). */
function debian({ fileName }: Place): Shape | undefined {
  const binary = /^([a-z0-9][a-z0-9.+-]*)_([0-9][A-Za-z0-9.+~:-]*)_[a-z0-9-]+\.u?d?deb$/.exec(fileName);
  const description = /^([a-z0-9][a-z0-9.+-]*)_([0-9][A-Za-z0-9.+~:-]*)\.(?:dsc|diff\.gz)$/.exec(fileName);
  const [, name, version] = binary ?? description ?? [];
  if (name !== undefined && version !== undefined) return { type: "deb", name: `debian/${name}`, version };
  const stem = archiveStem(fileName);
  const isSource = stem !== undefined && /\.(?:orig(?:-[A-Za-z0-9-]+)?|debian)$/.test(stem);
  return isSource ? shape("deb", debianSource(stem), "debian/") : undefined;
}

function debianSource(stem: string): NameVersion | undefined {
  const [, name, version] = /^([a-z0-9][a-z0-9.+-]*)_([0-9][A-Za-z0-9.+~:-]*)$/.exec(stem) ?? [];
  if (name === undefined || version === undefined) return undefined;
  return { name, version: version.replace(/\.(?:orig(?:-[A-Za-z0-9-]+)?|debian)$/, "") };
}

/** NAME-VERSION-RELEASE.ARCH.rpm, split twice from the right (rpm-version(7)). */
function rpm({ fileName }: Place): Shape | undefined {
  const parts = stemOf(fileName, ".rpm")?.split("-") ?? [];
  const [version = "", last = ""] = parts.slice(-2);
  const release = last.slice(0, Math.max(0, last.lastIndexOf(".")));
  return parts.length >= 3 && release !== ""
    ? { type: "rpm", name: parts.slice(0, -2).join("-"), version: `${version}-${release}` }
    : undefined;
}

/** NAME-VERSION-rN.apk; an Android program has no such end. */
function alpine({ fileName }: Place): Shape | undefined {
  const stem = stemOf(fileName, ".apk");
  return stem === undefined ? undefined : shape("apk", splitBefore(stem, /^[0-9][A-Za-z0-9._]*-r[0-9]+$/), "alpine/");
}

/** NAME-VERSION-RELEASE-ARCH.pkg.tar.zst (makepkg). */
function arch({ fileName }: Place): Shape | undefined {
  const [, stem] = /^(.+)\.pkg\.tar\.(?:zst|xz|gz)$/.exec(fileName) ?? [];
  const parts = stem?.split("-") ?? [];
  const [version = "", release = "", machine = ""] = parts.slice(-3);
  return parts.length >= 4 && isVariant(machine)
    ? { type: "alpm", name: `arch/${parts.slice(0, -3).join("-")}`, version: `${version}-${release}` }
    : undefined;
}

/** NAME.VERSION.nupkg: the version starts at the first part that is a number. */
function nuget({ fileName }: Place): Shape | undefined {
  const parts = stemOf(fileName, ".nupkg")?.split(".") ?? [];
  const first = parts.findIndex((part, at) => at > 0 && STARTS_WITH_DIGIT.test(part));
  return first < 1
    ? undefined
    : { type: "nuget", name: parts.slice(0, first).join("."), version: withoutV(parts.slice(first).join(".")) };
}
