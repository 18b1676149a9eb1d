import type { Revocation, VerifiedSignature, Weakness } from "./evidence.ts";
import type { Notice } from "./judgement.ts";
import type { PinnedSigner } from "./pin.ts";
import { knownBytes, type Question } from "./question.ts";
import { DAY_MS, formatDate, MINUTE_MS, type UnixMs } from "./time.ts";
import { compareVersions } from "./version.ts";

/**
 * What can keep a signature from counting, worst first: where no quorum is reached, the first of these that any known
 * signer's signature shows is the answer (rules.md, section 3.1).
 */
export const REPORT_ORDER = [
  "bad-signature",
  "revoked",
  "distrusted",
  "wrong-role",
  "handover-fork",
  "quorum-not-met",
  "retired-signer",
  "certificate-unavailable",
  "unsupported",
  "unreadable-signature",
  "future-dated",
  "handover-pending",
  "handover-contested",
  "chain-behind",
  "expired-signature",
  "expired-key",
  "revoked-seen",
  "retired-signer-unseen",
  "weak-crypto",
] as const;

export type Report = (typeof REPORT_ORDER)[number];

/** How one signature stands by itself: what it would be answered with, and what there is to tell beside it. */
export interface Standing {
  readonly report: Report | undefined;
  readonly notices: readonly Notice[];
  /** By a retired signer, over bytes known from before it retired (row 17a). */
  readonly retiredButKnown: boolean;
}

const FUTURE_TOLERANCE_MS = 10 * MINUTE_MS;
const MUCH_OLDER_MS = 180 * DAY_MS;

/** @returns how a signature that verified stands at the question's time, given what the pin says of its signer. */
export function standingOf(
  signature: VerifiedSignature,
  signer: PinnedSigner | undefined,
  question: Question,
): Standing {
  const lifetime = judgeLifetime(signature, question);
  const retirement = judgeRetirement(signature, signer, question);
  const weak = signature.weaknesses.filter((weakness) => !isAllowed(weakness, signature, question));
  const reports: readonly (Report | undefined)[] = [
    judgeKey(signature),
    judgeRevocation(signature, signer, question),
    judgePlace(signer),
    isBehind(signature, signer, question) ? "chain-behind" : undefined,
    retirement.report,
    lifetime.report,
    weak.length > 0 ? "weak-crypto" : undefined,
  ];
  const notices: Notice[] = [...lifetime.notices];
  if (signature.weaknesses.length > 0 && weak.length === 0) {
    notices.push({
      kind: "allowed-weak",
      detail: signature.weaknesses.map((weakness) => weakness.algorithm).join(", "),
    });
  }
  return { report: worst(reports), notices, retiredButKnown: retirement.known };
}

/** @returns the report that is named first. */
export function worst(reports: readonly (Report | undefined)[]): Report | undefined {
  return REPORT_ORDER.find((report) => reports.includes(report));
}

/** @returns whether nobody may allow this: anybody can forge it (row 27a). */
export function isBroken(signature: VerifiedSignature): boolean {
  return signature.weaknesses.some((weakness) => weakness.degree === "broken");
}

/** What the pin itself says of a signer (rows 14, 15, 49, 53a, 58). */
function judgePlace(signer: PinnedSigner | undefined): Report | undefined {
  switch (signer?.state) {
    case "distrusted":
      return "distrusted";
    case "active":
      return signer.roles.has("release") ? undefined : "wrong-role";
    case "frozen":
      return "handover-fork";
    case "pending":
      return "handover-pending";
    case "contested":
      return "handover-contested";
    case "retired":
    case "revoked":
    case undefined:
      return undefined;
  }
}

/** Row 43: a pinned signer says, in the signed part, that there are statements which are not known here. */
function isBehind({ handoverHead }: VerifiedSignature, signer: PinnedSigner | undefined, { pin }: Question): boolean {
  const seq = /^(\d{1,6}):[0-9a-f]{64}$/.exec(handoverHead ?? "")?.[1];
  const { links, pending } = pin.chain;
  const known = (pending?.link ?? links.at(-1))?.statement.seq ?? 0;
  return signer?.state === "active" && seq !== undefined && Number(seq) > known;
}

/** Rows 26, 28 and what a certificate must say before its key can have signed at all. */
function judgeKey(signature: VerifiedSignature): Report | undefined {
  switch (signature.standing.kind) {
    case "older-than-key":
    case "not-for-signing":
      return "bad-signature";
    case "no-self-signature":
    case "unproven":
      return "certificate-unavailable";
    case "entitled":
    case "primary-expired":
    case "subkey-expired":
      return undefined;
  }
}

/** Rows 18a, 18b: a hard revocation reaches back; only bytes that were here before it can be told from a forgery. */
function judgeRevocation(
  signature: VerifiedSignature,
  signer: PinnedSigner | undefined,
  question: Question,
): Report | undefined {
  const inCertificate = signature.revocations.some((revocation) => revocation.hard);
  if (!inCertificate && signer?.revocation === undefined) return undefined;
  const since = signer?.revocation?.since ?? signer?.revocation?.seenAt ?? question.now;
  const known = knownBytes(question);
  return known !== undefined && known.firstSeen < since ? "revoked-seen" : "revoked";
}

/** Rows 17a to 17c, 19. The signature's own date may only make it worse: whoever holds the old key writes any date. */
function judgeRetirement(
  signature: VerifiedSignature,
  signer: PinnedSigner | undefined,
  question: Question,
): { readonly report: Report | undefined; readonly known: boolean } {
  if (
    signature.revocations.some((revocation) => isSoft(revocation, "subkey") && signature.createdAt >= revocation.at)
  ) {
    return { report: "retired-signer", known: false };
  }
  const cutoff = cutoffOf(signature, signer, question.now);
  if (cutoff === undefined) return { report: undefined, known: false };
  const known = knownBytes(question);
  if (known !== undefined && known.firstSeen < cutoff) return { report: undefined, known: true };
  if (signature.createdAt >= cutoff) return { report: "retired-signer", known: false };
  // A vouch answers for bytes nobody here has seen (17b); a signature from after the retirement stays one (17c).
  const vouched = question.pin.vouched.has(question.evidence.artifact.sha256);
  return vouched ? { report: undefined, known: true } : { report: "retired-signer-unseen", known: false };
}

/** @returns when a signer stopped signing: what the pin says, else a soft revocation of the primary at its own date. */
function cutoffOf(signature: VerifiedSignature, signer: PinnedSigner | undefined, now: UnixMs): UnixMs | undefined {
  if (signer?.state === "retired") return signer.retirement?.cutoff;
  const soft = signature.revocations
    .filter((revocation) => isSoft(revocation, "primary"))
    .map((revocation) => revocation.at);
  return soft.length === 0 ? undefined : (Math.min(now, ...soft) as UnixMs);
}

function isSoft(revocation: Revocation, of: "primary" | "subkey"): boolean {
  return !revocation.hard && revocation.of === of;
}

interface Lifetime {
  readonly report: Report | undefined;
  readonly notices: readonly Notice[];
}

/** Rows 20a to 20d, 25, 28. A primary's expiry can be extended by whoever holds it, so it is a stale copy, no alarm. */
function judgeLifetime(signature: VerifiedSignature, question: Question): Lifetime {
  const { now, policy } = question;
  const { standing, createdAt, expiresAt } = signature;
  const limit = now + FUTURE_TOLERANCE_MS;
  if (createdAt > limit || signature.certificate.createdAt > limit) return { report: "future-dated", notices: [] };
  if (expiresAt !== undefined && expiresAt <= now) return { report: "expired-signature", notices: [] };
  switch (standing.kind) {
    case "subkey-expired":
      return { report: "expired-key", notices: [] };
    case "primary-expired": {
      const notice: Notice = { kind: "key-copy-expired", detail: formatDate(standing.expiredAt) };
      return { report: policy.expired === "decide" ? "expired-key" : undefined, notices: [notice] };
    }
    case "entitled":
      return judgeSince(signature, standing, question);
    case "older-than-key":
    case "unproven":
    case "not-for-signing":
    case "no-self-signature":
      return { report: undefined, notices: [] };
  }
}

/** Rows 20a, 20b, 28: entitled when it signed; what has become of the key since? */
function judgeSince(
  signature: VerifiedSignature,
  standing: Extract<VerifiedSignature["standing"], { kind: "entitled" }>,
  question: Question,
): Lifetime {
  const { keyExpiry } = signature;
  const notices: Notice[] = [];
  if (standing.selfSignatureNewer) notices.push({ kind: "self-signature-newer" });
  if (standing.weakBinding) notices.push({ kind: "weak-binding" });
  const expired = keyExpiry !== undefined && keyExpiry.at <= question.now && knownBytes(question) === undefined;
  if (!expired) return { report: undefined, notices };
  notices.push({ kind: "expired-since", detail: formatDate(keyExpiry.at) });
  return {
    report: question.policy.expired === "decide" || isOddlyOld(signature, question) ? "expired-key" : undefined,
    notices,
  };
}

/** Row 20b': a newer release is rarely much older than the last one; a stolen expired subkey would say it is. */
function isOddlyOld(signature: VerifiedSignature, { pin, evidence }: Question): boolean {
  const { version } = evidence.artifact;
  if (signature.keyExpiry?.of !== "subkey" || version === undefined || pin.highest === undefined) return false;
  return (
    compareVersions(version, pin.highest.version) > 0 && signature.createdAt < pin.highest.sigCreated - MUCH_OLDER_MS
  );
}

/** Row 27: `rsa` allows every short RSA key, `rsa1024` that length. */
function isAllowed(weakness: Weakness, signature: VerifiedSignature, { pin }: Question): boolean {
  if (weakness.degree === "broken") return false;
  return (pin.requirement.allow ?? []).some(
    ({ algorithm, signers }) =>
      (weakness.algorithm === algorithm || weakness.algorithm.replace(/\d+$/, "") === algorithm) &&
      (signers.length === 0 || signers.includes(signature.signer)),
  );
}
