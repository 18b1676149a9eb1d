/** OpenPGP packets as bytes (RFC 9580 section 4.2), for certificates that no program makes on purpose. */
export interface Packet {
  readonly tag: number;
  readonly body: Buffer;
}

export const TAG = { signature: 2, primaryKey: 6, subkey: 14 } as const;
const BACK_SIGNATURE = 32;

/** Cuts packets apart. Both header formats are read; lengths are as gpg writes them, never partial. */
export function splitPackets(bytes: Buffer): readonly Packet[] {
  const packets: Packet[] = [];
  for (let rest = bytes; rest.length > 0; ) {
    const header = rest.readUInt8(0);
    const isNew = (header & 0x40) !== 0;
    const { start, length } = isNew ? newLength(rest) : oldLength(rest, header & 3);
    packets.push({ tag: isNew ? header & 0x3f : (header >> 2) & 0xf, body: rest.subarray(start, start + length) });
    rest = rest.subarray(start + length);
  }
  return packets;
}

function newLength(bytes: Buffer): { readonly start: number; readonly length: number } {
  const first = bytes.readUInt8(1);
  if (first < 192) return { start: 2, length: first };
  if (first < 224) return { start: 3, length: ((first - 192) << 8) + bytes.readUInt8(2) + 192 };
  if (first === 255) return { start: 6, length: bytes.readUInt32BE(2) };
  throw new Error("a packet of partial length");
}

function oldLength(bytes: Buffer, kind: number): { readonly start: number; readonly length: number } {
  if (kind === 0) return { start: 2, length: bytes.readUInt8(1) };
  if (kind === 1) return { start: 3, length: bytes.readUInt16BE(1) };
  if (kind === 2) return { start: 5, length: bytes.readUInt32BE(1) };
  throw new Error("a packet of unknown length");
}

export function joinPackets(packets: readonly Packet[]): Buffer {
  return Buffer.concat(
    packets.flatMap(({ tag, body }) => {
      const header = Buffer.from([0xc0 | tag, 255, 0, 0, 0, 0]);
      header.writeUInt32BE(body.length, 2);
      return [header, body];
    }),
  );
}

/**
 * The same version 4 signature without its embedded back signature. gpg 2.2 keeps that in the unhashed area, so the rest
 * stays valid.
 *
 * @throws Error if there is none in the unhashed area.
 */
export function withoutBackSignature(body: Buffer): Buffer {
  const unhashedAt = 6 + body.readUInt16BE(4);
  const restAt = unhashedAt + 2 + body.readUInt16BE(unhashedAt);
  const all = subpackets(body.subarray(unhashedAt + 2, restAt));
  const kept = all.filter(({ type }) => type !== BACK_SIGNATURE);
  if (kept.length === all.length) throw new Error("no back signature to take away");
  const area = Buffer.concat(kept.map(({ raw }) => raw));
  const size = Buffer.alloc(2);
  size.writeUInt16BE(area.length);
  return Buffer.concat([body.subarray(0, unhashedAt), size, area, body.subarray(restAt)]);
}

/** RFC 9580 section 5.2.3.7: a length of one, two or five octets that includes the type octet. */
function subpackets(area: Buffer): readonly { readonly type: number; readonly raw: Buffer }[] {
  const found: { readonly type: number; readonly raw: Buffer }[] = [];
  for (let at = 0; at < area.length; ) {
    const first = area.readUInt8(at);
    const octets = first < 192 ? 1 : first < 255 ? 2 : 5;
    const length =
      octets === 1
        ? first
        : octets === 2
          ? ((first - 192) << 8) + area.readUInt8(at + 1) + 192
          : area.readUInt32BE(at + 1);
    const end = at + octets + length;
    found.push({ type: area.readUInt8(at + octets) & 0x7f, raw: area.subarray(at, end) });
    at = end;
  }
  return found;
}
