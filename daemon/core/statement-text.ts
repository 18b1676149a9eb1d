import { err, ok, type Result } from "./result.ts";

/** Bounds of a statement (rules.md, section 4.2). */
export const MAX_STATEMENT_BYTES: number = 65_536;
export const MAX_STATEMENT_LINES: number = 1000;
export const MAX_STATEMENT_LINE_BYTES: number = 400;

/**
 * Why a text is no statement. `line` counts from 1; what is missing altogether is missed at the last line. `what` names
 * the thing in printable ASCII, cut to a length fit for one line.
 */
export interface StatementError {
  readonly code: /** Written for a later version of tofu: not an error of the text, and no alarm (row 59). */
    | "newer-format"
    | "too-long"
    | "not-ascii"
    | "no-last-line-feed"
    | "empty-line"
    | "blank-at-line-end"
    | "first-line"
    | "last-line"
    | "no-value"
    | "unknown-field"
    | "bad-value"
    | "duplicate"
    | "missing";
  readonly line: number;
  readonly what: string;
}

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const TILDE = 0x7e;
const BOM = [0xef, 0xbb, 0xbf];
const WHAT_MAX = 60;

/**
 * Undoes what transport does to a text file: drops one byte order mark, turns CRLF into LF, strips spaces at line ends
 * and adds a missing last LF (rules.md, section 4.2). The result is what is parsed, hashed and verified. Tabs stay, and
 * are then refused: no statement ever held one.
 *
 * @returns new bytes, at most one longer than those given.
 */
export function normaliseTransport(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length + 1);
  let length = 0;
  const endLine = (): void => {
    while (length > 0 && out[length - 1] === SPACE) length -= 1;
  };
  for (let at = BOM.every((byte, index) => bytes[index] === byte) ? BOM.length : 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === CR && bytes[at + 1] === LF) continue;
    if (byte === LF) endLine();
    out[length] = byte;
    length += 1;
  }
  endLine();
  if (length === 0 || out[length - 1] !== LF) {
    out[length] = LF;
    length += 1;
  }
  return out.slice(0, length);
}

/**
 * Cuts a statement into lines, without their LF. Bytes are checked before anything else, then the format's number, so
 * that a later format is told from a damaged file, then the lines.
 */
export function splitStatement(bytes: Uint8Array): Result<readonly string[], StatementError> {
  if (bytes.length > MAX_STATEMENT_BYTES) return fail("too-long", 1, `more than ${MAX_STATEMENT_BYTES} bytes`);
  const foreign = foreignByte(bytes);
  if (foreign !== undefined) return err(foreign);
  const lines = asciiText(bytes).split("\n");
  const newer = newerFormat(lines[0] ?? "");
  if (newer !== undefined) return fail("newer-format", 1, newer);
  if (bytes.at(-1) !== LF) return fail("no-last-line-feed", lines.length, "the last line has no line feed");
  // What follows the last line feed: nothing.
  lines.pop();
  if (lines.length > MAX_STATEMENT_LINES) {
    return fail("too-long", MAX_STATEMENT_LINES + 1, `more than ${MAX_STATEMENT_LINES} lines`);
  }
  const error = firstBadLine(lines);
  return error === undefined ? ok(lines) : err(error);
}

/** @returns the failed side of a result, with `what` cut to a length fit for one line. */
export function fail(
  code: StatementError["code"],
  line: number,
  what: string,
): { readonly ok: false; readonly error: StatementError } {
  return err({ code, line, what: what.slice(0, WHAT_MAX) });
}

/** @returns one byte for each character; the text must be ASCII. */
export function asciiBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function asciiText(bytes: Uint8Array): string {
  const parts: string[] = [];
  // Spread in pieces: the number of arguments of one call is limited.
  for (let at = 0; at < bytes.length; at += 4096) parts.push(String.fromCharCode(...bytes.subarray(at, at + 4096)));
  return parts.join("");
}

function foreignByte(bytes: Uint8Array): StatementError | undefined {
  let line = 1;
  for (const byte of bytes) {
    if (byte === LF) line += 1;
    else if (byte < SPACE || byte > TILDE) {
      return { code: "not-ascii", line, what: `byte 0x${byte.toString(16).padStart(2, "0")}` };
    }
  }
  return undefined;
}

function newerFormat(firstLine: string): string | undefined {
  const number = /^tofu-handover ([1-9]\d{0,5})$/.exec(firstLine)?.[1];
  return number === undefined || number === "1" ? undefined : `format ${number}`;
}

function firstBadLine(lines: readonly string[]): StatementError | undefined {
  for (const [index, text] of lines.entries()) {
    const line = index + 1;
    if (text === "") return { code: "empty-line", line, what: "an empty line" };
    if (text.endsWith(" ")) return { code: "blank-at-line-end", line, what: "a blank at the line's end" };
    if (text.length > MAX_STATEMENT_LINE_BYTES) {
      return { code: "too-long", line, what: `more than ${MAX_STATEMENT_LINE_BYTES} bytes in a line` };
    }
  }
  return undefined;
}
