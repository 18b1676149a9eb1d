import { columnsOf } from "../core/printable.ts";
import { type ClassWord, classWord, type Style } from "./style.ts";

/** Everything below line one stands under its sentence. */
const INDENT = " ".repeat(9);
const LABEL_COLUMNS = 11;

/** Hex digits in groups of four: a half of a fingerprint, or a short form, stays on one line where it fits. */
const UNIT = /(?<!\S)[0-9A-F]{4}(?: [0-9A-F]{4})*(?: (?:\u2026|\.\.\.) [0-9A-F]{4}(?: [0-9A-F]{4})*)?\S*|\S+/g;

/** @returns line one of an answer, and what of the sentence did not fit. */
export function headline(word: ClassWord, sentence: string, style: Style): readonly string[] {
  const lines = wrap(shown(sentence, style), {
    first: Math.max(INDENT.length, word.length + 1),
    indent: INDENT,
    style,
  });
  const [first = "", ...rest] = lines;
  return [`${classWord(word, style)} ${first}`, ...rest];
}

/** @returns one fact under line one: its label in a column of its own, then its text. */
export function evidence(label: string, text: string, style: Style): readonly string[] {
  const head = label.length < LABEL_COLUMNS ? label.padEnd(LABEL_COLUMNS) : `${label}  `;
  return labelled(`${INDENT}${head}`, text, { indent: INDENT + " ".repeat(LABEL_COLUMNS), style });
}

/** @returns a text that goes on behind a head already written, with its later lines indented so. */
export function labelled(
  head: string,
  text: string,
  { indent, style }: { readonly indent: string; readonly style: Style },
): readonly string[] {
  const [first = "", ...rest] = wrap(shown(text, style), { first: columnsOf(head), indent, style });
  return [`${shown(head, style)}${first}`.trimEnd(), ...rest];
}

/** @returns a text over the whole width. */
export function paragraph(text: string, style: Style): readonly string[] {
  return wrap(shown(text, style), { first: 0, indent: "", style });
}

/** @returns a text that stands under the sentence of line one. */
export function under(text: string, style: Style): readonly string[] {
  return labelled(INDENT, text, { indent: INDENT, style });
}

/** @returns the text as the locale can show it. */
export function shown(text: string, { unicode }: Pick<Style, "unicode">): string {
  if (unicode) return text;
  return Array.from(text.replaceAll("…", "..."), (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x80 ? character : `\\u{${code.toString(16)}}`;
  }).join("");
}

/**
 * Breaks at blanks, never inside a group of hex digits. The blanks between two words on one line stay as they are, so
 * that the two halves of a fingerprint keep their distance.
 *
 * @param first - columns of the first line that are taken already.
 */
function wrap(
  text: string,
  { first, indent, style }: { readonly first: number; readonly indent: string; readonly style: Style },
): readonly string[] {
  const lines: string[] = [];
  let line = "";
  let room = style.width - first;
  const next = (): void => {
    lines.push(lines.length === 0 ? line : indent + line);
    line = "";
    room = style.width - indent.length;
  };
  for (const { gap, piece } of pieces(text, style.width - indent.length)) {
    if (line !== "" && columnsOf(line) + gap.length + columnsOf(piece) > room) next();
    else if (line === "" && lines.length === 0 && columnsOf(piece) > room) next();
    line += line === "" ? piece : gap + piece;
  }
  next();
  return lines;
}

interface Piece {
  readonly gap: string;
  readonly piece: string;
}

/** The unbreakable parts of a text with the blanks before each; what is wider than a line is cut. */
function pieces(text: string, room: number): readonly Piece[] {
  let end = 0;
  return Array.from(text.matchAll(UNIT)).flatMap((found) => {
    const gap = text.slice(end, found.index);
    end = found.index + found[0].length;
    return columnsOf(found[0]) <= room ? [{ gap, piece: found[0] }] : splitWide(found[0], gap, room);
  });
}

function splitWide(text: string, gap: string, room: number): readonly Piece[] {
  if (text.includes(" "))
    return text.split(" ").map((piece, index) => ({ gap: index === 0 ? gap : " ", piece }) satisfies Piece);
  const parts: string[] = [];
  let part = "";
  for (const character of text) {
    if (columnsOf(part + character) > room) {
      parts.push(part);
      part = "";
    }
    part += character;
  }
  return [...parts, part].map((piece, index) => ({ gap: index === 0 ? gap : "", piece }));
}
