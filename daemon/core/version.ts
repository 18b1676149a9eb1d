import type { Version } from "./artifact-name.ts";

/**
 * One piece of a version. `rank` says what it is, in the order of {@link Rank}; `digits` and `word` compare within it.
 * Pieces before the release sort below {@link END}, additions to it above.
 */
interface Piece {
  readonly rank: number;
  readonly digits: string;
  readonly word: string;
}

const Rank = {
  tilde: 0,
  development: 1,
  alpha: 2,
  beta: 3,
  milestone: 4,
  candidate: 5,
  snapshot: 6,
  end: 7,
  addition: 8,
  number: 9,
} as const;

const END: Piece = { rank: Rank.end, digits: "", word: "" };

/** Words for what comes before a release (PEP 440, Maven's ComparableVersion, SemVer usage). */
const BEFORE_RELEASE: ReadonlyMap<string, number> = new Map([
  ["dev", Rank.development],
  ["devel", Rank.development],
  ["nightly", Rank.development],
  ["canary", Rank.development],
  ["next", Rank.development],
  ["alpha", Rank.alpha],
  ["beta", Rank.beta],
  ["milestone", Rank.milestone],
  ["rc", Rank.candidate],
  ["cr", Rank.candidate],
  ["pre", Rank.candidate],
  ["preview", Rank.candidate],
  ["snapshot", Rank.snapshot],
]);

/** Single letters say the same only before a number (`1.0b2`); after one they are a patch level (`1.0.2b`, `2024b`). */
const LETTER_BEFORE_RELEASE: ReadonlyMap<string, number> = new Map([
  ["a", Rank.alpha],
  ["b", Rank.beta],
  ["m", Rank.milestone],
  ["c", Rank.candidate],
]);

/** Words that say nothing: `4.1.0.Final` is `4.1.0` (Maven). */
const SILENT: ReadonlySet<string> = new Set(["final", "ga", "release"]);

/** A Debian packager's mark for a repacked source archive. */
const REPACKED = /(?<![a-z])[.~_-]?(?:dfsg|ds|repack|orig)[0-9.]*$/i;

/**
 * Orders two versions of one package as people do, whatever their ecosystem: numbers by value, `1.0` as `1.0.0`,
 * pre-releases before their release, patch letters and post-releases after it, epochs (`1:2.0`, `1!2.0`) first.
 * Separators don't count.
 *
 * @returns a total order: 0 means that neither is newer, though they may be written differently.
 */
export function compareVersions(a: Version, b: Version): -1 | 0 | 1 {
  const [left, right] = [splitEpoch(a), splitEpoch(b)];
  const byEpoch = compareDigits(left.epoch, right.epoch);
  return byEpoch === 0 ? comparePieces(piecesOf(left.rest), piecesOf(right.rest)) : byEpoch;
}

/**
 * @returns whether two spellings can mean one release: `2.0~rc1`, `2.0-rc1` and `2.0rc1`; `1.2+dfsg` and `1.2`. In doubt
 * `true`, since a difference raises an alarm (rules.md, row 39b).
 */
export function sameVersion(a: Version, b: Version): boolean {
  return comparePieces(piecesOf(upstreamPart(a)), piecesOf(upstreamPart(b))) === 0;
}

/** What upstream called it: without epoch, build or repack mark; `2.0+really1.9` is a 1.9 in Debian's archive. */
function upstreamPart(version: Version): string {
  const { rest } = splitEpoch(version);
  const really = rest.split("+really").at(-1) ?? rest;
  const plus = really.indexOf("+");
  return (plus > 0 ? really.slice(0, plus) : really).replace(REPACKED, "");
}

function splitEpoch(version: Version): { readonly epoch: string; readonly rest: string } {
  const [, epoch = "", rest = version] = /^([0-9]+)[:!](.+)$/.exec(version) ?? [];
  return { epoch, rest };
}

function piecesOf(text: string): readonly Piece[] {
  const lower = text.toLowerCase().replace(/^v(?=[0-9])/, "");
  const pieces: Piece[] = [];
  for (const { 0: run, index } of lower.matchAll(/[0-9]+|[a-z]+|~/g)) {
    const piece = pieceOf(run, lower[index - 1] ?? "", lower[index + run.length] ?? "");
    if (piece === undefined) continue;
    if (piece.rank !== Rank.number) dropZeros(pieces);
    // `2.0~rc1` and `2.0rc1` say one thing twice and once.
    if (piece.rank > Rank.tilde && piece.rank < Rank.end && pieces.at(-1)?.rank === Rank.tilde) pieces.pop();
    pieces.push(piece);
  }
  dropZeros(pieces);
  return pieces;
}

function pieceOf(run: string, before: string, after: string): Piece | undefined {
  if (run === "~") return { rank: Rank.tilde, digits: "", word: "" };
  if (isDigit(run)) return { rank: Rank.number, digits: run.replace(/^0+/, ""), word: "" };
  if (SILENT.has(run)) return undefined;
  const patchLetter = isDigit(before) && !isDigit(after);
  const rank = BEFORE_RELEASE.get(run) ?? (patchLetter ? undefined : LETTER_BEFORE_RELEASE.get(run));
  return rank === undefined ? { rank: Rank.addition, digits: "", word: run } : { rank, digits: "", word: "" };
}

function isDigit(text: string): boolean {
  return text >= "0" && text < ":";
}

/** A zero before the end or before a word adds nothing: `1.0` is `1`, `1.0.0rc1` is `1rc1`. */
function dropZeros(pieces: Piece[]): void {
  while (pieces.at(-1)?.rank === Rank.number && pieces.at(-1)?.digits === "") pieces.pop();
}

function comparePieces(a: readonly Piece[], b: readonly Piece[]): -1 | 0 | 1 {
  for (let at = 0; at < a.length || at < b.length; at += 1) {
    const order = comparePiece(a[at] ?? END, b[at] ?? END);
    if (order !== 0) return order;
  }
  return 0;
}

function comparePiece(a: Piece, b: Piece): -1 | 0 | 1 {
  if (a.rank !== b.rank) return a.rank < b.rank ? -1 : 1;
  const byDigits = compareDigits(a.digits, b.digits);
  if (byDigits !== 0) return byDigits;
  return a.word === b.word ? 0 : a.word < b.word ? -1 : 1;
}

/** Of any length: a build number made of a time doesn't fit a double. */
function compareDigits(a: string, b: string): -1 | 0 | 1 {
  const [left, right] = [a.replace(/^0+/, ""), b.replace(/^0+/, "")];
  if (left === right) return 0;
  return left.length < right.length || (left.length === right.length && left < right) ? -1 : 1;
}
