import type { Case } from "./case.ts";
import { factsOf } from "./facts.ts";
import { type Finding, findingsOf, isStatementSignature } from "./findings.ts";
import { hintsOf } from "./hints.ts";
import { historyNotices, isOlderVersion, renamingOf, replacedArtifact } from "./history.ts";
import { importRuling, layerNotices, opinionNotices } from "./import-hold.ts";
import type { GotSigner, Judgement, Notice } from "./judgement.ts";
import { isSeedExpired } from "./layer-pin.ts";
import { shortName } from "./package-name.ts";
import { activeSigners, refusalKey } from "./pin.ts";
import type { Question } from "./question.ts";
import { judgeFirstUse, judgePinned, type Outcome } from "./quorum.ts";
import { eventArtifact, eventsOf } from "./recording.ts";
import { sentenceOf } from "./sentence.ts";
import { judgeUnsigned } from "./unsigned.ts";
import { type Ruling, rule } from "./verdict.ts";
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
    ...(ruling.verdict === "first-use-denied" && isSeedExpired(question.pin)
      ? { reason: "seed-expired" as const }
      : {}),
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
 * The artifact's own history goes over what its signatures say: replaced bytes refuse whoever signed them (step 1), only
 * what would pass is asked whether its name tells the truth (rows 39 to 41), and a file accepted once passes exactly the
 * verdict it was accepted for, whichever that is (step 0).
 */
function applyHistory(question: Question, findings: readonly Finding[], outcome: Outcome): Case {
  const replaced = replacedArtifact(question);
  const signed = importRuling(question, findings, outcome) ?? outcome.ruling;
  const renaming = replaced === undefined && signed.exit === 0 ? renamingOf(question) : undefined;
  const judged = historyRuling(question, signed, { replaced, renaming });
  const ruling = isAcceptedOnce(question, findings, judged) ? rule("accepted-once") : judged;
  return {
    question,
    findings,
    outcome: { ...outcome, ruling },
    replaced,
    renaming,
    notices: noticesOf(question, findings, outcome),
    witnesses: tallyOf(question, findings),
  };
}

function historyRuling(
  question: Question,
  ruling: Ruling,
  { replaced, renaming }: Pick<Case, "replaced" | "renaming">,
): Ruling {
  if (replaced !== undefined) return rule("artifact-changed");
  if (renaming !== undefined) return rule("renamed");
  const goesBack = ruling.exit === 0 && question.pin.requirement.noRollback === true && isOlderVersion(question);
  return goesBack ? rule("older-version") : ruling;
}

/** Row 16: the signature that was refused then still verifies, and neither distrust nor a revocation has come since. */
function isAcceptedOnce({ pin, evidence }: Question, findings: readonly Finding[], { verdict }: Ruling): boolean {
  const accepted = pin.acceptedOnce.get(evidence.artifact.sha256);
  if (accepted?.overridden !== verdict || verdict === "distrusted") return false;
  const wasRevoked = verdict === "revoked" || verdict === "revoked-seen";
  return findings.some(
    ({ signature, known }) =>
      signature.kind === "verified" &&
      signature.signer === accepted.signer &&
      known?.distrust === undefined &&
      (wasRevoked || !(known?.revocation !== undefined || signature.revocations.some(({ hard }) => hard))),
  );
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
  notices.push(...layerNotices(question));
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
  const isAtHand = outcome.about?.signature.kind === "mismatched";
  if (ruling.verdict === "certificate-unavailable" && !isAtHand) return ["tofu", "key", "import", "FILE"];
  // Where the pins come from; on this machine nothing can be done.
  if (ruling.verdict === "first-use-denied") return ["tofu", "export", shortName(question.package)];
  const { version } = question.evidence.artifact;
  return ["tofu", "why", shortName(question.package), ...(version === undefined ? [] : [version])];
}
