import type { UnixMs } from "../core/time.ts";

/** Columns that text is wrapped at. */
export const MIN_WIDTH = 60;
export const MAX_WIDTH = 100;

/** How text is written for one output. */
export interface Style {
  /** Columns to wrap at, 60 to 100. */
  readonly width: number;
  readonly color: boolean;
  /** The locale can show more than ASCII. */
  readonly unicode: boolean;
  readonly verbose: boolean;
  readonly quiet: boolean;
  /** The moment that "3 days ago" counts from. */
  readonly now: UnixMs;
}

/** What colour marks; everything else is plain. */
export type ClassWord = "ok" | "decide" | "refused" | "unchecked" | "fault" | "usage";

const GREEN = 32;
const RED = 31;
const YELLOW = 33;
const MAGENTA = 35;
const COLORS: Readonly<Record<ClassWord, number>> = {
  ok: GREEN,
  refused: RED,
  decide: YELLOW,
  unchecked: MAGENTA,
  fault: MAGENTA,
  usage: MAGENTA,
};

/** @returns the word padded to 8 columns, so that sentences stand below each other; coloured where the style says so. */
export function classWord(word: ClassWord, { color }: Pick<Style, "color">): string {
  const padded = " ".repeat(Math.max(0, "refused ".length - word.length));
  return color ? `\x1b[${COLORS[word]}m${word}\x1b[39m${padded}` : `${word}${padded}`;
}
