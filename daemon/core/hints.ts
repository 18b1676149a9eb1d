import type { Case } from "./case.ts";
import type { Finding } from "./findings.ts";
import type { Hint } from "./judgement.ts";
import type { Question } from "./question.ts";

/** @returns facts that make a person's own check of an unexpected signer faster; none of them lets it pass (rows 9 to 10, 36). */
export function hintsOf({ question, findings, outcome, replaced }: Case): readonly Hint[] {
  const { verdict } = outcome.ruling;
  if (verdict === "unexpected-signer") return findings.flatMap((finding) => strangerHints(finding, question));
  const signer = outcome.counted[0]?.known?.signer;
  const signedBoth = signer !== undefined && replaced?.signers.includes(signer) === true;
  return verdict === "artifact-changed" && signedBoth ? [{ kind: "both-signed", signer }] : [];
}

function strangerHints({ signature, unproven }: Finding, { pin, elsewhere }: Question): readonly Hint[] {
  if (signature.kind !== "verified") return [];
  const { signer } = signature;
  if (unproven) return [{ kind: "unproven-subkey", signer }];
  const hints: Hint[] = [];
  const by = signature.certificate.certifiedBy.find((certifier) => pin.signers.has(certifier));
  if (by !== undefined) hints.push({ kind: "certified-by-pinned", signer, by });
  const listed = pin.listed.get(signer);
  if (listed !== undefined)
    hints.push({ kind: "listed-in-earlier-keyring", signer, version: listed.version, at: listed.at });
  const packages = elsewhere.signers.get(signer) ?? [];
  if (packages.length > 0) hints.push({ kind: "pinned-elsewhere", signer, packages });
  return hints;
}
