import { PinFileFault } from "./pin-file.ts";

/** One pin takes some 220 bytes, with its certificate about 1500. */
export const MAX_PIN_FILE_BYTES: number = 256 << 20;
export const MAX_LINE_BYTES: number = 16 << 10;
/** Lines that carry a certificate or a statement. */
export const MAX_LONG_LINE_BYTES: number = 512 << 10;

export interface Line {
  /** From 1. */
  readonly number: number;
  /** Without its end; no control characters. */
  readonly text: string;
}

const LF = 0x0a;
const CR = 0x0d;
const AT = 0x40;
const BOM = [0xef, 0xbb, 0xbf];
const LONG_MARKERS = ["@certificate ", "@statement "];
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;
/** Controls, format characters (bidi, zero width, a byte order mark inside) and line separators: what is read is what is seen. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/**
 * Cuts a pin file into its lines, one at a time: no line is decoded before its length is known, and none is kept.
 *
 * @throws PinFileFault with the line that is too long, cut off, or holds what no text line should.
 */
export function* linesOf(bytes: Uint8Array): Generator<Line, void, void> {
  if (bytes.length > MAX_PIN_FILE_BYTES) {
    throw new PinFileFault("file-too-long", `file has more than ${MAX_PIN_FILE_BYTES} bytes`, 1);
  }
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let number = 0;
  for (let start = BOM.every((byte, index) => file[index] === byte) ? BOM.length : 0; start < file.length; ) {
    number += 1;
    const feed = file.indexOf(LF, start);
    const end = feed === -1 ? file.length : feed;
    if (end - start > maxBytes(file, start)) throw new PinFileFault("line-too-long", "line too long", number);
    if (feed === -1) throw new PinFileFault("cut-off", "file is cut off (no final newline)", number);
    yield { number, text: decode(file, { start, end: file[end - 1] === CR && end > start ? end - 1 : end }, number) };
    start = feed + 1;
  }
}

function maxBytes(file: Buffer, start: number): number {
  if (file[start] !== AT) return MAX_LINE_BYTES;
  const isLong = LONG_MARKERS.some((marker) => file.toString("latin1", start, start + marker.length) === marker);
  return isLong ? MAX_LONG_LINE_BYTES : MAX_LINE_BYTES;
}

function decode(file: Buffer, span: { readonly start: number; readonly end: number }, number: number): string {
  const plain = file.toString("latin1", span.start, span.end);
  if (PRINTABLE_ASCII.test(plain)) return plain;
  if (plain.includes("\0")) throw new PinFileFault("control-character", "NUL", number);
  const text = utf8(file.subarray(span.start, span.end));
  if (text === undefined) throw new PinFileFault("not-utf8", "not UTF-8", number);
  if (HIDDEN.test(text)) throw new PinFileFault("control-character", "control character", number);
  return text;
}

function utf8(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes).toString("utf8");
  // Node puts a replacement character where it cannot decode; then the way back gives other bytes.
  return Buffer.from(text, "utf8").equals(bytes) ? text : undefined;
}
