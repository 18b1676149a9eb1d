import { printable } from "../core/printable.ts";
import { silenceWords, witnessLabel, witnessText } from "../core/witness-words.ts";
import type { ExpectedLine, GotLine, JudgementLine, WitnessLine } from "../protocol/judgement-line.ts";
import { evidence } from "./layout.ts";
import { count, day, made, sentence, signerName, wholeSigner } from "./outside.ts";
import type { Style } from "./style.ts";

/** So many hints are told in text; JSON has all of them. */
const MAX_HINTS = 2;

/** How many of several are told one by one; the rest are counted. */
export interface Told {
  readonly signers: number;
  /** Whether the names inside a key are told. */
  readonly claims: boolean;
}

/** @returns who was expected: whole fingerprints, with what they signed here. */
export function expectedLines({ expected }: JudgementLine, style: Style, { signers }: Told): readonly string[] {
  const told = expected.slice(0, signers);
  const left = expected.length - told.length;
  return told.flatMap((signer, index) => [
    ...evidence(index === 0 ? "expected" : "or", wholeSigner(signer.signer), style),
    ...evidence("", `${record(signer)}${index === told.length - 1 ? more(left, "signer") : ""}`, style),
  ]);
}

/** `12 releases on 9 days, 2024-03-02 to 2026-09-14`. */
function record({ releases, days, first, last }: ExpectedLine): string {
  if (releases === 0 || first === undefined || last === undefined) return "no release of theirs seen here yet";
  const period = day(first) === day(last) ? day(first) : `${day(first)} to ${day(last)}`;
  return `${count(releases, "release")} on ${count(days, "day")}, ${period}`;
}

/** @returns who signed, or whom a signature names; names inside a key are claims. */
export function gotLines({ got }: JudgementLine, style: Style, limits: Told): readonly string[] {
  const told = got.slice(0, limits.signers);
  const left = got.length - told.length;
  return told.flatMap((one, index) => [
    ...evidence(
      index === 0 ? "got" : "and",
      `${signature(one, style)}${index === told.length - 1 ? more(left, "signature") : ""}`,
      style,
    ),
    ...(one.verified && limits.claims ? claims(one.claims, style) : []),
  ]);
}

function signature(got: GotLine, style: Style): string {
  if (!got.verified || got.signer === undefined)
    return `a signature that names ${signerName(got.signer ?? got.names ?? "nobody", style)}`;
  const bySubkey = got.signingKey !== undefined && !got.signer.endsWith(got.signingKey);
  const key = bySubkey && style.verbose ? `, signing key ${wholeSigner(got.signingKey)}` : "";
  return `${signerName(got.signer, style)}${got.created === undefined ? "" : `, ${made(got.created, style.now)}`}${key}`;
}

/** @returns the first name a key claims, all of them with `--verbose`. */
export function claims(names: readonly string[], style: Style): readonly string[] {
  const told = style.verbose ? names : names.slice(0, 1);
  return told.flatMap((name) => evidence("", `claims to be "${printable(name)}"`, style));
}

/** @returns the further facts of a verdict, each under its label. */
export function factLines({ facts }: JudgementLine, style: Style): readonly string[] {
  return facts.flatMap(({ label, text }) => evidence(printable(label, 20), sentence(text), style));
}

/** @returns what makes a person's own check faster. */
export function hintLines({ hints }: JudgementLine, style: Style): readonly string[] {
  const told = style.verbose ? hints : hints.slice(0, MAX_HINTS);
  return told.flatMap(({ detail, kind }) =>
    evidence("hint", sentence(detail === "" ? kind.replaceAll("-", " ") : detail), style),
  );
}

const HANDOVER: ReadonlyMap<string, string> = new Map([
  ["none", "none, beside the file or where the package publishes them"],
  ["offline", "not looked for (offline)"],
]);

/** @returns what was found where statements are looked for. */
export function handoverLines({ handover }: JudgementLine, style: Style): readonly string[] {
  if (handover === undefined) return [];
  const known = HANDOVER.get(handover.state) ?? handover.state.replaceAll("-", " ");
  return evidence("handover", sentence(handover.detail ?? known), style);
}

/** @returns what independent sources say, `2 of 3 agree: …` or `0 of 3 know it; …`; each of them with `--verbose`. */
export function witnessLines({ verdict, witnesses }: JudgementLine, style: Style): readonly string[] {
  const text = witnessText(witnesses, verdict === "unexpected-signer" ? "alarm" : "first-use");
  const each = style.verbose ? witnesses.flatMap((witness) => evidence("", oneWitness(witness), style)) : [];
  return [...(text === undefined ? [] : evidence("witnesses", sentence(text), style)), ...each];
}

const SAYING: ReadonlyMap<string, string> = new Map([
  ["new", "names its signer"],
  ["old", "names a signer that is pinned here"],
  ["other", "names another signer"],
  ["against", "warns of its signer"],
]);

function oneWitness({ kind, source, says, counted, silence }: WitnessLine): string {
  const what = SAYING.get(says) ?? (silence === undefined ? says : silenceWords(silence));
  return sentence(`${witnessLabel(kind)} ${printable(source, 40)}: ${what}${counted ? "" : ", without a vote"}`);
}

function more(left: number, thing: string): string {
  return left > 0 ? `; and ${left} more ${thing}${left === 1 ? "" : "s"}` : "";
}
