import { printable } from "../core/printable.ts";
import type { SignerLine, WhyLine } from "../protocol/answer.ts";
import type { StoryLine } from "../protocol/story-line.ts";
import { labelled, paragraph } from "./layout.ts";
import { count, day, packageWord, sentence, signerName, wholeSigner } from "./outside.ts";
import type { Style } from "./style.ts";

/** Two blanks, a date, two blanks: below it stand the notes. */
const DATE_COLUMNS = 14;
const HEAD_COLUMNS = 13;

/** @returns the story of a pin: who signs it, then what happened, oldest first. */
export function renderWhy(answer: WhyLine, style: Style): readonly string[] {
  const requirements = answer.requirements.flatMap((text) => entry("", "requires", sentence(text), style));
  const siblings = answer.siblings.flatMap(({ signer, packages }) =>
    entry("", "also signs", `${signerName(signer, style)} signs ${names(packages, style)} here too`, style),
  );
  const below = [
    ...(style.verbose ? answer.signers.flatMap((signer) => signerLines(signer, style)) : []),
    ...answer.story.flatMap((line) => storyLines(line, style)),
    ...requirements,
    ...siblings,
  ];
  return [...paragraph(sentence(answer.sentence), style), ...(below.length === 0 ? [] : ["", ...below])];
}

function storyLines(line: StoryLine, style: Style): readonly string[] {
  const { at, head, sentence: text, notes, events, proof, signers = [] } = line;
  const whole = style.verbose ? signers.flatMap((signer) => entry("", "signer", wholeSigner(signer), style)) : [];
  const proved =
    proof === undefined ? [] : entry("", proof.state === "failed" ? "failed" : "proof", proofText(proof), style);
  const journal = style.verbose && events.length > 0 ? entry("", "journal", events.join(", "), style) : [];
  return [
    ...entry(day(at), head, sentence(text), style),
    ...whole,
    ...notes.flatMap((note) => entry("", printable(note.label, 20), sentence(note.text), style)),
    ...proved,
    ...journal,
  ];
}

function proofText({ state, detail }: NonNullable<StoryLine["proof"]>): string {
  return state === "failed" ? sentence(detail) : `${state}: ${sentence(detail)}`;
}

function signerLines(signer: SignerLine, style: Style): readonly string[] {
  const { state, roles, strength, basis, reason, claims } = signer;
  const because = reason === undefined ? "" : `: ${sentence(reason)}`;
  return [
    ...entry(day(signer.since), "signer", wholeSigner(signer.signer), style),
    ...entry("", "", `${state}${because}; ${mayDo(roles)}; ${basisWords(basis)}${compared(strength)}`, style),
    ...entry("", "", `${count(signer.releases, "release")} on ${count(signer.days, "day")}${toldOf(signer)}`, style),
    ...claims.flatMap((claim) => entry("", "", `claims to be "${printable(claim)}"`, style)),
  ];
}

/** Counts from other machines stand apart from those of this one. */
function toldOf({ imported }: SignerLine): string {
  return imported === undefined ? "" : `; imported: ${count(imported, "release")}`;
}

const ROLE_WORDS: ReadonlyMap<string, string> = new Map([
  ["release", "sign releases"],
  ["handover", "hand over"],
  ["recovery", "recover"],
]);

function mayDo(roles: readonly string[]): string {
  if (roles.length === 0) return "may do nothing";
  return `may ${roles.map((role) => ROLE_WORDS.get(role) ?? printable(role, 20)).join(" and ")}`;
}

const BASIS_WORDS: ReadonlyMap<string, string> = new Map([
  ["first-use", "remembered at first use"],
  ["trust", "accepted by you"],
]);

function basisWords(basis: string): string {
  return BASIS_WORDS.get(basis) ?? sentence(basis);
}

function compared(strength: SignerLine["strength"]): string {
  return strength === "verified" ? ", compared with a second source" : "";
}

function entry(date: string, head: string, text: string, style: Style): readonly string[] {
  const indent = " ".repeat(DATE_COLUMNS + HEAD_COLUMNS);
  const label = head.length < HEAD_COLUMNS ? head.padEnd(HEAD_COLUMNS) : `${head}  `;
  return labelled(`${`  ${date}`.padEnd(DATE_COLUMNS)}${label}`, text, { indent, style });
}

const MAX_SIBLINGS = 5;

function names(packages: readonly string[], { verbose }: Style): string {
  const told = verbose ? packages : packages.slice(0, MAX_SIBLINGS);
  const left = packages.length - told.length;
  return `${told.map(packageWord).join(", ")}${left === 0 ? "" : ` and ${left} more`}`;
}
