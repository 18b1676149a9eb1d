/** Widest outside text in an answer (cli.md, rule 10). */
const DEFAULT_COLUMNS = 60;

/** How many UTF-16 units of a text are looked at for each column; the rest can't be shown anyway. */
const UNITS_PER_COLUMN = 2;

/** Most text: what is neither hidden nor wide nor escaped. Looking each character up would only find it as it is. */
const PLAIN = /^[ -[\]-~]*$/;

/** The same, with what tofu's own sentences are made of besides. */
const OWN = /^[ -~\n…]*$/;

/** East Asian wide and fullwidth blocks (Unicode TR 11) and pictographs: two columns each on a terminal. */
const WIDE =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{1F300}-\u{1FAFF}\u{20000}-\u{3FFFD}]/u;

const FIRST_WIDE = "\u1100";

/**
 * Makes outside text safe to show: one line, no control, bidi or invisible character. A backslash is doubled, what is
 * escaped reads `\x1b` or `\u{202e}`, so that two different texts never look the same.
 *
 * @returns the whole text, escaped.
 */
export function escapeText(text: string): string {
  if (PLAIN.test(text)) return text;
  return Array.from(text, escapeCharacter).join("");
}

/**
 * As {@link escapeText}, cut to what fits; what was cut ends in `…`, and no escape is ever cut in two.
 *
 * @param maxColumns - terminal columns the result may take, at least 1.
 */
export function printable(text: string, maxColumns: number = DEFAULT_COLUMNS): string {
  if (text.length <= maxColumns && PLAIN.test(text)) return text;
  let shown = "";
  let columns = 0;
  let fitting = "";
  for (const character of text.slice(0, (maxColumns + 1) * UNITS_PER_COLUMN)) {
    const escaped = escapeCharacter(character);
    columns += escaped === character ? widthOf(character) : escaped.length;
    if (columns > maxColumns) return `${fitting}…`;
    shown += escaped;
    if (columns < maxColumns) fitting = shown;
  }
  return shown;
}

/** @returns a path for a sentence: whole where it fits, else its last part, which tells the files of a folder apart. */
export function printablePath(path: string, maxColumns: number = DEFAULT_COLUMNS): string {
  const whole = printable(path, maxColumns);
  const slash = path.lastIndexOf("/");
  return whole.endsWith("…") && slash > 0 ? `…${printable(path.slice(slash), maxColumns - 1)}` : whole;
}

/** @returns the terminal columns that a text takes which is printable already. */
export function columnsOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  return Array.from(text).reduce((columns, character) => columns + widthOf(character), 0);
}

/** Combining marks count as one, so that a heap of them can't hide behind a short width. */
function widthOf(character: string): number {
  return character >= FIRST_WIDE && WIDE.test(character) ? 2 : 1;
}

/**
 * @returns whether a text that was made printable elsewhere is: lines of what {@link escapeText} leaves, and the colours
 * that tofu uses for a word and takes back after it (ECMA-48, SGR 31 to 33, 35 and 39).
 */
export function isPrintable(text: string): boolean {
  if (OWN.test(text)) return true;
  const [first = "", ...colored] = text.split("\x1b[");
  return (
    colored.every((part) => /^3[12359]m/.test(part)) && !isHidden([first, ...colored].join("").replaceAll("\n", ""))
  );
}

/** @returns whether a control character is in it: C0, DEL or C1 (Unicode category Cc). A loop, since `\p{Cc}` is slow to make. */
export function hasControl(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return true;
  }
  return false;
}

/**
 * What never reaches a terminal, a log or a notification: controls (C0, DEL, C1), format characters (bidi, zero width,
 * tags, byte order mark), lone surrogates, line and paragraph separators, and blanks that pass for nothing at all. The
 * expression stands here since making it takes a while, and few texts have a character to ask it about.
 */
function isHidden(text: string): boolean {
  return /\p{Cc}|\p{Cf}|\p{Cs}|\p{Zl}|\p{Zp}|\u034F|[\u115F\u1160\u3164\uFFA0]|[\u{E0000}-\u{E0FFF}]/u.test(text);
}

function escapeCharacter(character: string): string {
  if (character === "\\") return "\\\\";
  if (!isHidden(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  return code <= 0xff ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
}
