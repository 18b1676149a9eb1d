import type { Finding } from "./findings.ts";
import { differingHearsay } from "./history.ts";
import type { Notice } from "./judgement.ts";
import type { Question } from "./question.ts";
import type { Outcome } from "./quorum.ts";
import { shortSigner } from "./sentence.ts";
import { type Ruling, rule } from "./verdict.ts";

/**
 * What pin files change in an answer: a conflict with a trusted one stops the package's signers, and theirs, until the
 * user resolves it (row 69); bytes that differ from what an untrusted one lists are for a person to look at (row 71a).
 */
export function importRuling(question: Question, findings: readonly Finding[], outcome: Outcome): Ruling | undefined {
  const { importConflict } = question.pin;
  const passes = outcome.ruling.exit === 0;
  if (importConflict?.holds === true) {
    const theirs = new Set(importConflict.theirs.map(({ key }) => key));
    const isTheirs = findings.some(
      ({ good, signature }) => good && signature.kind === "verified" && theirs.has(signature.signer),
    );
    if (passes || (outcome.ruling.verdict === "unexpected-signer" && isTheirs)) return rule("import-conflict");
  }
  return passes && differingHearsay(question) !== undefined ? rule("hash-differs-from-import") : undefined;
}

/** Row 71: somebody's word against a signer whose signature counted. */
export function opinionNotices({ pin }: Question, { counted }: Outcome): readonly Notice[] {
  const signers = new Set(
    counted.flatMap(({ signature }) => (signature.kind === "verified" ? [signature.signer] : [])),
  );
  return pin.opinions
    .filter(({ row }) => signers.has(row.key))
    .map(({ row, label }) => ({
      kind: "imported-opinion" as const,
      detail: `${label} says that ${shortSigner(row.key)} is ${row.state}`,
    }));
}
