import type { Sha256 } from "../core/sha256.ts";
import type { ByteSource } from "./byte-source.ts";
import { digestLanes, sha256OfBytes } from "./digest-lanes.ts";
import type { SignedDocument } from "./mathematics.ts";
import type { SignatureParts } from "./signature-packet.ts";

/** A document that was read once, ready to be verified by each of its signatures. */
export interface ReadDocument {
  readonly sha256: Sha256;
  /** @returns what this signature covers; `undefined` where this build cannot hash it so. */
  readonly signedBy: (parts: SignatureParts) => SignedDocument | undefined;
}

/** Up to here a document is verified from memory by the library alone; above, by digests (perf.md, section 2). */
export const MEMORY_LIMIT_BYTES: number = 1 << 20;

/**
 * Reads a document in one pass.
 *
 * @param size - bytes, where that is known before.
 * @param signatures - every signature that may be verified over it.
 */
export async function readDocument(
  source: ByteSource,
  size: number | undefined,
  signatures: readonly SignatureParts[],
  limits: { readonly memoryLimitBytes: number },
): Promise<ReadDocument> {
  if (size !== undefined && size <= limits.memoryLimitBytes) {
    const pieces: Buffer[] = [];
    await source.read((piece) => pieces.push(Buffer.from(piece)));
    return documentInMemory(new Uint8Array(Buffer.concat(pieces)));
  }
  const lanes = digestLanes(signatures);
  await source.read(lanes.update);
  return {
    sha256: lanes.sha256(),
    signedBy: (parts) => {
      const digest = lanes.digestFor(parts);
      return digest === undefined ? undefined : { kind: "digest", digest };
    },
  };
}

/** @returns a document from bytes in memory. */
export function documentInMemory(bytes: Uint8Array): ReadDocument {
  return { sha256: sha256OfBytes(bytes), signedBy: () => ({ kind: "bytes", bytes }) };
}
