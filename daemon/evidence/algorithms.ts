import type { Weakness } from "../core/evidence.ts";

/** A hash algorithm of RFC 9580 section 9.5, as OpenSSL names it. */
export interface HashAlgorithm {
  readonly name: string;
  readonly openssl: string;
  /** Salt of a version 6 signature (section 9.5, table 23); `undefined` where none may be made. */
  readonly saltOctets: number | undefined;
}

const HASHES: ReadonlyMap<number, HashAlgorithm> = new Map([
  [1, { name: "md5", openssl: "md5", saltOctets: undefined }],
  [2, { name: "sha1", openssl: "sha1", saltOctets: undefined }],
  [3, { name: "ripemd160", openssl: "ripemd160", saltOctets: undefined }],
  [8, { name: "sha256", openssl: "sha256", saltOctets: 16 }],
  [9, { name: "sha384", openssl: "sha384", saltOctets: 24 }],
  [10, { name: "sha512", openssl: "sha512", saltOctets: 32 }],
  [11, { name: "sha224", openssl: "sha224", saltOctets: 16 }],
  [12, { name: "sha3-256", openssl: "sha3-256", saltOctets: 16 }],
  [14, { name: "sha3-512", openssl: "sha3-512", saltOctets: 32 }],
]);

/** @returns the hash algorithm of this number, `undefined` where this build has none. */
export function hashAlgorithm(id: number): HashAlgorithm | undefined {
  return HASHES.get(id);
}

const WEAK_HASHES: ReadonlyMap<string, Weakness["degree"]> = new Map([
  ["md5", "broken"],
  ["ripemd160", "broken"],
  ["sha1", "weak"],
]);

/** @returns what is wrong with a document signature's hash (rules.md, rows 27 and 27a). */
export function hashWeaknesses(id: number): readonly Weakness[] {
  const name = HASHES.get(id)?.name ?? "";
  const degree = WEAK_HASHES.get(name);
  return degree === undefined ? [] : [{ algorithm: name, degree }];
}

/** Some real RSA-2048 keys have a modulus of 2047 bits (security.md, section 4). */
const MIN_RSA_BITS = 2047;
const BROKEN_RSA_BITS = 1024;

/** @returns what is wrong with a key's algorithm or length (rules.md, rows 27 and 27a). */
export function keyWeaknesses(key: {
  readonly algorithm: string;
  readonly bits: number | undefined;
}): readonly Weakness[] {
  if (key.algorithm.startsWith("dsa")) return [{ algorithm: "dsa", degree: "weak" }];
  if (key.algorithm.startsWith("elgamal")) return [{ algorithm: "elgamal", degree: "weak" }];
  if (key.algorithm === "secp256k1") return [{ algorithm: "secp256k1", degree: "weak" }];
  if (!key.algorithm.startsWith("rsa") || key.bits === undefined || key.bits >= MIN_RSA_BITS) return [];
  return [{ algorithm: key.algorithm, degree: nominalBits(key.bits) < BROKEN_RSA_BITS ? "broken" : "weak" }];
}

/** A signature's algorithm alone, for one whose key is not at hand or cannot be read. */
export function algorithmWeaknesses(keyAlgorithm: number): readonly Weakness[] {
  if (keyAlgorithm === 17) return [{ algorithm: "dsa", degree: "weak" }];
  return keyAlgorithm === 16 || keyAlgorithm === 20 ? [{ algorithm: "elgamal", degree: "weak" }] : [];
}

/** @returns the length a key was made with: a modulus may fall short of it by its leading zero bits. */
export function nominalBits(bits: number): number {
  return Math.ceil(bits / 8) * 8;
}

/** RSA, DSA, ECDSA, EdDSA legacy, Ed25519, Ed448: what this build can verify (RFC 9580 section 9.1). */
const SIGNING_ALGORITHMS: ReadonlySet<number> = new Set([1, 3, 17, 19, 22, 27, 28]);

/** @returns whether keys of this algorithm make signatures that this build can verify. */
export function canSign(keyAlgorithm: number): boolean {
  return SIGNING_ALGORITHMS.has(keyAlgorithm);
}
