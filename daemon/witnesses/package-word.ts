import { type PackageName, shortName } from "../core/package-name.ts";

/** @returns the last part of a package's name: what its repository, folder or key file is mostly called. */
export function lastName(name: PackageName): string {
  return shortName(name).split("/").at(-1) ?? "";
}

/** @returns whether a folder or repository is called as the package is; case and the kind of joint don't matter. */
export function isNameOf(word: string, name: string): boolean {
  return fold(word) === fold(name);
}

function fold(word: string): string {
  return word.toLowerCase().replace(/[-_.]+/g, "-");
}
