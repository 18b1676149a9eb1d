import { parse, TomlError } from "smol-toml";
import { err, ok, type Result } from "../core/result.ts";
import type { ConfigProblem } from "./problem.ts";

/** A configuration is written by hand; these bounds also keep the search for a key's line short. */
export const MAX_CONFIG_BYTES: number = 64 * 1024;
const MAX_CONFIG_LINES = 2000;
const MAX_DEPTH = 16;

/** A TOML file that was read, and that can still say on which line a key stands. */
export interface TomlDocument {
  readonly root: ReadonlyMap<string, unknown>;
  readonly problem: (code: ConfigProblem["code"], key: readonly string[], detail: string) => ConfigProblem;
}

/**
 * Reads TOML 1.0.
 *
 * @param file - the name for messages; nothing is opened.
 */
export function parseToml(text: string, file: string): Result<TomlDocument, ConfigProblem> {
  const tooLong = Buffer.byteLength(text) > MAX_CONFIG_BYTES || text.split("\n").length > MAX_CONFIG_LINES;
  if (tooLong) {
    const detail = `${MAX_CONFIG_BYTES / 1024} KiB and ${MAX_CONFIG_LINES} lines at most`;
    return err({ code: "too-long", file, line: 1, key: [], detail });
  }
  try {
    const root = tableEntries(parse(text, { maxDepth: MAX_DEPTH })) ?? new Map();
    return ok({
      root,
      problem: (code, key, detail) => ({ code, file, line: lineOfKey(text, key), key, detail }),
    });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The library's message goes on with an excerpt of the file; its first line is the sentence.
    const detail = (error.message.split("\n")[0] ?? "").replace(/^Invalid TOML document: /, "");
    return err({ code: "syntax", file, line: error.line, key: [], detail });
  }
}

/** @returns a table's own entries; `undefined` for any other TOML value. */
export function tableEntries(value: unknown): ReadonlyMap<string, unknown> | undefined {
  const isTable = typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
  return isTable ? new Map(Object.entries(value)) : undefined;
}

/**
 * Finds the line of a key in a text that is known to parse: the library gives lines for syntax errors only. It is read
 * again one statement at a time, by the same library, so that quoting, dots and multi-line values have one reader.
 *
 * @returns the first line, from 1, of the statement that sets `key` or something in it; 1 where there is none.
 */
export function lineOfKey(text: string, key: readonly string[]): number {
  const lines = text.replace(/^\uFEFF/, "").split("\n");
  let table: readonly string[] = [];
  for (let first = 0; first < lines.length; ) {
    const { value, next } = readStatement(lines, first);
    const isHeader = (lines[first] ?? "").trimStart().startsWith("[");
    const inner = keysIn(value);
    if (isHeader) table = inner[0] ?? [];
    const paths = isHeader ? inner : inner.map((path) => [...table, ...path]);
    if (paths.some((path) => key.every((part, index) => path[index] === part))) return first + 1;
    first = next;
  }
  return 1;
}

/** Reads the one statement, comment or blank that begins on a line: the fewest lines that parse by themselves. */
function readStatement(lines: readonly string[], first: number): { readonly value: unknown; readonly next: number } {
  for (let next = first + 1; next <= lines.length; next += 1) {
    try {
      return { value: parse(`${lines.slice(first, next).join("\n")}\n`, { maxDepth: MAX_DEPTH }), next };
    } catch (error) {
      // Not the whole statement yet: a string or list that goes on below.
      if (!(error instanceof TomlError)) throw error;
    }
  }
  return { value: {}, next: lines.length };
}

/** Every path of keys in a value; `[[lists]]` of tables count as their last table. */
function keysIn(value: unknown): readonly (readonly string[])[] {
  const entries = tableEntries(Array.isArray(value) ? value.at(-1) : value);
  if (entries === undefined) return [[]];
  if (entries.size === 0) return [[]];
  return [...entries].flatMap(([name, inner]) => keysIn(inner).map((path) => [name, ...path]));
}
