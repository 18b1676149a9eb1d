import type { SignatureEvidence, UnverifiableSignature, VerifiedSignature } from "./evidence.ts";
import type { Notice } from "./judgement.ts";
import type { Pin, PinnedSigner } from "./pin.ts";
import type { Question } from "./question.ts";
import { fingerprintOf } from "./signer.ts";
import { type Report, standingOf } from "./standing.ts";
import type { UnixMs } from "./time.ts";

/** One signature with its signer's place in the pin: what counts, what is reported, what is only noise. */
export interface Finding {
  readonly signature: SignatureEvidence;
  /** The signer's entry in the pin; `undefined` for a stranger. */
  readonly known: PinnedSigner | undefined;
  /** Verified, by a certificate that proves the key its own, and nothing speaks against it. */
  readonly good: boolean;
  /** What speaks against it. */
  readonly report: Report | undefined;
  readonly notices: readonly Notice[];
  readonly retiredButKnown: boolean;
  /** A pinned certificate lists the key, and the key does not prove that it belongs there (row 6). */
  readonly unproven: boolean;
}

/** @returns one finding for each signature packet that is about a release; each packet counts for one signer (row 13). */
export function findingsOf(question: Question): readonly Finding[] {
  const byPacket = new Map<number, Finding>();
  for (const signature of question.evidence.signatures) {
    if (isStatementSignature(signature)) continue;
    const finding = findingOf(signature, question);
    const before = byPacket.get(signature.packet);
    if (before === undefined || weight(finding) > weight(before)) byPacket.set(signature.packet, finding);
  }
  return [...byPacket.values()];
}

/** @returns whether a signature was made over a handover statement; on a release it counts as absent (rules.md, 4.1). */
export function isStatementSignature(signature: SignatureEvidence): boolean {
  return signature.kind === "verified" && signature.purpose === "handover";
}

/** Of several certificates that own one packet's key, the one that proves most about it speaks for the packet. */
function weight(finding: Finding): number {
  if (finding.good) return finding.known === undefined ? 3 : 4;
  if (finding.unproven) return 1;
  return finding.signature.kind === "verified" && finding.report !== "certificate-unavailable" ? 2 : 0;
}

function findingOf(signature: SignatureEvidence, question: Question): Finding {
  const { pin, now } = question;
  const rest = { signature, notices: [], retiredButKnown: false, unproven: false, good: false };
  switch (signature.kind) {
    case "verified":
      return verifiedFinding(signature, question);
    case "mismatched":
      return { ...rest, known: present(pin, signature.signer, now), report: "bad-signature" };
    case "unverifiable": {
      // What cannot be verified may raise the alarm, never lower it: distrust is asked before cryptography (3.1, 4).
      const known = namedSigner(pin, signature);
      return { ...rest, known, report: known?.state === "distrusted" ? "distrusted" : "certificate-unavailable" };
    }
    case "unsupported": {
      const known = signature.signer === undefined ? undefined : present(pin, signature.signer, now);
      return { ...rest, known, report: signature.weaknesses.length > 0 ? "weak-crypto" : "unsupported" };
    }
  }
}

function verifiedFinding(signature: VerifiedSignature, question: Question): Finding {
  const known = present(question.pin, signature.signer, question.now);
  const standing = standingOf(signature, known, question);
  if (signature.standing.kind === "unproven" && known !== undefined) {
    // Whoever made this signature did not prove to be the pinned signer: a stranger like any other.
    return {
      signature,
      known: undefined,
      good: false,
      report: undefined,
      notices: [],
      retiredButKnown: false,
      unproven: true,
    };
  }
  return { ...standing, signature, known, good: standing.report === undefined, unproven: false };
}

/** A trust that was given until a date is gone after it, as if it had never been. */
function present(pin: Pin, signer: PinnedSigner["signer"], now: UnixMs): PinnedSigner | undefined {
  const known = pin.signers.get(signer);
  return known?.until !== undefined && known.until <= now ? undefined : known;
}

/**
 * Whom of the pin an unverifiable signature names. It is a claim, good enough to say whose certificate is missing, never
 * to count. A key ID is compared only here, to find a name, never to decide.
 */
function namedSigner(pin: Pin, { issuer }: UnverifiableSignature): PinnedSigner | undefined {
  return [...pin.signers.values()].find((signer) => {
    const keys = [fingerprintOf(signer.signer), ...signer.subkeys].filter((key) => key !== undefined);
    if (issuer.fingerprint !== undefined) return keys.some((key) => key === issuer.fingerprint);
    const keyId = issuer.keyId?.toUpperCase();
    // RFC 9580, section 5.5.4: a version 4 key ID is the end of the fingerprint, a version 6 one its beginning.
    return keyId !== undefined && keys.some((key) => (key.length === 40 ? key.endsWith(keyId) : key.startsWith(keyId)));
  });
}
