import { armor, enums } from "openpgp";

/** @returns certificates as text: one armored block each (RFC 9580 section 6.2). */
export function armoredCertificate(bytes: Uint8Array): string {
  return armor(enums.armor.publicKey, bytes).replaceAll("\r\n", "\n");
}
