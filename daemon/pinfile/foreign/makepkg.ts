import { type PackageName, packageIn } from "../../core/package-name.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { PackageRows } from "../pin-file.ts";
import { shown } from "../values.ts";
import {
  ForeignCollector,
  type ForeignError,
  type ForeignPins,
  type ForeignText,
  readForeignKey,
  releaseKeys,
  whyNotAnyOf,
} from "./foreign.ts";

const MAX_BYTES = 1 << 20;
const NAME = /^[ \t]{0,8}pkg(?:base|name) {0,8}= {0,8}\(? {0,8}(["']?)([A-Za-z0-9@._+-]{1,200})\1/;
const KEYS_BEGIN = /^[ \t]{0,8}validpgpkeys\+?=\((.*)$/;
/** `.SRCINFO` is what makepkg prints of a PKGBUILD: one value a line. */
const SRCINFO_KEY = /^[ \t]{0,8}validpgpkeys = (.*)$/;

/**
 * Reads `validpgpkeys` of a PKGBUILD or a `.SRCINFO` (PKGBUILD(5)). A PKGBUILD is a program: it is read and never run,
 * and values that a shell would have to work out are passed over.
 *
 * @param given - the package, where the caller knows it; else `pkgbase` or `pkgname` as a generic package, since these
 * keys are upstream's and not the distribution's.
 */
export function readMakepkg(text: string, given?: PackageName): Result<ForeignPins, ForeignError> {
  if (text.length > MAX_BYTES) return err({ line: 1, code: "too-long", what: `more than ${MAX_BYTES} characters` });
  const lines = text.split(/\r?\n/);
  const name = given ?? nameIn(lines);
  if (name === undefined) return err({ line: 1, code: "not-this-kind", what: "no pkgbase or pkgname" });
  const found = new ForeignCollector();
  let inside = false;
  for (const [index, line] of lines.entries()) {
    const keys = keysIn(line, inside);
    addKeys(found, name, keys.words, index + 1);
    inside = keys.goesOn;
  }
  return inside ? err({ line: lines.length, code: "malformed", what: "validpgpkeys is not closed" }) : ok(found.done());
}

/** @param inside - the array was begun on an earlier line. */
function keysIn(line: string, inside: boolean): { readonly words: readonly string[]; readonly goesOn: boolean } {
  const single = SRCINFO_KEY.exec(line)?.[1];
  if (single !== undefined && !inside) return { words: words(single), goesOn: false };
  const rest = inside ? line : KEYS_BEGIN.exec(line)?.[1];
  if (rest === undefined) return { words: [], goesOn: false };
  const all = words(rest);
  const end = all.findIndex((word) => word.endsWith(")"));
  return end === -1
    ? { words: all, goesOn: true }
    : { words: [...all.slice(0, end), (all[end] ?? "").slice(0, -1)], goesOn: false };
}

/** `pkgbase` rules over `pkgname`, which a split package has several of. */
function nameIn(lines: readonly string[]): PackageName | undefined {
  const named = lines.filter((line) => NAME.test(line));
  const line = named.find((candidate) => candidate.includes("pkgbase")) ?? named[0] ?? "";
  const parsed = packageIn("generic", NAME.exec(line)?.[2] ?? "");
  return parsed.ok ? parsed.value : undefined;
}

/** Words of a line, comments cut. */
function words(line: string): readonly string[] {
  const all = line.split(/[ \t]+/).filter((word) => word !== "");
  const comment = all.findIndex((word) => word.startsWith("#"));
  return comment === -1 ? all : all.slice(0, comment);
}

function addKeys(found: ForeignCollector, name: PackageName, keys: readonly string[], line: number): void {
  for (const key of keys) {
    const plain = key.replace(/^(["'])(.*)\1$/, "$2");
    if (plain === "") continue;
    const signer = /[$`\\]/.test(plain) ? err(`${shown(plain)}: only a shell could tell`) : readForeignKey(plain);
    if (signer.ok) found.pin(name, signer.value);
    else found.passOver(line, signer.error);
  }
}

/** @returns the `validpgpkeys` of one package, to be pasted into its PKGBUILD; makepkg takes any one of them. */
export function formatMakepkg(rows: PackageRows): ForeignText {
  const why = whyNotAnyOf(rows);
  if (why !== undefined) return { text: "", leftOut: [{ package: rows.name, why }] };
  const lines = releaseKeys(rows).map((key) => `  '${key}'`);
  return { text: ["validpgpkeys=(", ...lines, ")", ""].join("\n"), leftOut: [] };
}
