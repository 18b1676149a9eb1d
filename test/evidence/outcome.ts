import type { Evidence, SignatureEvidence, VerifiedSignature } from "../../daemon/core/evidence.ts";
import type { SignerId } from "../../daemon/core/signer.ts";
import { MINUTE_MS, type UnixMs } from "../../daemon/core/time.ts";

/** The outcomes of `test/vectors/README.md`. */
export type Outcome =
  | "good"
  | "unexpected-key"
  | "bad-signature"
  | "weak"
  | "revoked"
  | "expired"
  | "unsigned"
  | "cannot-check";

const WORST_FIRST: readonly Outcome[] = ["bad-signature", "revoked", "cannot-check", "expired", "weak"];

/**
 * A judge of evidence alone, for tests: strict where the vectors are, and without any history. The real one is
 * `daemon/core/judge.ts`.
 */
export function outcomeOf(evidence: Evidence, pinned: readonly SignerId[], now: UnixMs): Outcome {
  if (evidence.signatureFile.kind === "absent") return "unsigned";
  if (evidence.signatureFile.kind === "unreadable") return "cannot-check";
  const outcomes = evidence.signatures.map((signature) => outcomeOfOne(signature, pinned, now));
  if (outcomes.includes("good")) return "good";
  const worst = WORST_FIRST.find((outcome) => outcomes.includes(outcome));
  return worst ?? (outcomes.includes("unexpected-key") ? "unexpected-key" : "cannot-check");
}

function outcomeOfOne(signature: SignatureEvidence, pinned: readonly SignerId[], now: UnixMs): Outcome {
  switch (signature.kind) {
    case "unsupported":
      return signature.weaknesses.length > 0 ? "weak" : "cannot-check";
    case "unverifiable":
      return "unexpected-key";
    case "mismatched":
      return pinned.includes(signature.signer) ? "bad-signature" : "unexpected-key";
    case "verified":
      return pinned.includes(signature.signer) ? outcomeOfVerified(signature, now) : "unexpected-key";
  }
}

function outcomeOfVerified(signature: VerifiedSignature, now: UnixMs): Outcome {
  if (signature.standing.kind === "unproven") return "unexpected-key";
  if (signature.standing.kind === "older-than-key" || signature.standing.kind === "not-for-signing")
    return "bad-signature";
  if (signature.standing.kind === "no-self-signature") return "cannot-check";
  if (signature.revocations.some(({ hard, at }) => hard || at <= signature.createdAt)) return "revoked";
  if (signature.createdAt > now + 10 * MINUTE_MS) return "cannot-check";
  if (signature.expiresAt !== undefined && signature.expiresAt <= now) return "expired";
  if (signature.standing.kind !== "entitled") return "expired";
  return signature.weaknesses.length > 0 ? "weak" : "good";
}
