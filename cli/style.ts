import type { UnixMs } from "../daemon/core/time.ts";
import type { Output, Settings } from "./world.ts";

const MIN_WIDTH = 60;
const MAX_WIDTH = 100;
const UNKNOWN_WIDTH = 80;

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

type Env = Readonly<Record<string, string | undefined>>;
type Wish = Pick<Settings, "color" | "verbose" | "quiet" | "at">;

/** @returns how to write to this output: options over environment over what the output is (cli.md, streams). */
export function styleFor(output: Output, env: Env, wish: Wish, now: UnixMs): Style {
  return {
    width: output.columns === undefined ? UNKNOWN_WIDTH : Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, output.columns)),
    color: wish.color ?? wantsColor(output, env),
    unicode: hasUtf8(env),
    verbose: wish.verbose,
    quiet: wish.quiet,
    now: wish.at ?? now,
  };
}

/** @returns the word padded to 8 columns, so that sentences stand below each other; coloured where the style says so. */
export function classWord(word: ClassWord, { color }: Pick<Style, "color">): string {
  const padded = " ".repeat(Math.max(0, "refused ".length - word.length));
  return color ? `\x1b[${COLORS[word]}m${word}\x1b[39m${padded}` : `${word}${padded}`;
}

function wantsColor(output: Output, env: Env): boolean {
  if (isSet(env["NO_COLOR"])) return false;
  if (isSet(env["FORCE_COLOR"]) && env["FORCE_COLOR"] !== "0") return true;
  return output.isTerminal && env["TERM"] !== "dumb";
}

/** POSIX: `LC_ALL` beats `LC_CTYPE` beats `LANG`, and an empty one counts as unset. */
function hasUtf8(env: Env): boolean {
  const locale = [env["LC_ALL"], env["LC_CTYPE"], env["LANG"]].find(isSet) ?? "";
  return /utf-?8/i.test(locale);
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "";
}
