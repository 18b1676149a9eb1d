import { createHash, verify } from "node:crypto";
import type { Sha256 } from "../core/sha256.ts";
import type { SignerId } from "../core/signer.ts";
import { readSshPublicKey, type SshPublicKey, SshUnsupportedError } from "./ssh-public-key.ts";
import { SshFormatError, SshReader, sshString } from "./ssh-wire.ts";

/** What an SSH signature may be made for: the namespace is part of what is signed. */
export type SshNamespace = "handover@tofu.invalid" | "pins@tofu.invalid";

/** What one SSH signature block says of a message. Only `verified` says anything about who signed. */
export type SshVerification =
  | {
      readonly kind: "verified";
      readonly signer: SignerId;
      /** `ed25519`, `rsa3072`, `nistp256`, … */
      readonly algorithm: string;
      /** Digest of the message that was signed. */
      readonly hash: "sha256" | "sha512";
      /** Equal for keys of equal material, whatever holds them (rules.md, row 13). */
      readonly material: Sha256;
    }
  /** The signature does not fit these bytes and the key it brings along. `signer` is what it names: a claim. */
  | { readonly kind: "bad"; readonly signer: SignerId }
  /** Made for something else; not checked any further. Both are claims, in printable ASCII. */
  | { readonly kind: "wrong-namespace"; readonly signer: SignerId; readonly namespace: string }
  /** A version, an algorithm or a key that is not accepted here. */
  | { readonly kind: "unsupported"; readonly detail: string }
  /** Not one whole SSH signature. */
  | { readonly kind: "unreadable"; readonly detail: string };

/** The container's fields (PROTOCOL.sshsig, section 2). */
interface SshSignature {
  readonly key: SshPublicKey;
  readonly namespace: string;
  readonly hash: "sha256" | "sha512";
  readonly signature: Uint8Array;
}

/** Longest armored block that is read; one of a 16384 bit RSA key has 6 KiB. */
export const MAX_SSH_SIGNATURE_BYTES: number = 16_384;

const ARMOR = /^\s*-----BEGIN SSH SIGNATURE-----[ \t\r]*\n([A-Za-z0-9+/=\s]+)\n-----END SSH SIGNATURE-----\s*$/;
const MAGIC = "SSHSIG";
const VERSION = 1;
const ED25519_SIGNATURE_BYTES = 64;

/**
 * Verifies one `-----BEGIN SSH SIGNATURE-----` block, as `ssh-keygen -Y sign` writes it, over a message (OpenSSH's
 * PROTOCOL.sshsig). The platform does the mathematics; this reads the container.
 *
 * @param signed.block - the block alone, CRLF and blank lines around it allowed.
 * @param signed.namespace - what the signature must have been made for.
 * @returns who signed, or what is wrong. Whether that signer may is not asked here.
 */
export function verifySshSignature(signed: {
  readonly block: Uint8Array;
  readonly message: Uint8Array;
  readonly namespace: SshNamespace;
}): SshVerification {
  try {
    const container = readContainer(dearmor(signed.block));
    const { signer, algorithm, material } = container.key;
    if (container.namespace !== signed.namespace) {
      return { kind: "wrong-namespace", signer, namespace: container.namespace };
    }
    return fits(container, signed.message)
      ? { kind: "verified", signer, algorithm, hash: container.hash, material }
      : { kind: "bad", signer };
  } catch (error) {
    if (error instanceof SshFormatError) return { kind: "unreadable", detail: error.message };
    if (error instanceof SshUnsupportedError) return { kind: "unsupported", detail: error.message };
    throw error;
  }
}

function dearmor(block: Uint8Array): Uint8Array {
  if (block.length > MAX_SSH_SIGNATURE_BYTES) throw new SshFormatError(`more than ${MAX_SSH_SIGNATURE_BYTES} bytes`);
  const body = ARMOR.exec(Buffer.from(block).toString("latin1"))?.[1]?.replace(/\s/g, "");
  if (body === undefined) throw new SshFormatError("not one SSH signature block");
  const bytes = Buffer.from(body, "base64");
  // Node skips what it cannot read.
  if (bytes.toString("base64") !== body) throw new SshFormatError("base64");
  return bytes;
}

function readContainer(bytes: Uint8Array): SshSignature {
  const reader = new SshReader(bytes);
  if (Buffer.from(reader.bytes(MAGIC.length)).toString("latin1") !== MAGIC) throw new SshFormatError("no SSHSIG");
  const version = reader.uint32();
  if (version > VERSION) throw new SshUnsupportedError(`version ${version}`);
  if (version < VERSION) throw new SshFormatError(`version ${version}`);
  const publicKey = reader.string();
  const namespace = reader.name();
  const reserved = reader.string();
  const hash = reader.name();
  const signature = reader.string();
  reader.end();
  // Never used so far. OpenSSH neither covers nor refuses it, so that anybody could change it afterwards.
  if (reserved.length > 0) throw new SshUnsupportedError("a reserved field");
  if (hash !== "sha256" && hash !== "sha512") throw new SshUnsupportedError(`digest ${hash}`);
  return { key: readSshPublicKey(publicKey), namespace, hash, signature };
}

/** @returns whether the key made the signature over the message. */
function fits({ key, namespace, hash, signature }: SshSignature, message: Uint8Array): boolean {
  const digest = createHash(hash).update(message).digest();
  // PROTOCOL.sshsig, section 3.
  const covered = Buffer.concat([
    Buffer.from(MAGIC, "latin1"),
    sshString(namespace),
    sshString(""),
    sshString(hash),
    sshString(digest),
  ]);
  const reader = new SshReader(signature);
  const algorithm = reader.name();
  const value = reader.string();
  const data = key.application === undefined ? covered : securityKeyData(key.application, reader, covered);
  reader.end();
  return checkValue(key, { algorithm, value, data });
}

/**
 * What a security key signs in place of the data (PROTOCOL.u2f): with the digest of its application, its flags and its
 * counter, which stand behind the signature. Flags are not judged: `ssh-keygen -Y verify` asks for no touch either.
 */
function securityKeyData(application: string, reader: SshReader, covered: Uint8Array): Uint8Array {
  const flagsAndCounter = reader.bytes(5);
  const sha256 = (bytes: Uint8Array | string): Uint8Array => createHash("sha256").update(bytes).digest();
  return Buffer.concat([sha256(application), flagsAndCounter, sha256(covered)]);
}

function checkValue(
  { scheme, key, type }: SshPublicKey,
  { algorithm, value, data }: { readonly algorithm: string; readonly value: Uint8Array; readonly data: Uint8Array },
): boolean {
  if (scheme.kind === "rsa") {
    const hash = rsaHash(algorithm);
    if (value.length > scheme.modulusBytes) return false;
    // RFC 8332, section 3: some signers leave out the zeros in front, which the platform wants.
    return verify(hash, data, key, leftPadded(value, scheme.modulusBytes));
  }
  if (algorithm !== type) throw new SshFormatError("a signature of another algorithm than its key");
  if (scheme.kind === "ed25519") {
    if (value.length !== ED25519_SIGNATURE_BYTES) throw new SshFormatError("an Ed25519 signature of another length");
    return verify(null, data, key, value);
  }
  const reader = new SshReader(value);
  const [r, s] = [reader.positive(), reader.positive()];
  reader.end();
  if (r.length > scheme.fieldBytes || s.length > scheme.fieldBytes) return false;
  const pair = Buffer.concat([leftPadded(r, scheme.fieldBytes), leftPadded(s, scheme.fieldBytes)]);
  return verify(scheme.hash, data, { key, dsaEncoding: "ieee-p1363" }, pair);
}

/** PROTOCOL.sshsig, section 2: never the legacy `ssh-rsa`, which is SHA-1. */
function rsaHash(algorithm: string): "sha256" | "sha512" {
  if (algorithm === "rsa-sha2-256") return "sha256";
  if (algorithm === "rsa-sha2-512") return "sha512";
  throw new SshUnsupportedError(`RSA signatures of type ${algorithm}`);
}

function leftPadded(bytes: Uint8Array, length: number): Uint8Array {
  return Buffer.concat([Buffer.alloc(length - bytes.length), bytes]);
}
