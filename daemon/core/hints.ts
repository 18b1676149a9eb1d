import type { Case } from "./case.ts";
import type { VerifiedSignature } from "./evidence.ts";
import type { Finding } from "./findings.ts";
import type { Hint } from "./judgement.ts";
import type { Question } from "./question.ts";
import { fingerprintOf } from "./signer.ts";

/** @returns facts that make a person's own check of an unexpected signer faster; none of them lets it pass (rows 9 to 10, 36). */
export function hintsOf({ question, findings, outcome, replaced }: Case): readonly Hint[] {
  const { verdict } = outcome.ruling;
  if (verdict === "unexpected-signer") return findings.flatMap((finding) => strangerHints(finding, question));
  const signer = outcome.counted[0]?.known?.signer;
  const signedBoth = signer !== undefined && replaced?.signers.includes(signer) === true;
  return verdict === "artifact-changed" && signedBoth ? [{ kind: "both-signed", signer }] : [];
}

function strangerHints({ signature, unproven }: Finding, { pin, elsewhere, evidence }: Question): readonly Hint[] {
  if (signature.kind !== "verified") return [];
  const { signer } = signature;
  if (unproven) return [{ kind: "unproven-subkey", signer }];
  const hints: Hint[] = [...textHints(signature, pin, evidence)];
  const by = signature.certificate.certifiedBy.find((certifier) => pin.signers.has(certifier));
  if (by !== undefined) hints.push({ kind: "certified-by-pinned", signer, by });
  const listed = pin.listed.get(signer);
  if (listed !== undefined)
    hints.push({ kind: "listed-in-earlier-keyring", signer, version: listed.version, at: listed.at });
  const packages = elsewhere.signers.get(signer) ?? [];
  if (packages.length > 0) hints.push({ kind: "pinned-elsewhere", signer, packages });
  return hints;
}

/** Free text: who wrote it may have meant this very change, or a warning of it; it is for a person to read. */
function textHints(
  { signer, signingKey }: VerifiedSignature,
  pin: Question["pin"],
  { signedTexts = [] }: Question["evidence"],
): readonly Hint[] {
  const named = [fingerprintOf(signer), signingKey];
  for (const { fileName, signers, names } of signedTexts) {
    const by = signers.find((one) => SPEAKING.has(pin.signers.get(one)?.state ?? "distrusted"));
    if (by !== undefined && names.some((name) => named.includes(name)))
      return [{ kind: "named-in-signed-text", signer, by, fileName }];
  }
  return [];
}

/** A signer who was retired may well be the one who says who came after. */
const SPEAKING: ReadonlySet<string> = new Set(["active", "retired", "frozen"]);
