import type { AnyKeyPacket } from "openpgp";
import type { CertificateSource, Revocation, Weakness } from "../core/evidence.ts";
import type { Fingerprint } from "../core/fingerprint.ts";
import type { Sha256 } from "../core/sha256.ts";
import type { SignerId } from "../core/signer.ts";
import type { UnixMs } from "../core/time.ts";

/**
 * A certificate merged from all its copies. Every signature in it fits its key (the library's mathematics); forged and
 * uncountable ones are gone. Nothing here depends on the time at which it is looked at.
 */
export interface Certificate {
  readonly signer: SignerId;
  readonly primary: CertificateKey;
  /** Subkeys that can make signatures by their algorithm, bound or not. */
  readonly subkeys: readonly Subkey[];
  readonly users: readonly User[];
  readonly directSignatures: readonly SelfSignature[];
  /** Of the primary key. */
  readonly revocations: readonly CertificateRevocation[];
}

/** Where the copies of a certificate came from. */
export interface SourcedCertificate {
  readonly certificate: Certificate;
  readonly sources: readonly CertificateSource[];
}

export interface CertificateKey {
  readonly fingerprint: Fingerprint;
  /** A hint for finding it, 16 hex digits. */
  readonly keyId: string;
  readonly createdAt: UnixMs;
  /** `rsa4096`, `ed25519`, `dsa1024`, `nistp256`, … */
  readonly algorithm: string;
  readonly weaknesses: readonly Weakness[];
  /** Equal for equal public keys, whatever packet they stand in. */
  readonly material: Sha256;
  /** The packet's body, and as the library parsed it. */
  readonly body: Uint8Array;
  readonly packet: AnyKeyPacket;
}

export interface Subkey {
  readonly key: CertificateKey;
  readonly bindings: readonly Binding[];
  readonly revocations: readonly CertificateRevocation[];
}

export interface User {
  /** As its packet has it; a claim in whatever encoding. */
  readonly userId: Uint8Array;
  readonly selfSignatures: readonly SelfSignature[];
  readonly revocations: readonly CertificateRevocation[];
  /** By others, unverified, without outside text in their unhashed areas. */
  readonly certifications: readonly Certification[];
}

/** A signature by the primary key over its own parts; what it says stands in its hashed area. */
export interface SelfSignature {
  /** The packet's body as it is stored. */
  readonly body: Uint8Array;
  readonly createdAt: UnixMs;
  /** When the signature itself ends. */
  readonly expiresAt: UnixMs | undefined;
  /** When the key that it speaks of ends by it. */
  readonly keyExpiresAt: UnixMs | undefined;
  /** `undefined`: it says nothing about what the key may do. */
  readonly maySign: boolean | undefined;
  readonly isPrimaryUser: boolean;
  /** SHA-1, from before it stopped to count. */
  readonly isWeak: boolean;
}

export interface Binding extends SelfSignature {
  /** The subkey proves that it wants to belong here: a valid back-signature of type 0x19 (RFC 9580 section 5.2.1.9). */
  readonly isProven: boolean;
}

export interface CertificateRevocation extends Revocation {
  readonly body: Uint8Array;
}

export interface Certification {
  readonly issuerFingerprint: Fingerprint | undefined;
  readonly keyIds: readonly string[];
  readonly body: Uint8Array;
}
