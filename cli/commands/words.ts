import { printable } from "../../daemon/core/printable.ts";
import { UsageError } from "../../daemon/core/tofu-error.ts";
import type { Arguments } from "./command.ts";

/**
 * @param form - the words there may be, `["PACKAGE", "[VERSION]"]`; in brackets what may be missing.
 * @returns the words in that order.
 * @throws UsageError where one is missing, empty or too many.
 */
export function readWords(args: Arguments, command: string, form: readonly string[]): readonly (string | undefined)[] {
  const usage = ["tofu", command, ...form].join(" ");
  const extra = args.words[form.length];
  if (extra !== undefined) throw new UsageError(`tofu ${command} has no use for ${printable(extra)}`, usage);
  return form.map((name, index) => {
    const word = args.words[index];
    if (word === "" || (word === undefined && !name.startsWith("[")))
      throw new UsageError(`tofu ${command} needs ${article(name)}`, usage);
    return word;
  });
}

/**
 * @returns the one word that must be there.
 * @throws UsageError as {@link readWords}.
 */
export function readWord(args: Arguments, command: string, name: string): string {
  return readWords(args, command, [name])[0] ?? "";
}

/**
 * Reads `PACKAGE FINGERPRINT`. A fingerprint pasted without quotes comes as several words; they are joined only where
 * every one is made of hex digits, so that nothing else slips in.
 *
 * @throws UsageError where one of the two is missing, or a word is no part of a fingerprint.
 */
export function readPackageAndFingerprint(
  args: Arguments,
  command: string,
): { readonly package: string; readonly fingerprint: string } {
  const usage = `tofu ${command} PACKAGE FINGERPRINT --because TEXT`;
  const [name = "", ...groups] = args.words;
  if (name === "") throw new UsageError(`tofu ${command} needs a package`, usage);
  if (groups.length === 0) throw new UsageError(`tofu ${command} needs a whole fingerprint`, usage);
  const odd = groups.length === 1 ? undefined : groups.find((group) => !/^[0-9A-Fa-f]+$/.test(group));
  if (odd !== undefined) throw new UsageError(`${printable(odd)} is no part of a fingerprint`, usage);
  return { package: name, fingerprint: groups.join(" ") };
}

function article(name: string): string {
  return `a ${name.replace(/[[\]\u2026]/g, "").toLowerCase()}`;
}
