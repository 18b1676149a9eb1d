import { walkPackets } from "./packet-walk.ts";

/** A block of a file: one armor block, or the whole file where it is binary. */
export interface Block {
  /** `PGP SIGNATURE`, `PGP PUBLIC KEY BLOCK`, …; `binary` for a file without armor. A label proves nothing. */
  readonly label: string;
  /** The packets' bytes; `undefined` for a block that is cut short or not base64. */
  readonly bytes: Uint8Array | undefined;
}

/** Blocks read from one file; more are ignored. A KEYS file of a large project has some hundred. */
const MAX_BLOCKS = 4096;
const MAX_LABEL = 60;
const BEGIN = "-----BEGIN PGP ";
const DASHES = "-----";
/** UTF-8's, read as Latin-1. */
const BYTE_ORDER_MARK = "\u00ef\u00bb\u00bf";

/**
 * Cuts a file into its blocks. Whether it is binary is told by content and not by name: releases carry binary
 * signatures in `.asc` files. Text between blocks is passed over, CRLF and missing or wrong checksums are no fault.
 *
 * @returns no blocks where the file holds neither armor nor packets.
 */
export function readBlocks(file: Uint8Array): readonly Block[] {
  const { packets, fault } = walkPackets(file);
  if (packets.length > 0 && fault === undefined) return [{ label: "binary", bytes: file }];
  const text = Buffer.from(file.buffer, file.byteOffset, file.byteLength).toString("latin1");
  const blocks = armorBlocks(text.startsWith(BYTE_ORDER_MARK) ? text.slice(BYTE_ORDER_MARK.length) : text);
  // A byte order mark, or text that begins with an umlaut, reads like the header of a packet: armor says what it is.
  return packets.length > 0 && blocks.length === 0 ? [{ label: "binary", bytes: file }] : blocks;
}

/** @returns whether the file holds a clearsigned text (RFC 9580 section 7). */
export function isClearsigned(file: Uint8Array): boolean {
  return Buffer.from(file.buffer, file.byteOffset, file.byteLength).includes("-----BEGIN PGP SIGNED MESSAGE-----");
}

function armorBlocks(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let at = nextBegin(text, 0);
  while (at !== -1 && blocks.length < MAX_BLOCKS) {
    const labelEnd = text.indexOf(DASHES, at + BEGIN.length);
    const next = nextBegin(text, at + BEGIN.length);
    if (labelEnd === -1 || labelEnd - at > MAX_LABEL) {
      at = next;
      continue;
    }
    const label = text.slice(at + DASHES.length + "BEGIN ".length, labelEnd);
    const end = text.indexOf("-----END PGP ", labelEnd);
    const whole = end !== -1 && (next === -1 || end < next);
    blocks.push({ label, bytes: whole ? decodeBody(text.slice(labelEnd + DASHES.length, end)) : undefined });
    at = next;
  }
  return blocks;
}

/** A block starts at the start of a line; `- -----BEGIN` inside a clearsigned text does not. */
function nextBegin(text: string, from: number): number {
  let at = text.indexOf(BEGIN, from);
  while (at > 0 && text[at - 1] !== "\n") at = text.indexOf(BEGIN, at + 1);
  return at;
}

/** @param body - what stands between the BEGIN and the END line: headers, an empty line, base64, a checksum. */
function decodeBody(body: string): Uint8Array | undefined {
  const lines = body.split("\n").map((line) => line.trim());
  // Line 0 is the rest of the BEGIN line. Some writers leave the empty line after the headers out.
  const isPreamble = (line: string): boolean => line === "" || /^[A-Za-z][A-Za-z0-9-]{0,40}: ?/.test(line);
  const dataStart = lines.findIndex((line, index) => index > 0 && !isPreamble(line));
  if (dataStart === -1) return undefined;
  const data = lines.slice(dataStart).filter((line) => line !== "" && !/^=[A-Za-z0-9+/]{4}$/.test(line));
  const base64 = data.join("");
  return /^[A-Za-z0-9+/]+={0,2}$/.test(base64) ? new Uint8Array(Buffer.from(base64, "base64")) : undefined;
}
