import { type Fingerprint, parseFingerprint } from "../core/fingerprint.ts";
import { err, ok, type Result } from "../core/result.ts";
import { type UnixMs, unixMs } from "../core/time.ts";
import { concatBytes, readLength, readNumber } from "./packet-walk.ts";

/** A signature packet of version 4 or 6, cut into its parts (RFC 9580 section 5.2.3); nothing is verified. */
export interface SignatureParts {
  readonly version: 4 | 6;
  readonly type: number;
  readonly keyAlgorithm: number;
  readonly hashAlgorithm: number;
  /** From the version to the end of the hashed area: what is signed of the packet itself (section 5.2.4). */
  readonly signedPart: Uint8Array;
  readonly hashed: readonly Subpacket[];
  readonly unhashed: readonly Subpacket[];
  /** From the digest's two octets to the end. */
  readonly tail: Uint8Array;
  /** Version 6 only. */
  readonly salt: Uint8Array | undefined;
}

export interface Subpacket {
  readonly type: number;
  readonly critical: boolean;
  readonly body: Uint8Array;
}

/** Why a packet is none that this build can judge. */
export type SignaturePartsError =
  | { readonly code: "malformed" }
  | {
      readonly code: "version-3";
      readonly hashAlgorithm: number;
      readonly keyAlgorithm: number;
      readonly keyId: string;
      readonly createdAt: UnixMs;
    }
  | { readonly code: "unknown-version"; readonly version: number };

/** Whom a signature names; all of it is a claim until a key has verified it. */
export interface IssuerHints {
  /** From the hashed area: nobody on the way could change it (security.md, section 4). */
  readonly signedFingerprint: Fingerprint | undefined;
  readonly otherFingerprints: readonly Fingerprint[];
  readonly keyIds: readonly string[];
}

export const SUBPACKET = { created: 2, issuerKeyId: 16, embeddedSignature: 32, issuerFingerprint: 33 } as const;

const MAX_SUBPACKETS = 1000;

/** Cuts a signature packet's body. */
export function parseSignatureParts(body: Uint8Array): Result<SignatureParts, SignaturePartsError> {
  const version = body[0];
  if (version === undefined) return err({ code: "malformed" });
  if (version === 2 || version === 3) return err(readVersion3(body));
  if (version !== 4 && version !== 6) return err({ code: "unknown-version", version });
  const parts = cutParts(body, version);
  return parts === undefined ? err({ code: "malformed" }) : ok(parts);
}

function cutParts(body: Uint8Array, version: 4 | 6): SignatureParts | undefined {
  const octets = version === 6 ? 4 : 2;
  const hashed = readArea(body, 4, octets);
  const unhashed = hashed === undefined ? undefined : readArea(body, hashed.end, octets);
  if (hashed === undefined || unhashed === undefined) return undefined;
  const saltOctets = version === 6 ? body[unhashed.end + 2] : 0;
  if (saltOctets === undefined || unhashed.end + 2 + saltOctets >= body.length) return undefined;
  const saltStart = unhashed.end + 3;
  const [, type = 0, keyAlgorithm = 0, hashAlgorithm = 0] = body;
  return {
    version,
    type,
    keyAlgorithm,
    hashAlgorithm,
    signedPart: body.subarray(0, hashed.end),
    hashed: hashed.subpackets,
    unhashed: unhashed.subpackets,
    tail: body.subarray(unhashed.end),
    salt: version === 6 ? body.subarray(saltStart, saltStart + saltOctets) : undefined,
  };
}

/**
 * @returns the packet's body with nothing but `unhashed` in its unhashed area. What stands there is not signed, so
 * anybody on the way could have put it there; without it the library cannot be misled by it.
 */
export function withUnhashed(parts: SignatureParts, unhashed: readonly Subpacket[]): Uint8Array {
  const area = concatBytes(unhashed.map(encodeSubpacket));
  const length = new Uint8Array(parts.version === 6 ? 4 : 2);
  for (let index = length.length - 1, rest = area.length; index >= 0; index -= 1, rest >>>= 8)
    length[index] = rest & 0xff;
  return concatBytes([parts.signedPart, length, area, parts.tail]);
}

/** @returns what a signature says of its maker, hashed area first. */
export function issuerHints(parts: SignatureParts): IssuerHints {
  const signed = fingerprintsIn(parts.hashed);
  const all = [...parts.hashed, ...parts.unhashed];
  const keyIds = all.filter((subpacket) => subpacket.type === SUBPACKET.issuerKeyId && subpacket.body.length === 8);
  return {
    signedFingerprint: signed[0],
    otherFingerprints: fingerprintsIn(parts.unhashed),
    keyIds: [...new Set(keyIds.map((subpacket) => toHex(subpacket.body)))],
  };
}

/** @returns the creation time from the hashed area; a signature without one is malformed (RFC 9580 section 5.2.3.11). */
export function createdAt(parts: SignatureParts): UnixMs | undefined {
  const found = parts.hashed.findLast((subpacket) => subpacket.type === SUBPACKET.created);
  const seconds = found === undefined ? undefined : readNumber(found.body, 0, 4);
  return seconds === undefined ? undefined : unixMs(seconds * 1000);
}

/** @returns upper-case hex digits. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex").toUpperCase();
}

function fingerprintsIn(subpackets: readonly Subpacket[]): readonly Fingerprint[] {
  return subpackets
    .filter((subpacket) => subpacket.type === SUBPACKET.issuerFingerprint)
    .map((subpacket) => parseFingerprint(toHex(subpacket.body.subarray(1))))
    .flatMap((parsed) => (parsed.ok ? [parsed.value] : []));
}

function readArea(
  body: Uint8Array,
  at: number,
  octets: number,
): { readonly subpackets: readonly Subpacket[]; readonly end: number } | undefined {
  const length = readNumber(body, at, octets);
  if (length === undefined || at + octets + length > body.length) return undefined;
  const end = at + octets + length;
  const subpackets: Subpacket[] = [];
  for (let next = at + octets; next < end; ) {
    const size = readLength(body.subarray(0, end), next, { partial: false });
    if (typeof size === "string" || size.value === 0) return undefined;
    const start = next + size.octets;
    next = start + size.value;
    if (next > end || subpackets.length === MAX_SUBPACKETS) return undefined;
    const type = body[start] ?? 0;
    subpackets.push({ type: type & 0x7f, critical: (type & 0x80) !== 0, body: body.subarray(start + 1, next) });
  }
  return { subpackets, end };
}

function encodeSubpacket(subpacket: Subpacket): Uint8Array {
  const encoded = new Uint8Array(6 + subpacket.body.length);
  encoded[0] = 0xff;
  new DataView(encoded.buffer).setUint32(1, subpacket.body.length + 1);
  encoded[5] = subpacket.type | (subpacket.critical ? 0x80 : 0);
  encoded.set(subpacket.body, 6);
  return encoded;
}

/** RFC 9580 section 5.2.2. */
function readVersion3(body: Uint8Array): SignaturePartsError {
  const seconds = readNumber(body, 3, 4);
  if (body.length < 19 || body[1] !== 5 || seconds === undefined) return { code: "malformed" };
  return {
    code: "version-3",
    createdAt: unixMs(seconds * 1000),
    keyId: toHex(body.subarray(7, 15)),
    keyAlgorithm: body[15] ?? 0,
    hashAlgorithm: body[16] ?? 0,
  };
}
