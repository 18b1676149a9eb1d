import type { SignaturePacket } from "openpgp";
import type { Certificate, CertificateKey, SourcedCertificate } from "../certificates/certificate.ts";
import type { CertificateFacts, Revocation, SignatureEvidence, VerifiedSignature, Weakness } from "../core/evidence.ts";
import { type UnixMs, unixMs } from "../core/time.ts";
import { algorithmWeaknesses, hashAlgorithm, hashWeaknesses } from "./algorithms.ts";
import { newestExpiry, standingAt } from "./key-standing.ts";
import { documentFits, parseSignature, type SignedDocument } from "./mathematics.ts";
import { createdAt, issuerHints, type SignatureParts, withUnhashed } from "./signature-packet.ts";

/** One signature packet, the key of one certificate that it may be by, and the document. */
export interface Weighing {
  readonly packet: number;
  readonly parts: SignatureParts;
  readonly owner: SourcedCertificate;
  readonly key: CertificateKey;
  readonly facts: CertificateFacts;
  /** `undefined`: no digest could be computed for this signature. */
  readonly document: SignedDocument | undefined;
  readonly now: UnixMs;
}

const PURPOSE = "purpose@tofu.invalid";
const HANDOVER_HEAD = "handover-head@tofu.invalid";
const TEXT_TYPE = 0x01;
const MAX_NOTATION = 512;

/**
 * Establishes what one signature is, with one certificate: whether it fits these bytes, and what the certificate says of
 * its key at that time. Only what stands in the hashed area is read.
 */
export async function weighSignature(weighing: Weighing): Promise<SignatureEvidence> {
  const { packet, parts, owner, key, document } = weighing;
  const weaknesses = distinct([...hashWeaknesses(parts.hashAlgorithm), ...key.weaknesses]);
  const unsupported = (detail: string): SignatureEvidence => ({
    kind: "unsupported",
    packet,
    signer: owner.certificate.signer,
    weaknesses,
    detail,
  });
  const body = withUnhashed(parts, []);
  const parsed = await parseSignature(body);
  const algorithm = hashAlgorithm(parts.hashAlgorithm);
  if (algorithm === undefined) return unsupported(`its hash algorithm has number ${parts.hashAlgorithm}`);
  if (parsed === undefined) return unsupported("it is damaged, or its key algorithm is unknown");
  if (document === undefined) return unsupported(`this build has no ${algorithm.name} for it`);
  const mathematics = await documentFits(body, key.packet, document);
  switch (mathematics.kind) {
    case "cannot-tell":
      return unsupported(mathematics.detail);
    case "does-not-fit":
      return { kind: "mismatched", packet, signer: owner.certificate.signer, createdAt: createdAt(parts) };
    case "fits": {
      const critical = unknownCritical(parsed);
      return critical === undefined ? verified(weighing, parsed, algorithm.name, weaknesses) : unsupported(critical);
    }
  }
}

/** @returns the evidence for a packet that no certificate at hand owns. */
export function unverifiable(packet: number, parts: SignatureParts): SignatureEvidence {
  const hints = issuerHints(parts);
  const fingerprint = hints.signedFingerprint ?? hints.otherFingerprints[0];
  return { kind: "unverifiable", packet, issuer: { fingerprint, keyId: hints.keyIds[0] }, createdAt: createdAt(parts) };
}

function verified(
  weighing: Weighing,
  parsed: SignaturePacket,
  hash: string,
  weaknesses: readonly Weakness[],
): VerifiedSignature {
  const { parts, key, now } = weighing;
  const { certificate } = weighing.owner;
  const created = unixMs(parsed.created?.getTime() ?? 0);
  const expires = parsed.getExpirationTime();
  const byPrimary = key.fingerprint === certificate.primary.fingerprint;
  return {
    kind: "verified",
    packet: weighing.packet,
    signer: certificate.signer,
    signingKey: key.fingerprint,
    byPrimary,
    material: key.material,
    createdAt: created,
    expiresAt: expires instanceof Date ? unixMs(expires.getTime()) : undefined,
    hash,
    algorithm: key.algorithm,
    // A weak primary key would let anybody bind a strong subkey to it.
    weaknesses: distinct([...weaknesses, ...certificate.primary.weaknesses]),
    standing: standingAt(certificate, key.fingerprint, { createdAt: created, now }),
    revocations: revocationsTouching(certificate, key),
    keyExpiry: newestExpiry(certificate, key.fingerprint, now),
    purpose: notation(parsed, PURPOSE),
    handoverHead: notation(parsed, HANDOVER_HEAD),
    textMode: parts.type === TEXT_TYPE,
    certificate: weighing.facts,
  };
}

function revocationsTouching(certificate: Certificate, key: CertificateKey): readonly Revocation[] {
  const subkey = certificate.subkeys.find((candidate) => candidate.key.fingerprint === key.fingerprint);
  const touching = [...certificate.revocations, ...(subkey?.revocations ?? [])];
  return touching.map(({ of, hard, reason, at }) => ({ of, hard, reason, at }));
}

/** RFC 9580 sections 5.2.3.7 and 5.2.3.24: what is critical and not understood makes the signature one in error. */
function unknownCritical(packet: SignaturePacket): string | undefined {
  const subpacket = packet.unknownSubpackets.find(({ critical }) => critical);
  if (subpacket !== undefined) return `it needs subpacket type ${subpacket.type} to be understood`;
  const unknown = packet.rawNotations.find(
    ({ critical, name }) => critical && name !== PURPOSE && name !== HANDOVER_HEAD,
  );
  return unknown === undefined ? undefined : "it carries a notation that must be understood";
}

/** `notations` of the library keeps one of several; all that say the same name are told here, joined. */
function notation(packet: SignaturePacket, wanted: string): string | undefined {
  const values = packet.rawNotations.filter(({ name }) => name === wanted).map(({ value }) => value);
  if (values.length === 0) return undefined;
  const texts = values.map((value) => Buffer.from(value.subarray(0, MAX_NOTATION)).toString("utf8"));
  return [...new Set(texts)].join(" ");
}

/** Weaknesses of a signature that could not be weighed with a key. */
export function weaknessesByHeader(header: {
  readonly hashAlgorithm: number;
  readonly keyAlgorithm: number;
}): readonly Weakness[] {
  return distinct([...hashWeaknesses(header.hashAlgorithm), ...algorithmWeaknesses(header.keyAlgorithm)]);
}

function distinct(weaknesses: readonly Weakness[]): readonly Weakness[] {
  return [...new Map(weaknesses.map((weakness) => [weakness.algorithm, weakness])).values()];
}
