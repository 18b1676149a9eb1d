import { basename } from "node:path";
import type { SignatureEvidence } from "../core/evidence.ts";
import type { Sha256 } from "../core/sha256.ts";
import { readBounded } from "./artifact-file.ts";
import type { SignedManifest } from "./beside.ts";
import { readCleartext } from "./cleartext.ts";
import { documentInMemory } from "./document.ts";
import { parseManifest } from "./manifest.ts";
import { type FoundSignature, MAX_SIGNATURE_FILE_BYTES, readSignatureFile } from "./signature-file.ts";
import { type Bench, type Numbered, weighBatch } from "./weigh-batch.ts";

/** What a signed list of digests that names the artifact says of it. */
export interface ManifestEvidence {
  readonly fileName: string;
  readonly sha256: Sha256;
  /** Over the manifest; where it lists another digest for the artifact, none of them fits the artifact. */
  readonly signatures: readonly SignatureEvidence[];
  /** It lists the very digest of the artifact, and at least one signature over it verified. */
  readonly vouches: boolean;
  /** The files to keep: the signature, and the list that it covers. */
  readonly files: readonly [Uint8Array, ...Uint8Array[]];
}

interface Opened {
  /** Exactly the bytes that the signatures cover: names are read from nothing else. */
  readonly signedBytes: Uint8Array;
  readonly signatures: readonly FoundSignature[];
  readonly files: readonly [Uint8Array, ...Uint8Array[]];
}

const MAX_MANIFEST_BYTES = 4 << 20;

/**
 * Weighs the signatures of a manifest.
 *
 * @param artifact - its name and digest.
 * @returns `undefined` where the manifest does not name the artifact, or cannot be read as a signed manifest.
 */
export async function weighManifest(
  bench: Bench,
  manifest: SignedManifest,
  artifact: { readonly fileName: string; readonly sha256: Sha256 },
  number: (found: FoundSignature) => Numbered,
): Promise<ManifestEvidence | undefined> {
  const opened = await openManifest(manifest);
  const listed = opened === undefined ? undefined : parseManifest(opened.signedBytes).get(artifact.fileName);
  if (opened === undefined || listed === undefined) return undefined;
  const document = documentInMemory(opened.signedBytes);
  const weighed = await weighBatch(bench, opened.signatures.map(number), document);
  const isSame = listed === artifact.sha256;
  return {
    fileName: basename(manifest.manifest),
    sha256: document.sha256,
    signatures: isSame ? weighed : weighed.map(withoutArtifact),
    vouches: isSame && weighed.some((signature) => signature.kind === "verified"),
    files: opened.files,
  };
}

/** A manifest or signature over its cap is a fault of the file: the reader throws, since nothing else may be said. */
async function openManifest({ manifest, signature }: SignedManifest): Promise<Opened | undefined> {
  const bytes = await readBounded(manifest, MAX_MANIFEST_BYTES);
  if (signature === undefined) {
    const cleartext = await readCleartext(bytes);
    return cleartext.ok ? { ...cleartext.value, files: [bytes] } : undefined;
  }
  const signatureBytes = await readBounded(signature, MAX_SIGNATURE_FILE_BYTES);
  const content = readSignatureFile(signatureBytes);
  if (!content.ok) return undefined;
  return { signedBytes: bytes, signatures: content.value.signatures, files: [signatureBytes, bytes] };
}

/** A genuine signature over a list that has other bytes under this name says that these bytes are wrong. */
function withoutArtifact(signature: SignatureEvidence): SignatureEvidence {
  return signature.kind === "verified"
    ? { kind: "mismatched", packet: signature.packet, signer: signature.signer, createdAt: signature.createdAt }
    : signature;
}
