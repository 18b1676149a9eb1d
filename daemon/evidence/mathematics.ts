import {
  type AnyKeyPacket,
  type Config,
  createMessage,
  enums,
  config as libraryDefaults,
  readSignature,
  SignaturePacket,
} from "openpgp";
import { encodePacket, TAG } from "./packet-walk.ts";

/** Whether a signature was made over these bytes by this key. Nothing else: no time, no policy, no entitlement. */
export type Mathematics =
  | { readonly kind: "fits" }
  | { readonly kind: "does-not-fit" }
  /** The library cannot do it: an algorithm it lacks, a broken value. Never to be taken for either of the others. */
  | { readonly kind: "cannot-tell"; readonly detail: string };

/** What a document signature covers: the bytes themselves, or the digest that was computed while they passed by. */
export type SignedDocument =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "digest"; readonly digest: Uint8Array };

/**
 * The library's settings where it is asked for mathematics alone (security.md, section 4, settings): whatever it would
 * refuse as weak is told as a weakness by us instead. Passed with every call; its global settings are never touched.
 */
export const MATHEMATICS_CONFIG: Config = Object.freeze({
  ...libraryDefaults,
  rejectHashAlgorithms: new Set<never>(),
  rejectMessageHashAlgorithms: new Set<never>(),
  rejectPublicKeyAlgorithms: new Set<never>(),
  rejectCurves: new Set<never>(),
  minRSABits: 0,
  allowMissingKeyFlags: true,
  allowInsecureVerificationWithReformattedKeys: false,
  ignoreMalformedPackets: false,
  enableParsingV5Entities: false,
  maxDecompressedMessageSize: 1 << 20,
});

/**
 * Reads one signature packet anew. Packets are never used twice: a second verification with the same object failed for
 * good releases (security.md, section 4).
 *
 * @param body - without outside text in its unhashed area.
 * @returns `undefined` where the library cannot read it.
 */
export async function parseSignature(body: Uint8Array): Promise<SignaturePacket | undefined> {
  try {
    const binarySignature = encodePacket(TAG.signature, body);
    const packet = (await readSignature({ binarySignature, config: MATHEMATICS_CONFIG })).packets[0];
    return packet instanceof SignaturePacket && packet.created !== null ? packet : undefined;
  } catch {
    // The library's error classes vary with the damage (security.md, section 5); each of them means: not readable.
    return undefined;
  }
}

/** What is missing of the library's types: a packet with this field set verifies that digest instead of hashing. */
interface TakesDigest {
  hashed?: Uint8Array;
}

/** Stands for the document where the digest was given; a library that asked it for bytes would have ignored the digest. */
const UNREADABLE_DOCUMENT = {
  text: null,
  getBytes: (): never => {
    throw new Error("digest injection bypassed");
  },
  getText: (): never => {
    throw new Error("digest injection bypassed");
  },
};

/** @returns whether a document signature (type 0x00 or 0x01) fits. */
export async function documentFits(
  body: Uint8Array,
  key: AnyKeyPacket,
  document: SignedDocument,
): Promise<Mathematics> {
  const packet = await parseSignature(body);
  if (packet === undefined) return { kind: "cannot-tell", detail: "the signature is damaged" };
  const type = packet.signatureType === enums.signature.text ? enums.signature.text : enums.signature.binary;
  switch (document.kind) {
    case "bytes": {
      const literal = (await createMessage({ binary: document.bytes })).packets[0];
      return literal === undefined
        ? { kind: "cannot-tell", detail: "the library gave no message" }
        : fits(packet, key, type, literal);
    }
    case "digest": {
      const injected: SignaturePacket & TakesDigest = packet;
      injected.hashed = document.digest;
      return fits(injected, key, type, UNREADABLE_DOCUMENT);
    }
  }
}

/** What a signature inside a certificate covers (RFC 9580 section 5.2.4). */
export interface SignedComponents {
  readonly key: AnyKeyPacket;
  readonly bind?: AnyKeyPacket;
  readonly userID?: { readonly write: () => Uint8Array };
}

/** @returns whether a signature inside a certificate fits. The packet's own type is for the caller to check. */
export async function componentFits(
  body: Uint8Array,
  key: AnyKeyPacket,
  type: enums.signature,
  components: SignedComponents,
): Promise<boolean> {
  const packet = await parseSignature(body);
  return packet !== undefined && (await fits(packet, key, type, components)).kind === "fits";
}

/**
 * What the library throws where a signature is not one of this key over these bytes. The last is RFC 8017's own answer
 * to a number too large for the key (section 5.2.2): an invalid signature, as another key's often is.
 */
const DOES_NOT_FIT: readonly string[] = [
  "Signed digest did not match",
  "Signature verification failed",
  "Signature size cannot exceed modulus size",
];

async function fits(
  packet: SignaturePacket,
  key: AnyKeyPacket,
  type: enums.signature,
  data: object,
): Promise<Mathematics> {
  if (packet.publicKeyAlgorithm !== key.algorithm) return { kind: "does-not-fit" };
  // Whom the packet names is a hint for finding keys; here one key is tried, and the numbers decide.
  packet.issuerKeyID = key.getKeyID();
  // Critical items and designated revokers are told as facts by the caller; left in, they would hide the mathematics.
  packet.unknownSubpackets = [];
  packet.rawNotations = [];
  packet.revocationKeyClass = null;
  try {
    // At the signature's own second, so that neither its age nor its expiry answers for its numbers.
    const date = packet.created ?? undefined;
    packet.signatureNeverExpires = true;
    await packet.verify(key, type, data, date, true, MATHEMATICS_CONFIG);
    return { kind: "fits" };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // Tests pin these against the library; whatever else it says is not understood, so it is not judged.
    const doesNotFit = DOES_NOT_FIT.includes(message);
    return doesNotFit ? { kind: "does-not-fit" } : { kind: "cannot-tell", detail: message.slice(0, 200) };
  }
}
