import { createHash, createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { parseSha256, type Sha256 } from "../core/sha256.ts";
import { parseSigner, type SignerId } from "../core/signer.ts";
import { SshFormatError, SshReader } from "./ssh-wire.ts";

/** How a key signs: which algorithm names its signatures may carry, and what the platform needs to check them. */
export type SshKeyScheme =
  | { readonly kind: "ed25519" }
  | { readonly kind: "rsa"; readonly modulusBytes: number }
  | { readonly kind: "ecdsa"; readonly hash: "sha256" | "sha384" | "sha512"; readonly fieldBytes: number };

export interface SshPublicKey {
  readonly signer: SignerId;
  /** `ssh-ed25519`, `ssh-rsa`, `ecdsa-sha2-nistp256`, … */
  readonly type: string;
  /** `ed25519`, `rsa3072`, `nistp256`, … */
  readonly algorithm: string;
  readonly scheme: SshKeyScheme;
  /** What a security key (`sk-…`) signs for; `undefined` for keys that are kept in a file or an agent. */
  readonly application: string | undefined;
  readonly key: KeyObject;
  /** SHA-256 of the public numbers, as OpenPGP writes them: equal for keys of equal material, whatever holds them. */
  readonly material: Sha256;
}

/** A key that this build can read and will not use; `message` says why. */
export class SshUnsupportedError extends Error {}

const ED25519_BYTES = 32;
/** Shorter keys are weak (rules.md, row 27), and a weak key never counts for a statement (row 55). */
const MIN_RSA_BITS = 2048;
/** What OpenSSH and OpenSSL take. */
const MAX_RSA_BITS = 16_384;
/** Where OpenSSL draws the line for long moduli. */
const MAX_RSA_EXPONENT_BYTES = 8;
const UNCOMPRESSED_POINT = 0x04;

const CURVES = {
  nistp256: { name: "P-256", hash: "sha256", fieldBytes: 32, oid: [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07] },
  nistp384: { name: "P-384", hash: "sha384", fieldBytes: 48, oid: [0x2b, 0x81, 0x04, 0x00, 0x22] },
  nistp521: { name: "P-521", hash: "sha512", fieldBytes: 66, oid: [0x2b, 0x81, 0x04, 0x00, 0x23] },
} as const;

/** Numbers of RFC 9580, section 9.1. */
const OPENPGP = { rsa: 1, ecdsa: 19, ed25519: 27 } as const;

type Material = Pick<SshPublicKey, "algorithm" | "scheme" | "application"> & { readonly jwk: JsonWebKey };

/**
 * Reads a public key as SSH sends it (RFC 4253 section 6.6, RFC 5656 section 3.1, RFC 8709 section 4; security keys:
 * OpenSSH's PROTOCOL.u2f).
 *
 * @throws SshFormatError if the bytes are no such key, SshUnsupportedError if they are one that is not accepted.
 */
export function readSshPublicKey(blob: Uint8Array): SshPublicKey {
  const reader = new SshReader(blob);
  const type = reader.name();
  const { jwk, ...rest } = readMaterial(type, reader);
  reader.end();
  const key = importKey(jwk);
  const digest = createHash("sha256").update(blob).digest("base64").replace(/=+$/, "");
  const signer = parseSigner(`ssh:SHA256:${digest}`);
  const material = parseSha256(createHash("sha256").update(materialOf(jwk)).digest("hex"));
  if (!signer.ok || !material.ok) throw new SshFormatError("a digest that is none");
  return { signer: signer.value, type, key, material: material.value, ...rest };
}

function readMaterial(type: string, reader: SshReader): Material {
  switch (type) {
    case "ssh-ed25519":
      return { ...readEd25519(reader), application: undefined };
    case "sk-ssh-ed25519@openssh.com":
      return { ...readEd25519(reader), application: reader.name() };
    case "ssh-rsa":
      return { ...readRsa(reader), application: undefined };
    case "ecdsa-sha2-nistp256":
      return { ...readEcdsa("nistp256", reader), application: undefined };
    case "ecdsa-sha2-nistp384":
      return { ...readEcdsa("nistp384", reader), application: undefined };
    case "ecdsa-sha2-nistp521":
      return { ...readEcdsa("nistp521", reader), application: undefined };
    case "sk-ecdsa-sha2-nistp256@openssh.com":
      return { ...readEcdsa("nistp256", reader), application: reader.name() };
    default:
      throw new SshUnsupportedError(`keys of type ${type}`);
  }
}

function readEd25519(reader: SshReader): Omit<Material, "application"> {
  const point = reader.string();
  if (point.length !== ED25519_BYTES) throw new SshFormatError("an Ed25519 key of another length");
  const jwk = { kty: "OKP", crv: "Ed25519", x: base64url(point) };
  return { jwk, algorithm: "ed25519", scheme: { kind: "ed25519" } };
}

function readRsa(reader: SshReader): Omit<Material, "application"> {
  const exponent = reader.positive();
  const modulus = reader.positive();
  const bits = modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24;
  if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS) throw new SshUnsupportedError(`an RSA key of ${bits} bits`);
  // With exponent 1 anybody can sign; an even one fits no RSA key.
  const last = exponent.at(-1) ?? 0;
  const isOne = exponent.length === 1 && last === 1;
  if (last % 2 === 0 || isOne || exponent.length > MAX_RSA_EXPONENT_BYTES) {
    throw new SshUnsupportedError("an RSA key of such an exponent");
  }
  const jwk = { kty: "RSA", n: base64url(modulus), e: base64url(exponent) };
  return { jwk, algorithm: `rsa${bits}`, scheme: { kind: "rsa", modulusBytes: modulus.length } };
}

function readEcdsa(curve: keyof typeof CURVES, reader: SshReader): Omit<Material, "application"> {
  if (reader.name() !== curve) throw new SshFormatError("a key of another curve than its type says");
  const { name, hash, fieldBytes } = CURVES[curve];
  const point = reader.string();
  if (point.length !== 1 + 2 * fieldBytes || point[0] !== UNCOMPRESSED_POINT) throw new SshFormatError("a point");
  const x = base64url(point.subarray(1, 1 + fieldBytes));
  const y = base64url(point.subarray(1 + fieldBytes));
  return { jwk: { kty: "EC", crv: name, x, y }, algorithm: curve, scheme: { kind: "ecdsa", hash, fieldBytes } };
}

/**
 * The public numbers behind OpenPGP's number of their algorithm (RFC 9580, sections 3.2 and 5.5.5): the same key in a
 * certificate has the same material, so that nobody counts twice by signing in both ways (rules.md, row 13).
 */
function materialOf({ kty, crv, n = "", e = "", x = "", y = "" }: JsonWebKey): Uint8Array {
  if (kty === "OKP") return Buffer.concat([Buffer.from([OPENPGP.ed25519]), Buffer.from(x, "base64url")]);
  if (kty === "RSA") return Buffer.concat([Buffer.from([OPENPGP.rsa]), multiprecision(n), multiprecision(e)]);
  const oid = Object.values(CURVES).find(({ name }) => name === crv)?.oid ?? [];
  const point = Buffer.concat([
    Buffer.from([UNCOMPRESSED_POINT]),
    Buffer.from(x, "base64url"),
    Buffer.from(y, "base64url"),
  ]);
  return Buffer.concat([Buffer.from([OPENPGP.ecdsa, oid.length, ...oid]), multiprecision(point.toString("base64url"))]);
}

function multiprecision(number: string): Uint8Array {
  const bytes = Buffer.from(number, "base64url");
  const bits = bytes.length * 8 - Math.clz32(bytes[0] ?? 0) + 24;
  return Buffer.concat([Buffer.from([bits >> 8, bits & 0xff]), bytes]);
}

function importKey(jwk: JsonWebKey): KeyObject {
  try {
    return createPublicKey({ key: jwk, format: "jwk" });
  } catch (cause) {
    // The platform refuses points that are not on the curve.
    throw new SshFormatError("numbers that are no public key", { cause });
  }
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64url");
}
