import type { Finding } from "./findings.ts";
import { thresholds } from "./pin.ts";
import { knownBytes, type Question } from "./question.ts";
import { isBroken, type Report, worst } from "./standing.ts";
import { decide, type Ruling, refuse, rule } from "./verdict.ts";
import type { WitnessTally } from "./witness.ts";
import { tallyOf, votesOf } from "./witness-tally.ts";

/** What the signatures on an artifact amount to, with the findings that the answer rests on. */
export interface Outcome {
  readonly ruling: Ruling;
  /** The good signatures that count, one a signer; for a first use, of those who are remembered. */
  readonly counted: readonly Finding[];
  /** The finding that the sentence is about. */
  readonly about: Finding | undefined;
}

/** @returns the outcome where the package has a pin: do enough of its signers vouch for these bytes? */
export function judgePinned(question: Question, findings: readonly Finding[]): Outcome {
  const known = findings.filter((finding) => finding.known !== undefined);
  const counted = distinct(known.filter((finding) => finding.good));
  if (counted.length >= requiredSigners(question))
    return { ruling: rule(matchKind(question, findings, counted)), counted, about: counted[0] };
  if (known.length > 0) return reportOf(known, counted);
  return judgeStrangers(findings);
}

/** @returns the outcome where the package has none (rows 1 to 3, and 74). */
export function judgeFirstUse(question: Question, findings: readonly Finding[]): Outcome {
  const good = distinct(findings.filter((finding) => finding.good));
  if (good.length === 0) return reportOf(findings, []);
  const tally = tallyOf(question, findings);
  const remembered = good.filter((finding) => isRemembered(finding, { question, tally, isAlone: good.length === 1 }));
  const about = remembered[0] ?? good[0];
  const { firstUse } = question.policy;
  switch (firstUse.kind) {
    case "deny":
      return { ruling: rule("first-use-denied"), counted: [], about };
    case "decide":
      return { ruling: rule("first-use-undecided"), counted: [], about };
    case "witnesses":
    case "accept":
      // One that names somebody else weighs more than all who agree.
      if (remembered.length === 0 || tally.contradicting > 0)
        return { ruling: rule("first-use-undecided"), counted: [], about };
      // A file that the next release's rule would refuse is no beginning either (row 12).
      return remembered.length < requiredSigners(question)
        ? { ruling: rule("quorum-not-met"), counted: remembered, about }
        : { ruling: rule("first-use"), counted: remembered, about };
  }
}

/** @returns how many distinct signers of the pin a release needs. */
export function requiredSigners({ policy, pin }: Question): number {
  return Math.max(policy.releaseThreshold ?? 1, thresholds(pin).release);
}

/** Row 13: a signer counts once, and equal key material in two certificates is one signer. */
function distinct(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ signature }) => {
    if (signature.kind !== "verified" || seen.has(signature.signer) || seen.has(signature.material)) return false;
    seen.add(signature.signer).add(signature.material);
    return true;
  });
}

/** Row 1a: of several signers those whom a witness names, or who came another way; row 2: as many as policy asks for. */
function isRemembered(
  finding: Finding,
  {
    question,
    tally,
    isAlone,
  }: { readonly question: Question; readonly tally: WitnessTally; readonly isAlone: boolean },
): boolean {
  const votes = votesOf(tally, finding);
  const { firstUse } = question.policy;
  if (firstUse.kind === "witnesses" && votes < firstUse.count) return false;
  return isAlone || votes > 0 || hasOwnSource(finding);
}

/** Anybody on the way can append a signature, and lay its certificate beside the file. */
function hasOwnSource({ signature }: Finding): boolean {
  return signature.kind === "verified" && signature.certificate.sources.some((source) => source !== "beside");
}

function matchKind(
  question: Question,
  findings: readonly Finding[],
  counted: readonly Finding[],
): "match" | "match-new-subkey" | "match-plus-unknown" | "match-retired" | "match-handover" {
  if (question.moved.length > 0) return "match-handover";
  if (counted.every((finding) => finding.retiredButKnown)) return "match-retired";
  if (findings.some((finding) => finding.known === undefined)) return "match-plus-unknown";
  const isNew = ({ signature, known }: Finding): boolean =>
    signature.kind === "verified" &&
    !signature.byPrimary &&
    known !== undefined &&
    !known.subkeys.has(signature.signingKey);
  return counted.some(isNew) && knownBytes(question) === undefined ? "match-new-subkey" : "match";
}

/** The first report, in the order of severity, that any of these findings shows. */
function reportOf(findings: readonly Finding[], counted: readonly Finding[]): Outcome {
  const reports = findings.map((finding) => finding.report);
  const report = worst(counted.length > 0 ? [...reports, "quorum-not-met"] : reports);
  if (report === undefined) return { ruling: rule("unreadable-signature"), counted: [], about: undefined };
  const about = findings.find((finding) => finding.report === report) ?? counted[0];
  return { ruling: rulingFor(report, about), counted, about };
}

/**
 * Nobody of the pin is among the signers. A signature that fits is another signer's, whatever else is wrong with it; one
 * that doesn't, by a certificate that is nobody's here, shows no signer at all (row 33).
 */
function judgeStrangers(findings: readonly Finding[]): Outcome {
  const signer = findings.find((finding) => finding.good || finding.unproven);
  if (signer !== undefined) return { ruling: rule("unexpected-signer"), counted: [], about: signer };
  const verified = findings.find(
    ({ signature, report }) =>
      signature.kind === "verified" && report !== "certificate-unavailable" && report !== "weak-crypto",
  );
  if (verified !== undefined) return { ruling: rule("unexpected-signer"), counted: [], about: verified };
  return reportOf(
    findings.map((finding) =>
      finding.report === "bad-signature" ? { ...finding, report: "certificate-unavailable" } : finding,
    ),
    [],
  );
}

function rulingFor(report: Report, about: Finding | undefined): Ruling {
  if (report !== "weak-crypto") return rule(report);
  const { signature } = about ?? {};
  const broken =
    signature?.kind === "verified"
      ? isBroken(signature)
      : signature?.kind === "unsupported" && signature.weaknesses.some(({ degree }) => degree === "broken");
  return broken === true ? refuse(report) : decide(report);
}
