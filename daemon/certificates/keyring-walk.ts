import { createHash } from "node:crypto";
import { type Fingerprint, parseFingerprint } from "../core/fingerprint.ts";
import { concatBytes, type RawPacket, TAG, walkPackets } from "../evidence/packet-walk.ts";

/** One certificate of a file, found by its packets' headers; nothing of it is verified. */
export interface RawCertificate {
  readonly primary: Fingerprint;
  readonly primaryKey: Uint8Array;
  /** Every key it lists, bound or not, the primary first. */
  readonly keys: readonly Fingerprint[];
  /** Views into the file: the packets behind the primary key. */
  readonly packets: readonly RawPacket[];
  /** The whole certificate as it stands in the file. */
  readonly bytes: Uint8Array;
}

export interface WalkedKeyring {
  readonly certificates: readonly RawCertificate[];
  /** What was passed over, in words: damage, secret keys, certificates over the cap. */
  readonly notes: readonly string[];
}

/** One certificate; a flooded one is not worth more work (security.md, section 3, row 11). */
export const MAX_CERTIFICATE_BYTES: number = 1 << 20;
/** Keys of one certificate; real ones have a handful. */
const MAX_KEYS = 64;

/**
 * Cuts a keyring into its certificates. Reading stops at damage; what stood before it counts, the certificate that it
 * falls into does not. A certificate with secret key packets is refused: tofu never stores secrets.
 */
export function walkKeyring(bytes: Uint8Array): WalkedKeyring {
  const { packets, fault } = walkPackets(bytes);
  const starts = packets.flatMap((packet, index) => (isPrimaryKey(packet) ? [index] : []));
  const certificates: RawCertificate[] = [];
  const notes: string[] = [];
  for (const [position, start] of starts.entries()) {
    const end = starts[position + 1] ?? packets.length;
    const damaged = fault !== undefined && end === packets.length;
    const read = damaged ? "it is damaged" : readRaw(bytes, packets.slice(start, end));
    if (typeof read === "string") notes.push(`certificate ${position + 1}: ${read}`);
    else certificates.push(read);
  }
  if (fault !== undefined && starts.length === 0) notes.push("it is damaged");
  return { certificates, notes };
}

/** @returns the fingerprint of a public key packet of version 4 or 6 (RFC 9580 section 5.5.4.2 and .3). */
export function fingerprintOfKey(body: Uint8Array): Fingerprint | undefined {
  const length = new Uint8Array(body[0] === 6 ? 4 : 2);
  for (let index = length.length - 1, rest = body.length; index >= 0; index -= 1, rest >>>= 8)
    length[index] = rest & 0xff;
  const hashed = concatBytes([new Uint8Array([body[0] === 6 ? 0x9b : 0x99]), length, body]);
  if (body[0] !== 4 && body[0] !== 6) return undefined;
  const parsed = parseFingerprint(
    createHash(body[0] === 6 ? "sha256" : "sha1")
      .update(hashed)
      .digest("hex"),
  );
  return parsed.ok ? parsed.value : undefined;
}

/** @returns the key ID that belongs to a fingerprint, 16 hex digits: a hint for looking up, never an identity. */
export function keyIdOf(fingerprint: Fingerprint): string {
  return fingerprint.length === 64 ? fingerprint.slice(0, 16) : fingerprint.slice(-16);
}

function isPrimaryKey(packet: RawPacket): boolean {
  return packet.tag === TAG.publicKey || packet.tag === TAG.secretKey;
}

function readRaw(bytes: Uint8Array, packets: readonly RawPacket[]): RawCertificate | string {
  const [first, ...rest] = packets;
  const start = first?.start ?? 0;
  const end = packets.at(-1)?.end ?? start;
  if (first === undefined) return "it is empty";
  if (packets.some((packet) => packet.tag === TAG.secretKey || packet.tag === TAG.secretSubkey)) {
    return "it holds a secret key; export the public one";
  }
  if (end - start > MAX_CERTIFICATE_BYTES) return `it has more than ${MAX_CERTIFICATE_BYTES} bytes`;
  const primary = fingerprintOfKey(first.body);
  if (primary === undefined) return `its key has version ${first.body[0] ?? 0}`;
  const subkeys = rest
    .filter((packet) => packet.tag === TAG.publicSubkey)
    .slice(0, MAX_KEYS - 1)
    .flatMap((packet) => fingerprintOfKey(packet.body) ?? []);
  return {
    primary,
    primaryKey: first.body,
    keys: [primary, ...subkeys],
    packets: rest,
    bytes: bytes.subarray(start, end),
  };
}
