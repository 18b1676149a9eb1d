import type { Brand } from "./brand.ts";
import { err, ok, type Result } from "./result.ts";

/** A package in an ecosystem: a purl without version and qualifiers, canonical for its type (`pkg:pypi/sunpy`). */
export type PackageName = Brand<string, "PackageName">;

export type PackageNameError = {
  readonly code: "no-scheme" | "bad-type" | "bad-name" | "has-version" | "has-qualifier" | "wildcard" | "too-long";
};

const MAX_NAME = 400;
const TYPE = /^[a-z][a-z0-9.+-]{0,31}$/;
/** One path segment: ASCII, starts with a letter, digit, `_` or an npm scope; no blanks, no wildcards, no controls. */
const SEGMENT = /^(?:%40|[A-Za-z0-9_])[A-Za-z0-9._+~-]*$/;

/** Most names as they are stored: nothing in them is written in two ways, in no ecosystem. */
const PLAIN = /^pkg:[a-z][a-z0-9.+-]{0,31}\/[a-z0-9]+(?:-[a-z0-9]+)*$/;

/**
 * Reads a package as users and pin files write it: `pkg:pypi/SunPy` or `pypi/sunpy`. A bare name without a type is
 * refused with `no-scheme`; only the journal can tell which package is meant.
 *
 * @returns the canonical purl (https://github.com/package-url/purl-spec), or why there is none.
 */
export function parsePackageName(text: string): Result<PackageName, PackageNameError> {
  if (text.length > MAX_NAME) return err({ code: "too-long" });
  if (PLAIN.test(text)) return ok(text as PackageName);
  const bare = /^pkg:/i.test(text) ? text.slice("pkg:".length) : text;
  if (/[?#]/.test(bare)) return err({ code: "has-qualifier" });
  if (bare.includes("*")) return err({ code: "wildcard" });
  const [type = "", ...segments] = bare.split("/");
  if (segments.length === 0) return err({ code: "no-scheme" });
  if (!TYPE.test(type.toLowerCase())) return err({ code: "bad-type" });
  const plain = segments.map((segment) => segment.replace(/^@/, "%40").replace(/^%40/i, "%40"));
  if (plain.some((segment) => segment.includes("@"))) return err({ code: "has-version" });
  if (!plain.every((segment) => SEGMENT.test(segment)) || plain.length > 8) return err({ code: "bad-name" });
  if (plain.includes("%40") || !hasDepth(type.toLowerCase(), plain)) return err({ code: "bad-name" });
  return ok(canonical(type.toLowerCase(), plain));
}

/**
 * @param name - one path segment or several joined by `/`, already plain ASCII.
 * @returns the package of that name in an ecosystem, or why the name is none there.
 */
export function packageIn(type: string, name: string): Result<PackageName, PackageNameError> {
  return parsePackageName(`pkg:${type}/${name}`);
}

/** @returns the ecosystem, `pypi`. */
export function ecosystemOf(name: PackageName): string {
  return name.slice("pkg:".length, name.indexOf("/"));
}

/** @returns the name as people say it: `sunpy`, `@scope/name`, `org.example/lib`. */
export function shortName(name: PackageName): string {
  const rest = name.slice(name.indexOf("/") + 1);
  return ecosystemOf(name) === "deb" ? rest.slice(rest.indexOf("/") + 1) : rest.replace("%40", "@");
}

/** Ecosystems whose names have no namespace before them (purl type definitions); npm's scope begins with `@`. */
function hasDepth(type: string, segments: readonly string[]): boolean {
  if (type === "npm") return segments.length === (segments[0]?.startsWith("%40") === true ? 2 : 1);
  return segments.length === 1 || !["pypi", "cargo", "gem", "nuget"].includes(type);
}

/**
 * Case folds everywhere but where two names that differ in case are two packages; PyPI also joins runs of `-_.` between
 * letters and digits (PEP 503). At the ends they stay: such a name is none of PyPI's, and must not become another's.
 */
function canonical(type: string, segments: readonly string[]): PackageName {
  const name = segments.join("/");
  const folded = type === "maven" ? name : name.toLowerCase();
  return `pkg:${type}/${type === "pypi" ? folded.replace(/(?<=[a-z0-9])[-_.]+(?=[a-z0-9])/g, "-") : folded}` as PackageName;
}
