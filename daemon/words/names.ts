import { printable } from "../core/printable.ts";
import { packagePath, packageWord } from "./outside.ts";

/** @returns the shortest way to write a package that begins as the user began; none where no way does. */
export function completionOf(name: string, prefix: string): readonly string[] {
  const forms = [packageWord(name), packagePath(name), printable(name)];
  return forms.filter((form) => form.startsWith(prefix)).slice(0, 1);
}
