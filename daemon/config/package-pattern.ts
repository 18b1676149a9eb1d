import { type PackageName, parsePackageName } from "../core/package-name.ts";
import { err, ok, type Result } from "../core/result.ts";

/** Which packages a policy is for: one, or all whose names begin so (`pkg:pypi/*`). */
export type PackagePattern =
  | { readonly kind: "exact"; readonly name: PackageName }
  | { readonly kind: "prefix"; readonly prefix: string };

/** Any character that a name may go on with: with it in the star's place, the beginning is made canonical as names are. */
const STAND_IN = "x";

/** Reads `pkg:pypi/sunpy` or `pkg:pypi/*`; the star stands at the end, after the ecosystem. */
export function parsePackagePattern(text: string): Result<PackagePattern, { readonly code: "not-a-pattern" }> {
  if (!text.startsWith("pkg:")) return err({ code: "not-a-pattern" });
  if (!text.endsWith("*")) {
    const name = parsePackageName(text);
    return name.ok ? ok({ kind: "exact", name: name.value }) : err({ code: "not-a-pattern" });
  }
  const name = parsePackageName(text.slice(0, -1) + STAND_IN);
  return name.ok ? ok({ kind: "prefix", prefix: name.value.slice(0, -1) }) : err({ code: "not-a-pattern" });
}

/** @returns the pattern in its canonical form: two that mean the same read the same. */
export function formatPackagePattern(pattern: PackagePattern): string {
  return pattern.kind === "exact" ? pattern.name : `${pattern.prefix}*`;
}

/** @returns whether a package is meant. */
export function matchesPattern(pattern: PackagePattern, name: PackageName): boolean {
  return pattern.kind === "exact" ? pattern.name === name : name.startsWith(pattern.prefix);
}

/** Orders patterns that match one package, the closest first: the package itself, then the longest beginning. */
export function compareCloseness(a: PackagePattern, b: PackagePattern): number {
  return closeness(b) - closeness(a);
}

function closeness(pattern: PackagePattern): number {
  return pattern.kind === "exact" ? Number.MAX_SAFE_INTEGER : pattern.prefix.length;
}
