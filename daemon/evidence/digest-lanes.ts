import { createHash, type Hash } from "node:crypto";
import { parseSha256, type Sha256 } from "../core/sha256.ts";
import { TofuError } from "../core/tofu-error.ts";
import { hashAlgorithm } from "./algorithms.ts";
import { lineEndCanonicaliser } from "./line-ends.ts";
import type { SignatureParts } from "./signature-packet.ts";

const TEXT_SIGNATURE = 0x01;
/** Beyond SHA-256: each version 6 signature hashes the whole document again, and anybody can append some. */
const MAX_LANES = 24;

/** What of a signature decides which digest it signs; plain data that a worker can be sent. */
export type LaneSignature = Pick<SignatureParts, "version" | "type" | "hashAlgorithm" | "signedPart" | "salt">;

interface Lane {
  readonly hash: Hash;
  readonly text: boolean;
}

/** Every digest that the signatures of one document need, computed in one pass over it. */
export interface DigestLanes {
  /** Takes the next piece of the document. */
  readonly update: (piece: Uint8Array) => void;
  /** @returns the digest that this signature signs, `undefined` for one that no lane could be made for. */
  readonly digestFor: (signature: LaneSignature) => Uint8Array | undefined;
  /** SHA-256 of the document itself. @throws TofuError `internal` where it was not wanted. */
  readonly sha256: () => Sha256;
}

/**
 * Makes the lanes: SHA-256 always; one for each hash and kind (binary, text) of version 4; one for each version 6
 * signature, since its salt comes first (RFC 9580 section 5.2.4). At most {@link MAX_LANES}, the first signatures first.
 *
 * @param wanted - `document: false` leaves out the SHA-256 that no signature asks for: somebody else computes it.
 */
export function digestLanes(
  signatures: readonly LaneSignature[],
  wanted: { readonly document: boolean } = { document: true },
): DigestLanes {
  const lanes = new Map<string, Lane>();
  if (wanted.document) lanes.set("sha256", { hash: createHash("sha256"), text: false });
  for (const signature of laneSignatures(signatures)) {
    const name = laneName(signature);
    const hash = name === undefined || lanes.has(name) ? undefined : openHash(signature);
    if (name !== undefined && hash !== undefined) lanes.set(name, { hash, text: signature.type === TEXT_SIGNATURE });
  }
  const binary = [...lanes.values()].filter((lane) => !lane.text);
  const text = [...lanes.values()].filter((lane) => lane.text);
  const canonical = lineEndCanonicaliser();
  return {
    update: (piece) => {
      for (const lane of binary) lane.hash.update(piece);
      if (text.length === 0) return;
      const lines = canonical(piece);
      for (const lane of text) lane.hash.update(lines);
    },
    digestFor: (signature) => {
      const lane = lanes.get(laneName(signature) ?? "none");
      return lane === undefined ? undefined : finish(lane.hash, signature);
    },
    sha256: () => sha256Of(lanes.get("sha256")?.hash.copy()),
  };
}

/** @returns those of the signatures that a lane is made for, within {@link MAX_LANES}. */
function laneSignatures(signatures: readonly LaneSignature[]): readonly LaneSignature[] {
  const names = new Set<string>(["sha256"]);
  return signatures.filter((signature) => {
    const name = laneName(signature);
    if (name === undefined || (!names.has(name) && names.size > MAX_LANES)) return false;
    names.add(name);
    return true;
  });
}

/**
 * Divides the lanes so that two can work at once: SHA-256 of the document, which is always wanted, with what shares its
 * lane; and the signatures of all other lanes.
 */
export function divideLanes(signatures: readonly LaneSignature[]): {
  readonly withDocument: readonly LaneSignature[];
  readonly others: readonly LaneSignature[];
} {
  const chosen = laneSignatures(signatures);
  const isDocuments = (signature: LaneSignature): boolean => laneName(signature) === "sha256";
  return {
    withDocument: chosen.filter(isDocuments),
    others: chosen.filter((signature) => !isDocuments(signature)),
  };
}

/** @returns the SHA-256 of bytes in memory. */
export function sha256OfBytes(bytes: Uint8Array): Sha256 {
  return sha256Of(createHash("sha256").update(bytes));
}

function sha256Of(hash: Hash | undefined): Sha256 {
  const parsed = parseSha256(hash?.digest("hex") ?? "");
  if (!parsed.ok) throw new TofuError("internal", "the platform's SHA-256 gave no digest");
  return parsed.value;
}

function laneName(signature: LaneSignature): string | undefined {
  const algorithm = hashAlgorithm(signature.hashAlgorithm);
  if (algorithm === undefined) return undefined;
  const kind = signature.type === TEXT_SIGNATURE ? "text " : "";
  if (signature.version === 4) return `${kind}${algorithm.name}`;
  // Another size of salt is refused (RFC 9580 section 5.2.3); given a digest, the library would not check it.
  if (signature.salt?.length !== algorithm.saltOctets) return undefined;
  return `${kind}${algorithm.name} ${Buffer.from(signature.salt ?? []).toString("hex")}`;
}

function openHash(signature: LaneSignature): Hash | undefined {
  const algorithm = hashAlgorithm(signature.hashAlgorithm);
  if (algorithm === undefined) return undefined;
  try {
    const hash = createHash(algorithm.openssl);
    return signature.salt === undefined ? hash : hash.update(signature.salt);
  } catch {
    // This platform's OpenSSL lacks it (MD5 or RIPEMD-160 under FIPS): the signature is told as unsupported.
    return undefined;
  }
}

/** The signed part of the packet and the trailer come last: version, 0xFF, length (RFC 9580 section 5.2.4). */
function finish(hash: Hash, signature: LaneSignature): Uint8Array {
  const trailer = Buffer.from([signature.version, 0xff, 0, 0, 0, 0]);
  trailer.writeUInt32BE(signature.signedPart.length, 2);
  return new Uint8Array(hash.copy().update(signature.signedPart).update(trailer).digest());
}
