import { generateKey, type PrivateKey, type PublicKey } from "openpgp";
import type { RawCertificate } from "../../daemon/certificates/keyring-walk.ts";
import { walkKeyring } from "../../daemon/certificates/keyring-walk.ts";
import { concatBytes, encodePacket, type RawPacket, walkPackets } from "../../daemon/evidence/packet-walk.ts";

/** A certificate with a signing subkey, made at a given time. */
export async function makeCertificate(
  date: Date,
): Promise<{ readonly secret: PrivateKey; readonly certificate: PublicKey; readonly bytes: Uint8Array }> {
  const { privateKey, publicKey } = await generateKey({
    type: "ecc",
    curve: "ed25519Legacy",
    userIDs: [{ name: "Alice" }],
    subkeys: [{ sign: true }],
    date,
    format: "object",
  });
  return { secret: privateKey, certificate: publicKey, bytes: publicKey.write() };
}

/** @returns the certificate with each packet replaced by what `change` gives: none, one or several. */
export function rewrite(bytes: Uint8Array, change: (packet: RawPacket) => readonly RawPacket[]): Uint8Array {
  const packets = walkPackets(bytes).packets.flatMap((packet) => [...change(packet)]);
  return concatBytes(packets.map(({ tag, body }) => encodePacket(tag, body)));
}

/** @returns the one certificate of these bytes. */
export function only(bytes: Uint8Array): RawCertificate {
  const [first] = walkKeyring(bytes).certificates;
  if (first === undefined) throw new Error("no certificate");
  return first;
}
