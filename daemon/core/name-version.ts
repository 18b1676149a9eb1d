/** What a file name says before anybody checked that it is a name and a version somewhere. */
export interface NameVersion {
  readonly name: string;
  readonly version: string;
}

/** A part of a name that can begin a version: `6.10`, `v20`, `2.0rc1`, `1!2.0`. */
const VERSION_PART = /^v?[0-9][A-Za-z0-9.+~!_]*$/;

/** A part that goes on with the version: `rc3`, `beta.2`, `1`, `SNAPSHOT`. */
const QUALIFIER =
  /^(?:v?[0-9][A-Za-z0-9.+~!_]*|(?:a|alpha|b|beta|c|rc|cr|m|milestone|pre|preview|dev|devel|snapshot|nightly|canary|next|final|ga|release|post|p|pl|patch|r|rev|sp|stable|lts|esr)[.]?[0-9.]*)$/i;

const DOTTED_NUMBER = /^v?[0-9]+\.[0-9]/;

/** Parts that say for which machine or in which form a release was packed; they are no part of its version. */
const VARIANTS: ReadonlySet<string> = new Set(
  (
    "x86 x86_64 x64 x32 amd64 i386 i486 i586 i686 32bit 64bit arm arm64 aarch64 armhf armel armv5 armv6 armv6l armv7 " +
    "armv7l armv7hl ppc64 ppc64le ppc64el powerpc64 powerpc64le s390x riscv64 mips mipsel mips64 mips64el loong64 sparc64 " +
    "linux linux32 linux64 linuxmusl darwin macos macos11 mac mac64 osx osx64 windows win win32 win64 freebsd openbsd " +
    "netbsd android ios wasm wasm32 musl gnu gnueabihf glibc mingw mingw32 mingw64 msvc cygwin apple unknown pc " +
    "universal universal2 noarch any all src source sources bin binary binaries full minimal headless portable static " +
    "shared doc docs html manual javadoc tests installer setup netinst dvd desktop server live"
  ).split(" "),
);

/**
 * Splits a name without its suffix, as most projects write it: at the first hyphen before a digit, or at the first
 * underscore before one where no hyphen serves. What follows an architecture or platform is left out.
 *
 * @param stem - at most 255 characters, `linux-6.10-rc3`, `node-v20.11.1-linux-x64`, `boost_1_85_0`.
 * @returns `undefined` if there is no version in it.
 */
export function splitNameVersion(stem: string): NameVersion | undefined {
  return splitAt(stem, "-") ?? splitAt(stem, "_");
}

/**
 * Splits at the first hyphen after which the rest is a version of the given form.
 *
 * @param stem - at most 255 characters.
 */
export function splitBefore(stem: string, form: RegExp): NameVersion | undefined {
  for (let at = stem.indexOf("-"); at > 0; at = stem.indexOf("-", at + 1)) {
    const version = stem.slice(at + 1);
    if (form.test(version)) return { name: stem.slice(0, at), version };
  }
  return undefined;
}

/** @returns a version without the `v` of a tag. */
export function withoutV(version: string): string {
  return /^v[0-9]/i.test(version) ? version.slice(1) : version;
}

/** @returns whether a part of a name tells a platform or a form of packing: `x86_64`, `linux_amd64`, `src`. */
export function isVariant(part: string): boolean {
  const lower = part.toLowerCase();
  return VARIANTS.has(lower) || VARIANTS.has(lower.split(/[._]/, 1)[0] ?? "");
}

function splitAt(stem: string, separator: "-" | "_"): NameVersion | undefined {
  const parts = stem.split(separator);
  for (let first = 1; first < parts.length; first += 1) {
    if (!VERSION_PART.test(parts[first] ?? "") || isVariant(parts[first] ?? "")) continue;
    const version = versionFrom(parts.slice(first));
    if (version !== undefined) {
      return { name: parts.slice(0, first).join(separator), version: withoutV(version.join(separator)) };
    }
  }
  return undefined;
}

/** `log4j-1.2-api-2.17.1` is no 1.2: a word of its own and then a dotted number belong to a longer name. */
function versionFrom(parts: readonly string[]): readonly string[] | undefined {
  const end = parts.findIndex((part, at) => at > 0 && isVariant(part));
  const kept = end < 0 ? parts : parts.slice(0, end);
  const word = kept.findIndex((part) => !QUALIFIER.test(part));
  if (word >= 0 && kept.slice(word).some((part) => DOTTED_NUMBER.test(part))) return undefined;
  // `jdk-21.0.2_linux-x64`: the platform may be tied on with an underscore.
  const [head = "", ...rest] = kept.map((part) => part.replace(/_(?:linux|windows|macos|darwin|x86_64|amd64).*$/i, ""));
  return [head, ...rest];
}
