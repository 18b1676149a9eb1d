import type { ArtifactFileName, Version } from "./artifact-name.ts";
import type { Fingerprint } from "./fingerprint.ts";
import type { Sha256 } from "./sha256.ts";
import type { SignerId } from "./signer.ts";
import type { UnixMs } from "./time.ts";

/**
 * Who signed which bytes, when, with what strength. Facts only: whether that is good news is for `judge` to say.
 * Everything here was established by OpenPGP.js and the checks in `daemon/evidence`, at one moment, from merged
 * certificates.
 */
export interface Evidence {
  readonly artifact: Artifact;
  readonly signatureFile: SignatureFile;
  /** One entry for each (packet, certificate that owns its key); entries of one packet share `packet`. */
  readonly signatures: readonly SignatureEvidence[];
  /** Newest state of every certificate that is pinned here or made one of the signatures. */
  readonly certificates: readonly CertificateState[];
  /** Signers whose certificates lay in the key files that came with this artifact (rules.md, row 9a). At most 64. */
  readonly listed: readonly SignerId[];
  /** Free texts beside the artifact that pinned signers signed; hints, never statements. */
  readonly signedTexts?: readonly SignedText[] | undefined;
  /** Places asked for certificates, in words for `unchecked` answers: "this journal", "files beside it". */
  readonly asked: readonly string[];
}

/** A clearsigned text whose signature by a pinned signer verified. */
export interface SignedText {
  readonly fileName: string;
  /** Pinned signers who signed it. */
  readonly signers: readonly SignerId[];
  /** Whole fingerprints that stand in the signed part; at most 64. */
  readonly names: readonly Fingerprint[];
}

export interface Artifact {
  readonly fileName: ArtifactFileName;
  /** `undefined` where neither the name nor the user tells. */
  readonly version: Version | undefined;
  readonly sha256: Sha256;
  readonly size: number;
  /** The version that the archive's own top folder names, where one could be read (rules.md, row 39b). */
  readonly topFolderVersion: Version | undefined;
  /** SHA-256 of the unpacked tar, where the signature covers that; equal tars are no change. */
  readonly unpackedSha256: Sha256 | undefined;
  /** The signed manifest that names this file, where it was verified through one; it binds the name as well. */
  readonly manifest: { readonly fileName: string; readonly sha256: Sha256 } | undefined;
}

export type SignatureFile =
  | { readonly kind: "absent"; readonly lookedFor: readonly string[] }
  /** There is a file, and no signature can be read from it (rules.md, row 27b). `detail` is for people. */
  | { readonly kind: "unreadable"; readonly detail: string }
  | { readonly kind: "read"; readonly sha256: Sha256 };

/** Where a certificate came from; a copy found in several places lists them all. */
export type CertificateSource = "command-line" | "beside" | "journal" | "keyring" | "layer";

/** Broken: anybody can forge it, no allowance. Weak: forgeable with effort, a person may allow it (rules.md, rows 27, 27a). */
export interface Weakness {
  /** As `tofu require --allow` names it: `sha1`, `dsa`, `rsa1024`, `elgamal`, `secp256k1`, `md5`, `ripemd160`, `v3`. */
  readonly algorithm: string;
  readonly degree: "weak" | "broken";
}

/** A revocation that verified. Hard: compromised, or no reason given (RFC 9580 section 5.2.3.31). */
export interface Revocation {
  readonly of: "primary" | "subkey";
  readonly hard: boolean;
  readonly reason: "none" | "superseded" | "compromised" | "retired" | "other";
  readonly at: UnixMs;
}

/** What the certificate says of the signing key at the time the signature claims. */
export type Standing =
  /** Entitled to sign then. */
  | { readonly kind: "entitled"; readonly selfSignatureNewer: boolean; readonly weakBinding: boolean }
  /** The primary's own signature, made after the expiry that every copy at hand states (row 20c i). */
  | { readonly kind: "primary-expired"; readonly expiredAt: UnixMs }
  /** A subkey's signature made after its, or its primary's, expiry (row 20c ii). */
  | { readonly kind: "subkey-expired"; readonly expiredAt: UnixMs }
  /** The signature claims to be older than the key (row 26). */
  | { readonly kind: "older-than-key" }
  /** The certificate lists the key, but binding or back-signature does not prove it (row 6). */
  | { readonly kind: "unproven" }
  /** Bound, but never allowed to sign. */
  | { readonly kind: "not-for-signing" }
  /** The certificate has no self-signature that counts, so it says nothing. */
  | { readonly kind: "no-self-signature" };

export interface VerifiedSignature {
  readonly kind: "verified";
  readonly packet: number;
  readonly signer: SignerId;
  readonly signingKey: Fingerprint;
  readonly byPrimary: boolean;
  /** Equal for keys of equal public material, whatever their certificates (row 13). */
  readonly material: Sha256;
  readonly createdAt: UnixMs;
  /** The expiry that the signature itself states (row 20d). */
  readonly expiresAt: UnixMs | undefined;
  /** `sha512`, `sha1`, … */
  readonly hash: string;
  /** `rsa4096`, `ed25519`, `dsa1024`, `nistp256`, … */
  readonly algorithm: string;
  readonly weaknesses: readonly Weakness[];
  readonly standing: Standing;
  /** Revocations that touch this signature: of the primary always, of a subkey only where it made the signature. */
  readonly revocations: readonly Revocation[];
  /** Expiry of the signing key or its primary by the newest copy, whichever is first; may lie in the future. */
  readonly keyExpiry: { readonly of: "primary" | "subkey"; readonly at: UnixMs } | undefined;
  /** What a hashed `purpose@tofu.invalid` notation says. A release signature that carries it counts as absent. */
  readonly purpose: string | undefined;
  /** What `handover-head@tofu.invalid` says, verified (rules.md, 4.8). */
  readonly handoverHead: string | undefined;
  readonly textMode: boolean;
  readonly certificate: CertificateFacts;
}

/** What there is to tell of a certificate; names are claims of whoever made it. */
export interface CertificateFacts {
  readonly signer: SignerId;
  readonly createdAt: UnixMs;
  readonly claims: readonly string[];
  readonly sources: readonly CertificateSource[];
  /** Signers whose certification of one of the user IDs verified (row 9): a hint, never an authorisation. */
  readonly certifiedBy: readonly SignerId[];
}

/** The certificate at hand owns the key that the signature names, and the signature does not fit these bytes. */
export interface MismatchedSignature {
  readonly kind: "mismatched";
  readonly packet: number;
  readonly signer: SignerId;
  readonly createdAt: UnixMs | undefined;
}

/** No certificate at hand owns the key. What it names is a claim: shown as "names", never as "signed by". */
export interface UnverifiableSignature {
  readonly kind: "unverifiable";
  readonly packet: number;
  readonly issuer: { readonly fingerprint: Fingerprint | undefined; readonly keyId: string | undefined };
  readonly createdAt: UnixMs | undefined;
}

/** A version, algorithm, curve or critical item that this build cannot judge. `detail` is for people. */
export interface UnsupportedSignature {
  readonly kind: "unsupported";
  readonly packet: number;
  /** The certificate at hand that owns the key, where one does. */
  readonly signer: SignerId | undefined;
  readonly weaknesses: readonly Weakness[];
  readonly detail: string;
}

export type SignatureEvidence = VerifiedSignature | MismatchedSignature | UnverifiableSignature | UnsupportedSignature;

/** What the merged copy of a certificate says now: the copy to store, by its digest. */
export interface CertificateState {
  readonly signer: SignerId;
  /** Of the minimal binary certificate. */
  readonly sha256: Sha256;
  /** The signing subkeys that are properly bound. */
  readonly subkeys: readonly Fingerprint[];
  readonly expiry: UnixMs | undefined;
  /** Of the primary key; verified. */
  readonly revocations: readonly Revocation[];
  /** The merged copy differs from the one the journal had, or it had none. */
  readonly changed: boolean;
}
