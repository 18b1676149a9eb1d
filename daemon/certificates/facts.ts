import type { CertificateState, Revocation, Weakness } from "../core/evidence.ts";
import type { Fingerprint } from "../core/fingerprint.ts";
import type { SignerId } from "../core/signer.ts";
import type { UnixMs } from "../core/time.ts";
import type { GatheredCertificate } from "../evidence/gathering.ts";
import { newestExpiry, usableBindings } from "../evidence/key-standing.ts";
import type { Certificate, CertificateRevocation, Subkey } from "./certificate.ts";
import { findCertificates, readCertificateFile } from "./certificate-file.ts";
import { claimsOf } from "./claims.ts";
import type { RawCertificate } from "./keyring-walk.ts";
import { mergeCopies } from "./merge.ts";
import { certificateState } from "./minimal.ts";

/** What `tofu key show` tells of a certificate. */
export interface ShownCertificate {
  readonly signer: SignerId;
  readonly createdAt: UnixMs;
  /** By its newest self-signature. */
  readonly expiresAt: UnixMs | undefined;
  /** `rsa4096`, `ed25519`, … */
  readonly algorithm: string;
  readonly weaknesses: readonly Weakness[];
  /** Self-signed user IDs; outside text. */
  readonly claims: readonly string[];
  readonly subkeys: readonly ShownSubkey[];
  readonly revocations: readonly Revocation[];
}

export interface ShownSubkey {
  readonly fingerprint: Fingerprint;
  readonly createdAt: UnixMs;
  readonly expiresAt: UnixMs | undefined;
  readonly algorithm: string;
  /** Bound both ways, and allowed to sign. */
  readonly signs: boolean;
  readonly revoked: boolean;
}

/** A certificate from outside, merged with what the journal has. */
export interface MergedCertificate {
  /** As it is to be stored. */
  readonly gathered: GatheredCertificate;
  readonly state: CertificateState;
  readonly shown: ShownCertificate;
}

/** Certificates of one file that an import takes. */
const MAX_IMPORTED = 1000;

/**
 * Merges copies of one certificate with the stored one. Revocations are never lost, forged parts are dropped.
 *
 * @returns `undefined` where the primary key cannot be read.
 */
export async function mergeWithStored(
  copies: readonly RawCertificate[],
  stored: Uint8Array | undefined,
  now: UnixMs,
): Promise<MergedCertificate | undefined> {
  const primary = copies[0]?.primary;
  const journal = stored === undefined ? [] : findCertificates(stored).certificates;
  const [first, ...rest] = [...journal, ...copies].filter((copy) => primary === undefined || copy.primary === primary);
  const certificate = first === undefined ? undefined : await mergeCopies([first, ...rest]);
  return certificate === undefined ? undefined : toMerged(certificate, stored, now);
}

/**
 * Reads the certificates of a key file, each merged with its stored copy.
 *
 * @param storedCertificate - asks the journal.
 * @returns them, and what was passed over, in words; none of both where the file holds nothing.
 * @throws TofuError where the file is missing or cannot be read.
 */
export async function importCertificateFile(
  path: string,
  storedCertificate: (primary: Fingerprint) => Promise<Uint8Array | undefined>,
  now: UnixMs,
): Promise<{ readonly certificates: readonly MergedCertificate[]; readonly notes: readonly string[] }> {
  const file = await readCertificateFile(path);
  const byPrimary = new Map<Fingerprint, readonly RawCertificate[]>();
  for (const raw of file.certificates) byPrimary.set(raw.primary, [...(byPrimary.get(raw.primary) ?? []), raw]);
  const certificates: MergedCertificate[] = [];
  const notes = [...file.notes];
  for (const [primary, copies] of [...byPrimary].slice(0, MAX_IMPORTED)) {
    const merged = await mergeWithStored(copies, await storedCertificate(primary), now);
    if (merged === undefined) notes.push(`${primary}: its key cannot be read by this build`);
    else certificates.push(merged);
  }
  return { certificates, notes };
}

function toMerged(certificate: Certificate, stored: Uint8Array | undefined, now: UnixMs): MergedCertificate {
  const { state, bytes } = certificateState(certificate, stored, now);
  const { signer, subkeys } = state;
  return {
    gathered: { signer, primary: certificate.primary.fingerprint, subkeys, bytes },
    state,
    shown: describeCertificate(certificate, now),
  };
}

/** @returns what there is to show of a certificate, as of `now`. */
export function describeCertificate(certificate: Certificate, now: UnixMs): ShownCertificate {
  const { primary } = certificate;
  return {
    signer: certificate.signer,
    createdAt: primary.createdAt,
    expiresAt: newestExpiry(certificate, primary.fingerprint, now)?.at,
    algorithm: primary.algorithm,
    weaknesses: primary.weaknesses,
    claims: claimsOf(certificate),
    subkeys: certificate.subkeys.map(describeSubkey),
    revocations: certificate.revocations.map(withoutBody),
  };
}

function describeSubkey(subkey: Subkey): ShownSubkey {
  const newest = usableBindings(subkey).at(-1);
  return {
    fingerprint: subkey.key.fingerprint,
    createdAt: subkey.key.createdAt,
    expiresAt: newest?.keyExpiresAt,
    algorithm: subkey.key.algorithm,
    signs: newest?.isProven === true && newest.maySign !== false,
    revoked: subkey.revocations.length > 0,
  };
}

function withoutBody({ of, hard, reason, at }: CertificateRevocation): Revocation {
  return { of, hard, reason, at };
}
