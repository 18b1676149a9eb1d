import { formatFingerprint, parseFingerprint, shortFingerprint } from "../core/fingerprint.ts";
import { parsePackageName, shortName } from "../core/package-name.ts";
import { escapeText, printable } from "../core/printable.ts";
import { fingerprintOf, parseSigner } from "../core/signer.ts";
import { DAY_MS, formatDate, parseTime, type UnixMs } from "../core/time.ts";
import type { Style } from "./style.ts";

/** Sentences are tofu's own, with a few outside words in them: three lines, not a page. */
const SENTENCE_COLUMNS = 200;
/** A time that can't be read takes no more room than one that can. */
const DATE_COLUMNS = 20;
const RECENT_DAYS = 31;

/**
 * @returns a sentence of an answer, made safe to show. What its maker escaped already stays as it is: only backslashes
 * are not doubled again.
 */
export function sentence(text: string): string {
  return undouble(printable(text, SENTENCE_COLUMNS));
}

/** As {@link sentence}, uncut: a fault names its file whole. */
export function wholeSentence(text: string): string {
  return undouble(escapeText(text));
}

/** @returns a signer as people read it: `AEA0 8C8D … D578 A535`, whole with `--verbose`. */
export function signerName(signer: string, { verbose }: Pick<Style, "verbose">): string {
  return verbose ? wholeSigner(signer) : formatSigner(signer, shortFingerprint);
}

/** @returns a signer with its whole fingerprint in groups of four. */
export function wholeSigner(signer: string): string {
  return formatSigner(signer, formatFingerprint);
}

function formatSigner(text: string, format: typeof formatFingerprint): string {
  const signer = parseSigner(text);
  const fingerprint = signer.ok ? fingerprintOf(signer.value) : undefined;
  if (fingerprint !== undefined) return format(fingerprint);
  const bare = parseFingerprint(text);
  return bare.ok ? format(bare.value) : printable(text);
}

/** @returns the package as people say it, `sunpy`. */
export function packageWord(text: string): string {
  const name = parsePackageName(text);
  return name.ok ? shortName(name.value) : printable(text);
}

/** @returns the package with its ecosystem, `pypi/sunpy`. */
export function packagePath(text: string): string {
  return printable(text.replace(/^pkg:/, ""));
}

/** @returns the day of a time in an answer, `2026-09-14`. */
export function day(text: string): string {
  const time = parseTime(text);
  return time.ok ? formatDate(time.value) : printable(text, DATE_COLUMNS);
}

/** @returns when something was made: `made 3 days ago` within a month, else `made 2019-02-03`. */
export function made(text: string, now: UnixMs): string {
  const time = parseTime(text);
  if (!time.ok) return `made ${printable(text, DATE_COLUMNS)}`;
  const days = Math.floor((now - time.value) / DAY_MS);
  if (days < 0 || days > RECENT_DAYS) return `made ${formatDate(time.value)}`;
  return days === 0 ? "made today" : `made ${count(days, "day")} ago`;
}

/** @returns `1 day`, `2 days`. */
export function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? "" : "s"}`;
}

/** @returns the words as a command that a shell takes; a sentence in place of a command stays one. */
export function commandLine(words: readonly string[]): string {
  const plain = words[0] !== "tofu";
  return words.map((word) => (plain || /^[\w@%+=:,./-]+$/.test(word) ? sentence(word) : quoted(word))).join(" ");
}

function quoted(word: string): string {
  return `'${sentence(word).replaceAll("'", `'\\''`)}'`;
}

function undouble(text: string): string {
  return text.replaceAll("\\\\", "\\");
}
