import { enums } from "openpgp";
import type { CertificateFacts } from "../core/evidence.ts";
import type { SignerId } from "../core/signer.ts";
import { hashWeaknesses } from "../evidence/algorithms.ts";
import { componentFits } from "../evidence/mathematics.ts";
import { parseSignatureParts } from "../evidence/signature-packet.ts";
import type { Certificate, Certification, SourcedCertificate } from "./certificate.ts";

/** Names shown of one certificate, and characters of each. */
const MAX_CLAIMS = 8;
const MAX_CLAIM_LENGTH = 1024;
/** Certifications verified for one certificate; each costs up to a millisecond. */
const MAX_CERTIFICATIONS_TRIED = 64;

/**
 * @param pinned - certificates whose certifications are a hint (rules.md, row 9).
 * @returns what there is to tell of a certificate.
 */
export async function certificateFacts(
  owner: SourcedCertificate,
  pinned: readonly Certificate[],
): Promise<CertificateFacts> {
  return {
    signer: owner.certificate.signer,
    createdAt: owner.certificate.primary.createdAt,
    claims: claimsOf(owner.certificate),
    sources: owner.sources,
    certifiedBy: await certifiersOf(owner.certificate, pinned),
  };
}

/** @returns its self-signed user IDs, revoked ones left out; outside text in whatever encoding. */
export function claimsOf(certificate: Certificate): readonly string[] {
  return certificate.users
    .filter((user) => user.revocations.length === 0)
    .slice(0, MAX_CLAIMS)
    .map((user) => Buffer.from(user.userId).toString("utf8").slice(0, MAX_CLAIM_LENGTH));
}

async function certifiersOf(certificate: Certificate, pinned: readonly Certificate[]): Promise<readonly SignerId[]> {
  const found = new Set<SignerId>();
  let tried = 0;
  for (const user of certificate.users) {
    for (const certification of user.certifications) {
      const maker = pinned.find((candidate) => mayHaveMade(candidate, certification));
      if (maker === undefined || maker.signer === certificate.signer || found.has(maker.signer)) continue;
      if (tried === MAX_CERTIFICATIONS_TRIED) return [...found];
      tried += 1;
      if (await certifies(maker, certificate, user.userId, certification)) found.add(maker.signer);
    }
  }
  return [...found];
}

function mayHaveMade({ primary }: Certificate, { issuerFingerprint, keyIds }: Certification): boolean {
  return issuerFingerprint === undefined ? keyIds.includes(primary.keyId) : issuerFingerprint === primary.fingerprint;
}

async function certifies(
  maker: Certificate,
  certificate: Certificate,
  userId: Uint8Array,
  { body }: Certification,
): Promise<boolean> {
  const parts = parseSignatureParts(body);
  // A certification is made over a name that others chose: a hash that collides proves nothing.
  if (!parts.ok || hashWeaknesses(parts.value.hashAlgorithm).length > 0) return false;
  const signed = { key: certificate.primary.packet, userID: { write: (): Uint8Array => userId } };
  return componentFits(body, maker.primary.packet, enums.signature.certGeneric, signed);
}
