import {
  type AnyKeyPacket,
  type Config,
  config,
  enums,
  generateKey,
  type PrivateKey,
  type PublicKey,
  SignaturePacket,
  type Subkey,
} from "openpgp";
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

/** What the library's `sign` takes; its types know neither keys as data nor the settings. */
type Sign = (key: unknown, data: object, date: Date, detached: boolean, settings: Config) => Promise<void>;

/** @returns the body of a binding of this subkey whose back-signature ends so many seconds after it was made. */
export async function bindUntil(
  primary: PrivateKey,
  subkey: Subkey,
  { made, backSignatureSeconds }: { readonly made: Date; readonly backSignatureSeconds: number },
): Promise<Uint8Array> {
  const components = { key: primary.keyPacket, bind: subkey.keyPacket };
  const packetBy = async (key: AnyKeyPacket, says: Partial<SignaturePacket>): Promise<SignaturePacket> => {
    const hashAlgorithm = enums.hash.sha512;
    const packet = Object.assign(new SignaturePacket(), { publicKeyAlgorithm: key.algorithm, hashAlgorithm, ...says });
    const sign = packet.sign.bind(packet) as unknown as Sign;
    await sign(key, components, made, false, config);
    return packet;
  };
  const embeddedSignature = await packetBy(subkey.keyPacket, {
    signatureType: enums.signature.keyBinding,
    signatureExpirationTime: backSignatureSeconds,
    signatureNeverExpires: false,
  });
  const binding = await packetBy(primary.keyPacket, {
    signatureType: enums.signature.subkeyBinding,
    keyFlags: new Uint8Array([enums.keyFlags.signData]),
    embeddedSignature,
  });
  return binding.write();
}
