import type { Case } from "./case.ts";
import { factsOf } from "./facts.ts";
import { type Finding, findingsOf, isStatementSignature } from "./findings.ts";
import { hintsOf } from "./hints.ts";
import { historyNotices, isOlderVersion, type Renaming, renamingOf, replacedArtifact } from "./history.ts";
import { importRuling, opinionNotices } from "./import-hold.ts";
import type { GotSigner, Judgement, Notice } from "./judgement.ts";
import { shortName } from "./package-name.ts";
import { activeSigners, refusalKey } from "./pin.ts";
import type { Question } from "./question.ts";
import { judgeFirstUse, judgePinned, type Outcome } from "./quorum.ts";
import { eventArtifact, eventsOf } from "./recording.ts";
import { sentenceOf } from "./sentence.ts";
import { judgeUnsigned } from "./unsigned.ts";
import { rule } from "./verdict.ts";
import { tallyOf } from "./witness-tally.ts";

/**
 * Judges one artifact: compares what was established about it with what the pin says. Pure and total; each row of
 * rules.md, section 3, is a test of it.
 *
 * @returns verdict, words, and the events to append if the answer is to be remembered.
 */
export function judge(question: Question): Judgement {
  const findings = findingsOf(question);
  const signed = judgeSignatures(question, findings);
  const judged = applyHistory(question, findings, signed);
  const { ruling } = judged.outcome;
  const earlier = question.pin.refusals.get(refusalKey(eventArtifact(question.evidence.artifact), ruling.verdict));
  return {
    ...ruling,
    package: question.package,
    artifact: question.evidence.artifact,
    sentence: sentenceOf(judged),
    expected: activeSigners(question.pin, "release").map((signer) => ({
      signer: signer.signer,
      releases: signer.releases.size,
      days: signer.days,
      first: signer.firstSeen,
      last: signer.lastSeen,
    })),
    got: findings.map(gotOf).filter((got) => got !== undefined),
    notices: judged.notices,
    hints: hintsOf(judged),
    witnesses: judged.witnesses.voices,
    facts: factsOf(judged),
    refusedSince: ruling.exit === 0 ? undefined : earlier?.first,
    next: nextCommand(judged),
    events: eventsOf(judged),
  };
}

/** Section 3.1, steps 2 to 8: is there a signature, and do enough of the right signers stand behind it? */
function judgeSignatures(question: Question, findings: readonly Finding[]): Outcome {
  const nothing = { counted: [], about: undefined };
  switch (question.evidence.signatureFile.kind) {
    case "absent":
      return { ruling: judgeUnsigned(question), ...nothing };
    case "unreadable":
      return { ruling: rule("unreadable-signature"), ...nothing };
    case "read":
      if (findings.length === 0) return { ruling: rule("unreadable-signature"), ...nothing };
      return question.pin.exists ? judgePinned(question, findings) : judgeFirstUse(question, findings);
  }
}

/**
 * The artifact's own history goes over what its signatures say: replaced bytes refuse whoever signed them (step 1), a
 * file accepted once passes exactly the verdict it was accepted for (step 0), and only what would pass is asked whether
 * its name tells the truth (rows 39 to 41).
 */
function applyHistory(question: Question, findings: readonly Finding[], outcome: Outcome): Case {
  const replaced = replacedArtifact(question);
  const withRuling = (verdict: Parameters<typeof rule>[0], renaming?: Renaming): Case => ({
    question,
    findings,
    outcome: { ...outcome, ruling: rule(verdict) },
    replaced,
    renaming,
    notices: noticesOf(question, findings, outcome),
    witnesses: tallyOf(question, findings),
  });
  if (replaced !== undefined) return withRuling("artifact-changed");
  const ruling = importRuling(question, findings, outcome) ?? outcome.ruling;
  const { verdict, exit } = ruling;
  if (exit !== 0) {
    const accepted = question.pin.acceptedOnce.get(question.evidence.artifact.sha256);
    const isThat =
      accepted?.overridden === verdict &&
      findings.some(({ signature }) => signature.kind === "verified" && signature.signer === accepted.signer);
    return isThat ? withRuling("accepted-once") : { ...withRuling(verdict), outcome: { ...outcome, ruling } };
  }
  const renaming = renamingOf(question);
  if (renaming !== undefined) return withRuling("renamed", renaming);
  if (question.pin.requirement.noRollback === true && isOlderVersion(question)) return withRuling("older-version");
  return { ...withRuling(verdict), outcome };
}

function noticesOf(question: Question, findings: readonly Finding[], outcome: Outcome): readonly Notice[] {
  const { pin, evidence, elsewhere } = question;
  const notices: Notice[] = outcome.counted.flatMap((finding) => finding.notices);
  const first = outcome.counted[0]?.signature;
  const badBeside =
    outcome.ruling.exit === 0 &&
    findings.some((finding) => finding.known !== undefined && finding.report === "bad-signature");
  if (badBeside) notices.push({ kind: "bad-signature-beside" });
  if (evidence.signatures.some(isStatementSignature)) notices.push({ kind: "statement-signature-on-file" });
  if (outcome.ruling.exit === 0) {
    notices.push(...historyNotices(question, first?.kind === "verified" ? first.createdAt : undefined));
    const siblings = outcome.counted.flatMap(({ signature }) =>
      signature.kind === "verified" ? (elsewhere.signers.get(signature.signer) ?? []) : [],
    );
    if (siblings.length > 0) notices.push({ kind: "shared-key", detail: [...new Set(siblings)].join(", ") });
    notices.push(...opinionNotices(question, outcome));
  }
  if (outcome.ruling.verdict === "first-use" && pin.forgottenAt !== undefined)
    notices.push({ kind: "forgotten-before" });
  return notices.filter((notice, index) => notices.findIndex((other) => other.kind === notice.kind) === index);
}

function gotOf({ signature }: Finding): GotSigner | undefined {
  switch (signature.kind) {
    case "verified": {
      const { signer, signingKey, certificate, createdAt } = signature;
      return { verified: true, signer, signingKey, certificate, created: createdAt };
    }
    case "mismatched":
      return { verified: false, names: signature.signer };
    case "unverifiable":
      return { verified: false, names: signature.issuer.fingerprint ?? signature.issuer.keyId ?? "nobody" };
    case "unsupported":
      return signature.signer === undefined ? undefined : { verified: false, names: signature.signer };
  }
}

/** The one next command; an alarm never names the one that silences it. */
function nextCommand({ question, outcome }: Case): readonly string[] | undefined {
  const { ruling } = outcome;
  if (ruling.exit === 0) return undefined;
  if (ruling.verdict === "certificate-unavailable") return ["tofu", "key", "import", "FILE"];
  const { version } = question.evidence.artifact;
  return ["tofu", "why", shortName(question.package), ...(version === undefined ? [] : [version])];
}
