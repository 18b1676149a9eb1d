import { isSignatureName, isUnfinishedName } from "./pairing.ts";
import { err, ok, type Result } from "./result.ts";

/** Longest path that the system takes (PATH_MAX), checked before any pattern looks at the text. */
const MAX_PLACE = 4096;
const MAX_FILE_NAME = 255;

const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const ASCII = /^[\x20-\x7e]+$/;
const SCHEME = /^[a-z][a-z0-9+.-]{0,15}:\/\//i;

/** Characters that indexes and package caches write encoded in names, and that mean nothing to a file system. */
const HARMLESS_ENCODED = /%(?:21|2b|3a|40|7e)/gi;

/** Signatures that only other programs read. */
const OTHER_SIGNATURES = [".minisig", ".sigstore", ".sigstore.json", ".intoto.jsonl"];

/** Where an artifact was seen: the folders or the URL's host and path before its file name. */
export interface Place {
  readonly folders: readonly string[];
  readonly fileName: string;
  /** The folders start where an index or repository does, not at the root of this machine. */
  readonly relative: boolean;
}

/**
 * Splits what a watcher or an index reports. Encoded characters are decoded once, a few harmless ones only.
 *
 * @param input - a file name, a path or a URL.
 * @returns the place, or a sentence on why no artifact has such a name: nothing may be guessed from it.
 */
export function parsePlace(input: string): Result<Place, string> {
  if (input.length > MAX_PLACE) return err("it is longer than a path can be");
  if (HIDDEN.test(input)) return err("it holds a control or invisible character");
  if (input.includes("\\")) return err("it holds a backslash");
  const isUrl = SCHEME.test(input);
  const path = isUrl ? (input.replace(SCHEME, "").split(/[?#]/, 1)[0] ?? "") : input;
  const parts = path.split("/").map(decodeHarmless);
  if (parts.includes("..")) return err("it climbs out of its folder");
  if (parts.some((part) => /%[0-9a-f]{2}/i.test(part))) return err("it holds encoded characters");
  const fileName = parts.at(-1) ?? "";
  const fault = faultOf(fileName);
  if (fault !== undefined) return err(fault);
  const folders = parts.slice(0, -1).filter((part) => part !== "" && part !== ".");
  return ok({ folders, fileName, relative: isUrl || !path.startsWith("/") });
}

function decodeHarmless(part: string): string {
  return part.replace(HARMLESS_ENCODED, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)));
}

function faultOf(fileName: string): string | undefined {
  if (fileName === "" || fileName === ".") return "it names a folder";
  if (fileName.length > MAX_FILE_NAME) return "it is longer than a file name can be";
  if (!ASCII.test(fileName)) return "names of packages are ASCII: a letter in it may look like another";
  if (fileName.startsWith("-")) return "it begins with a hyphen, as an option does";
  if (fileName.startsWith(".")) return "it begins with a dot: a hidden file";
  const lower = fileName.toLowerCase();
  if (isSignatureName(lower) || OTHER_SIGNATURES.some((suffix) => lower.endsWith(suffix))) {
    return "it is called as a signature is, and a signature is no artifact";
  }
  return isUnfinishedName(fileName) ? "its download is not finished" : undefined;
}
