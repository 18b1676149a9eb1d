import type { CertificateState } from "../core/evidence.ts";
import type { Fingerprint } from "../core/fingerprint.ts";
import type { UnixMs } from "../core/time.ts";
import { sha256OfBytes } from "../evidence/digest-lanes.ts";
import { newestExpiry } from "../evidence/key-standing.ts";
import { concatBytes, encodePacket, TAG } from "../evidence/packet-walk.ts";
import type { Certificate, SelfSignature, Subkey, User } from "./certificate.ts";

/** Self-signatures kept of one key or user, the newest; real ones have a few, one for each renewal. */
const MAX_KEPT = 32;

/**
 * The certificate as it is stored: primary key, revocations, direct-key signatures, one user ID with its
 * self-signatures, the subkeys that are proven to sign. No certifications by others, nothing unverified, and in an order
 * that depends on its content alone: the same certificate always has the same bytes.
 */
export function minimalCertificate(certificate: Certificate): Uint8Array {
  const user = chooseUser(certificate.users);
  const subkeys = provenSubkeys(certificate).toSorted((a, b) =>
    a.key.fingerprint < b.key.fingerprint ? -1 : Number(a.key.fingerprint > b.key.fingerprint),
  );
  return concatBytes([
    encodePacket(TAG.publicKey, certificate.primary.body),
    ...signaturePackets(certificate.revocations),
    ...signaturePackets(newest(certificate.directSignatures)),
    ...(user === undefined ? [] : [encodePacket(TAG.userId, user.userId)]),
    ...signaturePackets([...(user?.revocations ?? []), ...newest(user?.selfSignatures ?? [])]),
    ...subkeys.flatMap((subkey) => [
      encodePacket(TAG.publicSubkey, subkey.key.body),
      ...signaturePackets([...subkey.revocations, ...newest(subkey.bindings.filter((binding) => binding.isProven))]),
    ]),
  ]);
}

/** @returns subkeys that both keys agree on and that may sign, revoked and expired ones among them. */
export function provenSubkeys(certificate: Certificate): readonly Subkey[] {
  return certificate.subkeys.filter((subkey) =>
    subkey.bindings.some((binding) => binding.isProven && binding.maySign !== false),
  );
}

/** @returns the fingerprints of {@link provenSubkeys}. */
export function provenSubkeyFingerprints(certificate: Certificate): readonly Fingerprint[] {
  return provenSubkeys(certificate).map((subkey) => subkey.key.fingerprint);
}

/** @param stored - the bytes that the journal has of it. */
export function certificateState(
  certificate: Certificate,
  stored: Uint8Array | undefined,
  now: UnixMs,
): { readonly state: CertificateState; readonly bytes: Uint8Array } {
  const bytes = minimalCertificate(certificate);
  const state: CertificateState = {
    signer: certificate.signer,
    sha256: sha256OfBytes(bytes),
    subkeys: provenSubkeyFingerprints(certificate),
    expiry: newestExpiry(certificate, certificate.primary.fingerprint, now)?.at,
    revocations: certificate.revocations.map(({ of, hard, reason, at }) => ({ of, hard, reason, at })),
    changed: stored === undefined || Buffer.compare(stored, bytes) !== 0,
  };
  return { state, bytes };
}

/** The one that the owner calls primary, else the one spoken of last: its self-signature has the newest expiry. */
function chooseUser(users: readonly User[]): User | undefined {
  const standing = users.filter((user) => user.revocations.length === 0);
  return (standing.length > 0 ? standing : users).toSorted(byWeight).at(-1);
}

function byWeight(a: User, b: User): number {
  const [left, right] = [a.selfSignatures.at(-1), b.selfSignatures.at(-1)];
  return (
    Number(left?.isPrimaryUser ?? false) - Number(right?.isPrimaryUser ?? false) ||
    (left?.createdAt ?? 0) - (right?.createdAt ?? 0) ||
    Buffer.compare(a.userId, b.userId)
  );
}

function newest(signatures: readonly SelfSignature[]): readonly SelfSignature[] {
  return signatures.slice(-MAX_KEPT);
}

function signaturePackets(signatures: readonly Pick<SelfSignature, "body">[]): readonly Uint8Array[] {
  return signatures.map(({ body }) => encodePacket(TAG.signature, body));
}
