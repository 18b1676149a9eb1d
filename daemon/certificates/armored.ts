import { armor, enums } from "openpgp";
import { concatBytes, encodePacket, TAG, walkPackets } from "../evidence/packet-walk.ts";
import { issuerHints, parseSignatureParts, SUBPACKET, withUnhashed } from "../evidence/signature-packet.ts";
import { fingerprintOfKey, keyIdOf } from "./keyring-walk.ts";

/**
 * @param certificate - as it is stored: every signature in it is by its primary key.
 * @returns it as text for every OpenPGP program: one armored block (RFC 9580 section 6.2).
 */
export function armoredCertificate(certificate: Uint8Array): string {
  // gpg reads on past the END line of a block without a checksum, which the library leaves out unless told.
  const withChecksum = true;
  const bytes = withKeyIds(certificate);
  return armor(enums.armor.publicKey, bytes, undefined, undefined, undefined, withChecksum).replaceAll("\r\n", "\n");
}

/** gpg 2.2 finds the issuer of a self-signature by its key ID alone, and drops a user ID whose issuer it can't find. */
function withKeyIds(certificate: Uint8Array): Uint8Array {
  const { packets } = walkPackets(certificate);
  const [first] = packets;
  const primary = first === undefined ? undefined : fingerprintOfKey(first.body);
  if (primary === undefined || primary.length !== 40) return certificate;
  const issuer = {
    type: SUBPACKET.issuerKeyId,
    critical: false,
    body: new Uint8Array(Buffer.from(keyIdOf(primary), "hex")),
  };
  return concatBytes(
    packets.map(({ tag, body }) => {
      const parts = tag === TAG.signature ? parseSignatureParts(body) : undefined;
      if (parts?.ok !== true || issuerHints(parts.value).keyIds.length > 0) return encodePacket(tag, body);
      return encodePacket(tag, withUnhashed(parts.value, [...parts.value.unhashed, issuer]));
    }),
  );
}
