/** Bounds of a chain file (rules.md, section 4.2). */
export const MAX_CHAIN_BYTES: number = 1 << 20;
export const MAX_CHAIN_STATEMENTS: number = 1 << 10;
export const MAX_STATEMENT_BLOCKS: number = 64;

/**
 * A statement with the signatures that follow it, as views of the file's bytes: a statement must still go through
 * `normaliseTransport`, and what is in a block is for whoever verifies it to read.
 */
export interface ChainPart {
  readonly statement: Uint8Array;
  /** 1 to 64. */
  readonly blocks: readonly ArmorBlock[];
  /** Line of the file, from 1, that the statement begins at. */
  readonly line: number;
}

/** One armored block from its BEGIN line to its END line. Blocks of unknown label are kept for whoever counts them. */
export interface ArmorBlock {
  readonly kind: "openpgp" | "ssh" | "unknown";
  readonly bytes: Uint8Array;
}

/** Where the file stops being a chain. The part in which that happens does not count. */
export interface ChainFault {
  readonly code:
    | "empty"
    | "too-long"
    | "too-many-statements"
    | "too-many-blocks"
    /** A block, and no statement that it could belong to. */
    | "no-statement"
    /** A statement, and the file ends. */
    | "no-signature"
    /** A block without its END line. */
    | "open-block"
    /** A line of dashes that begins no block. */
    | "stray-line";
  readonly line: number;
}

export interface ChainFile {
  readonly parts: readonly ChainPart[];
  readonly fault: ChainFault | undefined;
}

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;
const DASH = 0x2d;
const LETTER_E = 0x65;
/** Longest line that can begin or end a block, `end` before it included. */
const MAX_ARMOR_LINE = 100;
/** No line of a statement begins like this: the cut is unambiguous. */
const DASHES = "-----";
/** A statement that lost its last LF runs into its first block; `end-----BEGIN` is no line of a statement either. */
const BEGIN = /^(end)?-----BEGIN ([A-Z0-9][A-Z0-9 ]{0,60})-----$/;

/** A line of the file: `end` is after its text without blanks, `next` after its LF. */
interface Line {
  readonly number: number;
  readonly start: number;
  readonly end: number;
  readonly next: number;
}

/** The part that is being read. */
interface OpenPart {
  readonly start: number;
  readonly line: number;
  /** After the last line of the statement that is not blank. */
  end: number;
  readonly blocks: ArmorBlock[];
}

interface OpenBlock {
  readonly kind: ArmorBlock["kind"];
  readonly start: number;
  readonly line: number;
  readonly endLine: string;
}

/**
 * Cuts a chain file, `(statement (armor block)+)+`. Blank lines around blocks belong to neither. A block may carry
 * CRLF, headers and anything else between its two lines.
 *
 * @returns the parts before the first fault, and that fault: what was signed earlier in a chain stays good whatever
 * follows (rules.md, row 50). Linear in the length of the file.
 */
export function cutChainFile(file: Uint8Array): ChainFile {
  const cutter = new ChainCutter(file);
  let number = 0;
  const length = Math.min(file.length, MAX_CHAIN_BYTES);
  for (let start = 0; start < length; ) {
    number += 1;
    const line = lineAt(file, start, number);
    const fault = cutter.add(line);
    if (fault !== undefined) return { parts: cutter.parts, fault };
    start = line.next;
  }
  // What is still open at the bound does not count: more of its blocks may lie behind.
  const fault = file.length > MAX_CHAIN_BYTES ? ({ code: "too-long", line: number } as const) : cutter.finish(number);
  return { parts: cutter.parts, fault };
}

/** @returns a chain file of these parts, each piece ending with a line feed. `cutChainFile` gives them back. */
export function formatChainFile(
  parts: readonly { readonly statement: Uint8Array; readonly blocks: readonly { readonly bytes: Uint8Array }[] }[],
): Uint8Array {
  const pieces = parts.flatMap(({ statement, blocks }) => [statement, ...blocks.map(({ bytes }) => bytes)]);
  const out = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length + 1, 0));
  let length = 0;
  for (const piece of pieces) {
    out.set(piece, length);
    length += piece.length;
    if (piece.at(-1) !== LF) {
      out[length] = LF;
      length += 1;
    }
  }
  return out.slice(0, length);
}

/** Takes the lines of a file one after the other. */
class ChainCutter {
  readonly parts: ChainPart[] = [];
  readonly #file: Uint8Array;
  #part: OpenPart | undefined;
  #block: OpenBlock | undefined;

  constructor(file: Uint8Array) {
    this.#file = file;
  }

  add(line: Line): ChainFault | undefined {
    if (this.#block !== undefined) return this.#inBlock(this.#block, line);
    // Before the first statement there is no block that a blank line could belong to: it is the statement's, and a fault.
    if (line.end === line.start && (this.#part !== undefined || this.parts.length > 0)) return undefined;
    const text = armorLine(this.#file, line);
    return text === undefined ? this.#statementLine(line) : this.#beginBlock(text, line);
  }

  /** @param number - of the last line. */
  finish(number: number): ChainFault | undefined {
    if (this.#block !== undefined) return { code: "open-block", line: this.#block.line };
    if (this.#part === undefined) return { code: "empty", line: Math.max(1, number) };
    return this.#endPart(number);
  }

  #statementLine(line: Line): ChainFault | undefined {
    if (this.#part !== undefined && this.#part.blocks.length > 0) {
      const fault = this.#endPart(line.number);
      if (fault !== undefined) return fault;
    }
    if (this.#part === undefined) {
      if (this.parts.length === MAX_CHAIN_STATEMENTS) return { code: "too-many-statements", line: line.number };
      this.#part = { start: line.start, line: line.number, end: line.next, blocks: [] };
    }
    this.#part.end = line.next;
    return undefined;
  }

  #beginBlock(text: string, line: Line): ChainFault | undefined {
    const [, end, label = ""] = BEGIN.exec(text) ?? [];
    if (label === "") return { code: "stray-line", line: line.number };
    const start = line.start + (end ?? "").length;
    if (end !== undefined) {
      const fault = this.#statementLine({ ...line, end: start, next: start });
      if (fault !== undefined) return fault;
    }
    if (this.#part === undefined) return { code: "no-statement", line: line.number };
    if (this.#part.blocks.length === MAX_STATEMENT_BLOCKS) return { code: "too-many-blocks", line: line.number };
    this.#block = { kind: kindOf(label), start, line: line.number, endLine: `-----END ${label}-----` };
    return undefined;
  }

  #inBlock(block: OpenBlock, line: Line): ChainFault | undefined {
    const text = armorLine(this.#file, line);
    if (text === undefined) return undefined;
    if (text !== block.endLine) return { code: "open-block", line: block.line };
    this.#part?.blocks.push({ kind: block.kind, bytes: this.#file.subarray(block.start, line.next) });
    this.#block = undefined;
    return undefined;
  }

  #endPart(number: number): ChainFault | undefined {
    const part = this.#part;
    this.#part = undefined;
    if (part === undefined) return undefined;
    if (part.blocks.length === 0) return { code: "no-signature", line: number };
    this.parts.push({ statement: this.#file.subarray(part.start, part.end), blocks: part.blocks, line: part.line });
    return undefined;
  }
}

function kindOf(label: string): ArmorBlock["kind"] {
  if (label === "PGP SIGNATURE") return "openpgp";
  return label === "SSH SIGNATURE" ? "ssh" : "unknown";
}

function lineAt(file: Uint8Array, start: number, number: number): Line {
  const feed = file.indexOf(LF, start);
  const next = feed === -1 ? file.length : feed + 1;
  let end = feed === -1 ? file.length : feed;
  while (end > start && isBlank(file[end - 1])) end -= 1;
  return { number, start, end, next };
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB || byte === CR;
}

/** @returns the text of a line that begins with dashes, or with `end` and dashes; `undefined` for every other line. */
function armorLine(file: Uint8Array, { start, end }: Line): string | undefined {
  if (file[start] !== DASH && file[start] !== LETTER_E) return undefined;
  const text = String.fromCharCode(...file.subarray(start, Math.min(end, start + MAX_ARMOR_LINE)));
  if (text.startsWith(DASHES)) return text;
  return BEGIN.test(text) ? text : undefined;
}
