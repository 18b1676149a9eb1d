import { type AlgorithmInfo, type AnyKeyPacket, readKey } from "openpgp";
import type { Fingerprint } from "../core/fingerprint.ts";
import { unixMs } from "../core/time.ts";
import { canSign, keyWeaknesses, nominalBits } from "../evidence/algorithms.ts";
import { sha256OfBytes } from "../evidence/digest-lanes.ts";
import { MATHEMATICS_CONFIG } from "../evidence/mathematics.ts";
import { concatBytes, encodePacket, TAG } from "../evidence/packet-walk.ts";
import type { CertificateKey } from "./certificate.ts";
import { fingerprintOfKey, keyIdOf } from "./keyring-walk.ts";

const RSA: ReadonlySet<number> = new Set([1, 2, 3]);
const EDDSA_LEGACY = 22;
const ED25519 = 27;

/** @returns the primary key, `undefined` where the library cannot read it. */
export async function parsePrimaryKey(body: Uint8Array): Promise<CertificateKey | undefined> {
  return parseKey(body, encodePacket(TAG.publicKey, body), (key) => key.keyPacket);
}

/** @returns the subkey; `undefined` where the library cannot read it, or where its algorithm makes no signatures. */
export async function parseSubkey(primaryBody: Uint8Array, body: Uint8Array): Promise<CertificateKey | undefined> {
  const both = concatBytes([encodePacket(TAG.publicKey, primaryBody), encodePacket(TAG.publicSubkey, body)]);
  return parseKey(body, both, (key) => key.subkeys[0]?.keyPacket);
}

async function parseKey(
  body: Uint8Array,
  packets: Uint8Array,
  choose: (key: Awaited<ReturnType<typeof readKey>>) => AnyKeyPacket | undefined,
): Promise<CertificateKey | undefined> {
  const fingerprint = fingerprintOfKey(body);
  if (fingerprint === undefined || !canSign(algorithmOf(body))) return undefined;
  try {
    const packet = choose(await readKey({ binaryKey: packets, config: MATHEMATICS_CONFIG }));
    // The library hashes the key as it would write it; an encoding of its own would give the key two names.
    return packet !== undefined && packet.getFingerprint().toUpperCase() === fingerprint
      ? describeKey(fingerprint, body, packet)
      : undefined;
  } catch {
    // Any error of the library here means: a curve, version or value that it cannot read. The key is as if absent.
    return undefined;
  }
}

function describeKey(fingerprint: Fingerprint, body: Uint8Array, packet: AnyKeyPacket): CertificateKey {
  const info = packet.getAlgorithmInfo();
  const algorithm = algorithmName(info);
  return {
    fingerprint,
    keyId: keyIdOf(fingerprint),
    createdAt: unixMs(packet.created.getTime()),
    algorithm,
    weaknesses: keyWeaknesses({ algorithm, bits: info.bits }),
    material: sha256OfBytes(materialOf(body)),
    body,
    packet,
  };
}

function algorithmName(info: AlgorithmInfo): string {
  if (info.curve !== undefined) return info.curve.toLowerCase().replace("legacy", "");
  const family = info.algorithm.startsWith("rsa") ? "rsa" : info.algorithm.replace("Legacy", "").toLowerCase();
  return info.bits === undefined ? family : `${family}${nominalBits(info.bits)}`;
}

/** Octet 5 in both versions: version, four octets of time, algorithm (RFC 9580 section 5.5.2). */
function algorithmOf(body: Uint8Array): number {
  return body[5] ?? 0;
}

/**
 * The public numbers without version and time, so that one key in two certificates is recognised (rules.md, row 13).
 * Ed25519 has two encodings; both end with the point (RFC 9580 sections 5.5.5.5 and 5.5.5.9).
 */
function materialOf(body: Uint8Array): Uint8Array {
  const algorithm = algorithmOf(body);
  const numbers = body.subarray(body[0] === 6 ? 10 : 6);
  if (algorithm === EDDSA_LEGACY || algorithm === ED25519) {
    return concatBytes([new Uint8Array([ED25519]), numbers.subarray(-32)]);
  }
  return concatBytes([new Uint8Array([RSA.has(algorithm) ? 1 : algorithm]), numbers]);
}
