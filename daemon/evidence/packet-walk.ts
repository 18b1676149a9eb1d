/** One OpenPGP packet as it stands in its file; `body` is a view into that file. */
export interface RawPacket {
  readonly tag: number;
  readonly body: Uint8Array;
  /** Offset of its header. */
  readonly start: number;
  readonly end: number;
}

export interface PacketFault {
  readonly code: "no-packet" | "cut-short" | "unbounded-length" | "too-many";
  readonly offset: number;
}

export interface WalkedPackets {
  /** The packets before the fault, or all. */
  readonly packets: readonly RawPacket[];
  readonly fault: PacketFault | undefined;
}

export const TAG = {
  signature: 2,
  secretKey: 5,
  publicKey: 6,
  secretSubkey: 7,
  marker: 10,
  trust: 12,
  userId: 13,
  publicSubkey: 14,
  userAttribute: 17,
  padding: 21,
} as const;

/** A keyring of 900 certificates has about 100,000 packets. */
const MAX_PACKETS = 500_000;

type Header = { readonly tag: number; readonly bodyStart: number; readonly length: number };

/**
 * Finds the packets of a file by their headers alone (RFC 9580 section 4.2). Partial and indeterminate lengths are
 * refused: keys and signatures must not have them (section 4.2.1.4).
 */
export function walkPackets(bytes: Uint8Array): WalkedPackets {
  const packets: RawPacket[] = [];
  let start = 0;
  while (start < bytes.length) {
    if (packets.length === MAX_PACKETS) return { packets, fault: { code: "too-many", offset: start } };
    const header = readHeader(bytes, start);
    if (typeof header === "string") return { packets, fault: { code: header, offset: start } };
    const end = header.bodyStart + header.length;
    if (end > bytes.length) return { packets, fault: { code: "cut-short", offset: start } };
    packets.push({ tag: header.tag, body: bytes.subarray(header.bodyStart, end), start, end });
    start = end;
  }
  return { packets, fault: undefined };
}

/** @returns a packet with a header of the current format and a five-octet length (RFC 9580 section 4.2.1.3). */
export function encodePacket(tag: number, body: Uint8Array): Uint8Array {
  const packet = new Uint8Array(6 + body.length);
  packet[0] = 0xc0 | tag;
  packet[1] = 0xff;
  new DataView(packet.buffer).setUint32(2, body.length);
  packet.set(body, 6);
  return packet;
}

/** @returns all parts in one array. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let filled = 0;
  for (const part of parts) {
    whole.set(part, filled);
    filled += part.length;
  }
  return whole;
}

function readHeader(bytes: Uint8Array, start: number): Header | PacketFault["code"] {
  const first = bytes[start] ?? 0;
  // Bit 7 is always one (section 4.2).
  if ((first & 0x80) === 0) return "no-packet";
  return (first & 0x40) === 0 ? readLegacyHeader(bytes, start, first) : readCurrentHeader(bytes, start, first);
}

function readLegacyHeader(bytes: Uint8Array, start: number, first: number): Header | PacketFault["code"] {
  const octets = [1, 2, 4][first & 0x03];
  if (octets === undefined) return "unbounded-length";
  const length = readNumber(bytes, start + 1, octets);
  return length === undefined ? "cut-short" : { tag: (first & 0x3c) >> 2, bodyStart: start + 1 + octets, length };
}

function readCurrentHeader(bytes: Uint8Array, start: number, first: number): Header | PacketFault["code"] {
  const length = readLength(bytes, start + 1, { partial: true });
  return typeof length === "string"
    ? length
    : { tag: first & 0x3f, bodyStart: start + 1 + length.octets, length: length.value };
}

/**
 * Reads a length of one, two or five octets, as packet headers and subpackets have it.
 *
 * @param options - `partial`: 224 to 254 start a partial body, as in packets; in subpackets they are two-octet lengths
 * (RFC 9580 section 5.2.3.7).
 */
export function readLength(
  bytes: Uint8Array,
  at: number,
  options: { readonly partial: boolean },
): { readonly value: number; readonly octets: number } | "cut-short" | "unbounded-length" {
  const first = bytes[at];
  if (first === undefined) return "cut-short";
  if (first < 192) return { value: first, octets: 1 };
  if (first === 255) {
    const value = readNumber(bytes, at + 1, 4);
    return value === undefined ? "cut-short" : { value, octets: 5 };
  }
  if (options.partial && first >= 224) return "unbounded-length";
  const second = bytes[at + 1];
  return second === undefined ? "cut-short" : { value: ((first - 192) << 8) + second + 192, octets: 2 };
}

/** @returns the big-endian number of that many octets, `undefined` where the bytes end before. */
export function readNumber(bytes: Uint8Array, at: number, octets: number): number | undefined {
  if (at + octets > bytes.length) return undefined;
  let value = 0;
  for (let index = at; index < at + octets; index += 1) value = value * 256 + (bytes[index] ?? 0);
  return value;
}
