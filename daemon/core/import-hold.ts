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
  const { importConflict, layer } = question.pin;
  const { verdict, exit } = outcome.ruling;
  const passes = exit === 0;
  // Which of the two files is right is not for this machine to guess: whoever either names, and nobody else, waits.
  if (layer?.differ !== undefined && (passes || verdict === "unexpected-signer")) return rule("import-conflict");
  if (importConflict?.holds === true) {
    const theirs = new Set(importConflict.theirs.map(({ key }) => key));
    const isTheirs = findings.some(
      ({ good, signature }) => good && signature.kind === "verified" && theirs.has(signature.signer),
    );
    if (passes || (verdict === "unexpected-signer" && isTheirs)) return rule("import-conflict");
  }
  return passes && differingHearsay(question) !== undefined ? rule("hash-differs-from-import") : undefined;
}

/** Row 76: the machine's files stand, whatever the journal pinned before. */
export function layerNotices({ pin }: Question): readonly Notice[] {
  const beside = [...(pin.layer?.beside ?? [])];
  if (beside.length === 0) return [];
  const detail = `${beside.map(shortSigner).join(", ")}, pinned here before, stands in none of ${pin.layer?.files.join(", ")}`;
  return [{ kind: "layer-conflict", detail }];
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
