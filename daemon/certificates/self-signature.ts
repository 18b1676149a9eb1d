import { enums, type SignaturePacket } from "openpgp";
import type { Revocation } from "../core/evidence.ts";
import { type UnixMs, unixMs } from "../core/time.ts";
import { hashAlgorithm } from "../evidence/algorithms.ts";
import { componentFits, parseSignature, type SignedComponents } from "../evidence/mathematics.ts";
import {
  issuerHints,
  parseSignatureParts,
  type SignatureParts,
  SUBPACKET,
  type Subpacket,
  withUnhashed,
} from "../evidence/signature-packet.ts";
import type { Binding, CertificateKey, CertificateRevocation, SelfSignature } from "./certificate.ts";
import type { OwnSignature } from "./components.ts";

/** Signature types inside a certificate (RFC 9580 section 5.2.1). */
export const TYPE = {
  subkeyBinding: 0x18,
  primaryKeyBinding: 0x19,
  directKey: 0x1f,
  keyRevocation: 0x20,
  subkeyRevocation: 0x28,
  certificationRevocation: 0x30,
} as const;

/** From here on SHA-1 in a self-signature counts as none (rules.md, row 28): 2023-02-01T00:00:00Z. */
const SHA1_ENDS: UnixMs = unixMs(1_675_209_600_000);
const SIGN_DATA = 0x02;

/** @returns what a signature by the primary key over its own parts says; `undefined` where it does not count. */
export async function verifySelfSignature(
  own: OwnSignature,
  primary: CertificateKey,
  components: SignedComponents,
  /** Of the key whose expiry it states. */
  keyCreatedAt: UnixMs,
): Promise<SelfSignature | undefined> {
  const packet = await parseSignature(withUnhashed(own.parts, []));
  if (packet === undefined || hasUnknownCritical(packet)) return undefined;
  const created = unixMs(packet.created?.getTime() ?? 0);
  const isWeak = hashStrength(own.parts, created);
  if (
    isWeak === undefined ||
    !(await componentFits(withUnhashed(own.parts, []), primary.packet, libraryType(own.parts.type), components))
  ) {
    return undefined;
  }
  const keyTerm = packet.keyNeverExpires === false ? packet.keyExpirationTime : null;
  return {
    body: withUnhashed(own.parts, issuerSubpacket(own.parts, primary)),
    createdAt: created,
    expiresAt: expiryOf(packet),
    keyExpiresAt: keyTerm === null ? undefined : unixMs(keyCreatedAt + keyTerm * 1000),
    maySign: packet.keyFlags === null ? undefined : ((packet.keyFlags[0] ?? 0) & SIGN_DATA) !== 0,
    isPrimaryUser: packet.isPrimaryUserID === true,
    isWeak: isWeak === "weak",
  };
}

/** As {@link verifySelfSignature}, for a subkey's binding; looks for the back-signature too. */
export async function verifyBinding(
  own: OwnSignature,
  primary: CertificateKey,
  subkey: CertificateKey,
): Promise<Binding | undefined> {
  const components = { key: primary.packet, bind: subkey.packet };
  const binding = await verifySelfSignature(own, primary, components, subkey.createdAt);
  if (binding === undefined) return undefined;
  const backSignature = await findBackSignature(own, subkey, components);
  if (backSignature === undefined) return { ...binding, isProven: false };
  const isHashed = own.parts.hashed.some((subpacket) => subpacket.type === SUBPACKET.embeddedSignature);
  const embedded = { type: SUBPACKET.embeddedSignature, critical: false, body: backSignature.body };
  const unhashed = [...issuerSubpacket(own.parts, primary), ...(isHashed ? [] : [embedded])];
  const body = withUnhashed(own.parts, unhashed);
  const isWeak = binding.isWeak || backSignature.isWeak;
  // Without the subkey's consent a binding is none, so it ends with it (RFC 9580 section 5.2.3.18).
  return { ...binding, body, isProven: true, isWeak, expiresAt: earlier(binding.expiresAt, backSignature.expiresAt) };
}

/**
 * @returns a revocation that its own key made; of any hash and with whatever critical items, because leaving one out
 * would be the worse mistake. Only its hashed reason counts, and without one it is hard (RFC 9580 section 5.2.3.31).
 */
export async function verifyRevocation(
  own: OwnSignature,
  primary: CertificateKey,
  components: SignedComponents,
  of: Revocation["of"],
): Promise<CertificateRevocation | undefined> {
  const body = withUnhashed(own.parts, []);
  const packet = await parseSignature(body);
  if (packet === undefined) return undefined;
  if (!(await componentFits(body, primary.packet, libraryType(own.parts.type), components))) return undefined;
  const reason = reasonOf(packet.reasonForRevocationFlag);
  return {
    of,
    reason,
    hard: reason !== "superseded" && reason !== "retired",
    at: unixMs(packet.created?.getTime() ?? 0),
    body: withUnhashed(own.parts, issuerSubpacket(own.parts, primary)),
  };
}

interface BackSignature {
  readonly body: Uint8Array;
  readonly expiresAt: UnixMs | undefined;
  readonly isWeak: boolean;
}

async function findBackSignature(
  own: OwnSignature,
  subkey: CertificateKey,
  components: SignedComponents,
): Promise<BackSignature | undefined> {
  for (const embedded of own.embedded) {
    const parsed = parseSignatureParts(embedded);
    // The library takes any type here (security.md, section 4): a document signature would do for a theft.
    if (!parsed.ok || parsed.value.type !== TYPE.primaryKeyBinding) continue;
    const bare = withUnhashed(parsed.value, []);
    const packet = await parseSignature(bare);
    if (packet === undefined || hasUnknownCritical(packet)) continue;
    const strength = hashStrength(parsed.value, unixMs(packet.created?.getTime() ?? 0));
    if (strength === undefined) continue;
    if (await componentFits(bare, subkey.packet, enums.signature.keyBinding, components)) {
      const body = withUnhashed(parsed.value, issuerSubpacket(parsed.value, subkey));
      return { body, expiresAt: expiryOf(packet), isWeak: strength === "weak" };
    }
  }
  return undefined;
}

/** @returns when the signature itself ends, by its hashed area. */
function expiryOf(packet: SignaturePacket): UnixMs | undefined {
  const expiresAt = packet.getExpirationTime();
  return expiresAt instanceof Date ? unixMs(expiresAt.getTime()) : undefined;
}

function earlier(a: UnixMs | undefined, b: UnixMs | undefined): UnixMs | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}

/** What the library knows no rule for, and the maker says must not be passed over (RFC 9580 section 5.2.3.7). */
function hasUnknownCritical(packet: SignaturePacket): boolean {
  return (
    packet.unknownSubpackets.some(({ critical }) => critical) || packet.rawNotations.some(({ critical }) => critical)
  );
}

function hashStrength(parts: SignatureParts, created: UnixMs): "good" | "weak" | undefined {
  const name = hashAlgorithm(parts.hashAlgorithm)?.name;
  if (name === undefined || name === "md5" || name === "ripemd160") return undefined;
  if (name !== "sha1") return "good";
  return created < SHA1_ENDS ? "weak" : undefined;
}

/** Other programs need an issuer to read what we export; one is put in where the hashed area names none. */
function issuerSubpacket(parts: SignatureParts, key: CertificateKey): readonly Subpacket[] {
  const hints = issuerHints({ ...parts, unhashed: [] });
  if (parts.version === 6 || hints.signedFingerprint !== undefined || hints.keyIds.length > 0) return [];
  return [{ type: SUBPACKET.issuerKeyId, critical: false, body: new Uint8Array(Buffer.from(key.keyId, "hex")) }];
}

function libraryType(type: number): enums.signature {
  switch (type) {
    case TYPE.subkeyBinding:
      return enums.signature.subkeyBinding;
    case TYPE.directKey:
      return enums.signature.key;
    case TYPE.keyRevocation:
      return enums.signature.keyRevocation;
    case TYPE.subkeyRevocation:
      return enums.signature.subkeyRevocation;
    case TYPE.certificationRevocation:
      return enums.signature.certRevocation;
    default:
      return enums.signature.certGeneric;
  }
}

function reasonOf(flag: number | null): Revocation["reason"] {
  switch (flag) {
    case null:
    case 0:
      return "none";
    case 1:
      return "superseded";
    case 2:
      return "compromised";
    case 3:
      return "retired";
    default:
      return "other";
  }
}
