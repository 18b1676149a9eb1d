import type { Case } from "./case.ts";
import type { SignatureEvidence, VerifiedSignature } from "./evidence.ts";
import type { Finding } from "./findings.ts";
import { shortFingerprint } from "./fingerprint.ts";
import { firstUseClause, undecidedClause } from "./first-use-words.ts";
import { differingHearsay } from "./history.ts";
import { conflictClause, deniedClause } from "./layer-words.ts";
import { shortName } from "./package-name.ts";
import type { PinnedSigner } from "./pin.ts";
import { knownBytes } from "./question.ts";
import { requiredSigners } from "./quorum.ts";
import { fingerprintOf, type SignerId } from "./signer.ts";
import { formatDate, type UnixMs } from "./time.ts";
import { weakClause } from "./weak-words.ts";

/**
 * @returns line one of every answer, without the class word: the package, its version, one clause. It holds outside text
 * as it came; whoever prints it escapes it.
 */
export function sentenceOf(judged: Case): string {
  const { question } = judged;
  const { version, fileName } = question.evidence.artifact;
  const name = shortName(question.package);
  const subject = version === undefined ? `${name} (${fileName})` : `${name} ${version}`;
  return clauseOf(judged, { name, subject });
}

/** @returns the shortest form a signer is shown in: eight digits at either end. */
export function shortSigner(signer: SignerId): string {
  const fingerprint = fingerprintOf(signer);
  return fingerprint === undefined ? signer : shortFingerprint(fingerprint);
}

/** @returns "1 release", "2 releases". */
export function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : many}`;
}

interface Words {
  readonly name: string;
  readonly subject: string;
}

function clauseOf(judged: Case, { name, subject }: Words): string {
  const { question, outcome } = judged;
  switch (outcome.ruling.verdict) {
    case "first-use":
      return `${subject}: ${firstUseClause(judged)}`;
    case "match":
    case "match-new-subkey":
    case "match-plus-unknown":
      return `${subject}: ${matchClause(judged)}`;
    case "match-handover": {
      const statement = question.moved.at(-1)?.statement;
      return `${subject}: handed over on ${statement === undefined ? "a date unknown" : formatDate(statement.issued)} by statement ${statement?.seq ?? 0}, verified`;
    }
    case "match-retired":
      return `${subject}: known here before its signer ${retiredOn(outcome.about)}`;
    case "accepted-once": {
      const accepted = question.pin.acceptedOnce.get(question.evidence.artifact.sha256);
      return `${subject}: passes because you accepted this very file${onDate(accepted?.at)}`;
    }
    case "unsigned":
    case "unsigned-expected":
    case "unsigned-older":
    case "unsigned-downgrade":
      return unsignedClause(judged, { name, subject });
    case "first-use-undecided":
      return `${subject}: ${undecidedClause(judged)}`;
    case "first-use-denied":
      return `${subject}: ${deniedClause(question.pin)}`;
    case "name-ambiguous":
      return `${subject}: several packages of this name are pinned here; say which`;
    case "quorum-not-met":
      return `${subject} carries ${outcome.counted.length} of the ${requiredSigners(question)} signatures that ${name} requires`;
    case "unexpected-signer":
      return `${subject} is signed by someone who never signed ${name} here`;
    case "import-conflict":
      return `${subject}: ${conflictClause(question.pin)}`;
    case "hash-differs-from-import":
      return `${subject}: not the bytes that ${differingHearsay(question)?.imported?.label ?? "a pin file"} lists for it`;
    case "artifact-changed":
    case "renamed":
    case "older-version":
      return `${subject}: ${historyClause(judged, name)}`;
    case "handover-fork":
    case "handover-pending":
    case "handover-contested":
    case "chain-behind":
      return `${subject}: ${chainClause(judged, name)}`;
    case "retired-signer-unseen":
    case "revoked-seen":
    case "expired-key":
    case "expired-signature":
    case "future-dated":
    case "weak-crypto":
    case "wrong-role":
    case "distrusted":
    case "retired-signer":
    case "revoked":
    case "bad-signature":
    case "certificate-unavailable":
    case "unreadable-signature":
    case "unsupported":
      return `${subject}: ${signatureClause(judged, name)}`;
  }
}

function matchClause({ question, outcome }: Case): string {
  const [first, ...others] = outcome.counted;
  const newSubkey = outcome.ruling.verdict === "match-new-subkey" ? ", with a new signing subkey" : "";
  if (others.length > 0)
    return `signed by ${outcome.counted.length} of its signers; ${requiredSigners(question)} must sign`;
  const signer = first?.known;
  if (signer?.firstSeen === undefined && signer?.basis.kind === "import")
    return `signer as in ${signer.basis.label}${importedReleases(signer)}${newSubkey}`;
  if (signer === undefined || signer.firstSeen === undefined)
    return `signed by a signer you trusted${onDate(signer?.since)}${newSubkey}`;
  return `same signer as ${plural(signer.releases.size, "release")} since ${formatDate(signer.firstSeen)}${newSubkey}`;
}

function importedReleases({ imported }: PinnedSigner): string {
  return imported?.releases === undefined ? "" : `, imported with ${plural(imported.releases, "release")}`;
}

function unsignedClause(judged: Case, { name, subject }: Words): string {
  const { question, outcome } = judged;
  const { pin, evidence } = question;
  switch (outcome.ruling.verdict) {
    case "unsigned-expected":
      return `${subject}: not signed, and not expected to be: ${knownBytes(question) === undefined ? "you allowed this version" : "these bytes are known here"}`;
    case "unsigned-older":
      return `${subject} is older than the first signed release known here and carries no signature`;
    case "unsigned-downgrade": {
      const releases = new Set([...pin.signers.values()].flatMap((signer) => [...signer.releases])).size;
      if (!pin.exists) return `${subject} is not signed; ${name} was, until you had it forgotten`;
      if (releases === 0) return `${subject} is not signed, and ${name} has a signer here`;
      return `${subject} is not signed; ${releases === 1 ? "the one release" : `all ${releases} releases`} seen before ${releases === 1 ? "was" : "were"}`;
    }
    default:
      if (outcome.ruling.exit === 0) return `${subject}: never signed here; its sha256 is remembered`;
      return `${subject}: new here and not signed${evidence.artifact.manifest === undefined ? "" : ", only listed"}`;
  }
}

function historyClause({ question, outcome, replaced, renaming, findings }: Case, name: string): string {
  switch (outcome.ruling.verdict) {
    case "artifact-changed": {
      const signed = findings.some((finding) => finding.good && finding.known !== undefined);
      return `not the file you had${onDate(replaced?.firstSeen)}; ${signed ? "both are signed" : "it was replaced"}`;
    }
    case "renamed":
      if (renaming?.kind === "inside") return `this file calls itself ${renaming.version} inside`;
      return `these bytes are ${name} ${renaming?.artifact.version ?? ""}, seen${onDate(renaming?.artifact.firstSeen)}; only the name is new`;
    default:
      return `older than ${question.pin.highest?.version ?? "the newest"}, which you had${onDate(question.pin.highest?.at)}; ${name} may not go back here`;
  }
}

/** What the package's statements have to say about a signer. */
function chainClause({ outcome, question }: Case, name: string): string {
  const who = named(outcome.about);
  const signature = outcome.about?.signature;
  switch (outcome.ruling.verdict) {
    case "handover-fork":
      return `signed by ${who}; two statements disagree about ${name}'s signers, and only those in both pass`;
    case "handover-pending":
      return `signed by ${who}, named by a statement that is not in force yet`;
    case "handover-contested":
      return `signed by ${who}, added by a statement that a stolen key had signed`;
    default: {
      const theirs = signature?.kind === "verified" ? signature.handoverHead?.split(":")[0] : undefined;
      return `this release knows key statement ${theirs ?? "unknown"}; you have ${question.pin.chain.links.at(-1)?.statement.seq ?? "none"}`;
    }
  }
}

/** What one signature's own state has to say. */
function signatureClause({ outcome, findings, question }: Case, name: string): string {
  const about = outcome.about ?? findings[0];
  const signature = about?.signature;
  const who = signature === undefined ? "its signer" : named(about);
  const verified = signature?.kind === "verified" ? signature : undefined;
  switch (outcome.ruling.verdict) {
    case "bad-signature":
      return badClause(verified, who);
    case "revoked":
      return `its signer was revoked as compromised${onDate(revokedAt(verified, about?.known))}`;
    case "revoked-seen":
      return `its signer was revoked${onDate(revokedAt(verified, about?.known))}; you had this very file before`;
    case "distrusted":
      return `${verified === undefined ? "names" : "signed by"} ${who}, which you marked as distrusted${onDate(about?.known?.distrust?.at)}`;
    case "wrong-role":
      return `signed by ${who}, who may change ${name}'s keys but not sign releases`;
    case "retired-signer":
      return `signed by ${who} after that signer ${retiredOn(about)}`;
    case "retired-signer-unseen":
      return `claims to be from before ${who} retired; only that key's owner says so`;
    case "future-dated":
      return `dated ${formatDate(futureDate(verified) ?? question.now)}, which is still to come; a clock is wrong, here or at the signer`;
    case "expired-signature":
      return `its signature was good until ${verified?.expiresAt === undefined ? "a date past" : formatDate(verified.expiresAt)}`;
    case "expired-key":
      return expiredClause(verified);
    case "weak-crypto":
      return weakClause(about, question.pin.exists, name);
    case "certificate-unavailable":
      return unavailableClause(signature, who, name);
    case "unsupported":
      return `carries a signature that this tofu can't read: ${signature?.kind === "unsupported" ? signature.detail : "unknown format"}`;
    default:
      return "its signature file holds no signature of a release";
  }
}

function badClause(signature: VerifiedSignature | undefined, who: string): string {
  if (signature?.standing.kind === "older-than-key")
    return "its signature claims to be older than the key that made it";
  return signature === undefined ? `this file is not what ${who} signed` : `signed by a key that ${who} never let sign`;
}

/** What is not verified is "named", never "signed by". */
function unavailableClause(signature: SignatureEvidence | undefined, who: string, name: string): string {
  switch (signature?.kind) {
    case "mismatched":
      return `its signature names ${who}, which never signed ${name} here, and does not fit the file`;
    case "verified":
      return `names ${who}, whose certificate at hand proves nothing`;
    case "unverifiable":
    case "unsupported":
    case undefined:
      return `names ${who}, whose certificate is not at hand`;
  }
}

function expiredClause(signature: VerifiedSignature | undefined): string {
  switch (signature?.standing.kind) {
    case "subkey-expired":
      return `right signer, but its signing subkey expired on ${formatDate(signature.standing.expiredAt)}, before this was signed`;
    case "primary-expired":
      return `right signer, but its key expired on ${formatDate(signature.standing.expiredAt)}, before this was signed`;
    default:
      return `right signer, but its key has expired${onDate(signature?.keyExpiry?.at)} and this claims to be from before`;
  }
}

function named(finding: Finding | undefined): string {
  const signature = finding?.signature;
  switch (signature?.kind) {
    case "verified":
    case "mismatched":
      return shortSigner(signature.signer);
    case "unsupported":
      return signature.signer === undefined ? "its signer" : shortSigner(signature.signer);
    case "unverifiable": {
      const { fingerprint, keyId } = signature.issuer;
      return fingerprint === undefined ? `key ${keyId ?? "unknown"}` : shortFingerprint(fingerprint);
    }
    case undefined:
      return "its signer";
  }
}

function revokedAt(signature: VerifiedSignature | undefined, known: PinnedSigner | undefined): UnixMs | undefined {
  return (
    signature?.revocations.find((revocation) => revocation.hard)?.at ??
    known?.revocation?.since ??
    known?.revocation?.seenAt
  );
}

function futureDate(signature: VerifiedSignature | undefined): UnixMs | undefined {
  return signature === undefined
    ? undefined
    : (Math.max(signature.createdAt, signature.certificate.createdAt) as UnixMs);
}

function retiredOn(finding: Finding | undefined): string {
  const inCertificate =
    finding?.signature.kind === "verified"
      ? finding.signature.revocations.find((revocation) => !revocation.hard)?.at
      : undefined;
  return `retired${onDate(finding?.known?.retirement?.cutoff ?? inCertificate)}`;
}

function onDate(time: UnixMs | undefined): string {
  return time === undefined ? "" : ` on ${formatDate(time)}`;
}
