import { basename } from "node:path";
import type { SignatureEvidence } from "../core/evidence.ts";
import type { Sha256 } from "../core/sha256.ts";
import type { SignedManifest } from "./beside.ts";
import { readCleartext } from "./cleartext.ts";
import { documentInMemory } from "./document.ts";
import { parseManifest } from "./manifest.ts";
import { type FoundSignature, MAX_SIGNATURE_FILE_BYTES, readSignatureFile } from "./signature-file.ts";
import { readCapped } from "./signature-inputs.ts";
import { type Bench, type Numbered, weighBatch } from "./weigh-batch.ts";

/** What a signed list of digests says of the artifact. */
export type ManifestEvidence =
  | NamingManifest
  /** It may be about the artifact, and its signature cannot be read: never the same as "unsigned". */
  | { readonly kind: "unreadable"; readonly detail: string; readonly bytes: Uint8Array }
  /** It does not name the artifact. */
  | { readonly kind: "silent" };

export interface NamingManifest {
  readonly kind: "names-artifact";
  readonly fileName: string;
  readonly sha256: Sha256;
  /** Over the manifest; where it lists another digest for the artifact, none of them fits the artifact. */
  readonly signatures: readonly SignatureEvidence[];
  /** At least one signature over the manifest verified, whatever digest it lists. */
  readonly isVerified: boolean;
  /** It lists the very digest of the artifact. */
  readonly listsArtifact: boolean;
  /** The files to keep: the signature, and the list that it covers. */
  readonly files: readonly [Uint8Array, ...Uint8Array[]];
}

type Opened =
  | {
      readonly kind: "signed";
      /** Exactly the bytes that the signatures cover: names are read from nothing else. */
      readonly signedBytes: Uint8Array;
      readonly signatures: readonly FoundSignature[];
      readonly files: readonly [Uint8Array, ...Uint8Array[]];
    }
  | Exclude<ManifestEvidence, NamingManifest>;

const MAX_MANIFEST_BYTES = 4 << 20;

/**
 * Weighs the signatures of a manifest.
 *
 * @param artifact - its name and digest.
 * @throws TofuError where the manifest or its signature is there and cannot be read from disk.
 */
export async function weighManifest(
  bench: Bench,
  manifest: SignedManifest,
  artifact: { readonly fileName: string; readonly sha256: Sha256 },
  number: (found: FoundSignature) => Numbered,
): Promise<ManifestEvidence> {
  const opened = await openManifest(manifest, artifact.fileName);
  if (opened.kind !== "signed") return opened;
  const listed = parseManifest(opened.signedBytes).get(artifact.fileName);
  if (listed === undefined) return { kind: "silent" };
  const document = documentInMemory(opened.signedBytes);
  const weighed = await weighBatch(bench, opened.signatures.map(number), document);
  const listsArtifact = listed === artifact.sha256;
  return {
    kind: "names-artifact",
    fileName: basename(manifest.manifest),
    sha256: document.sha256,
    signatures: listsArtifact ? weighed : weighed.map(withoutArtifact),
    isVerified: weighed.some((signature) => signature.kind === "verified"),
    listsArtifact,
    files: opened.files,
  };
}

async function openManifest({ manifest, signature }: SignedManifest, fileName: string): Promise<Opened> {
  const unreadable = (path: string, detail: string, bytes: Uint8Array): Opened => ({
    kind: "unreadable",
    detail: `${basename(path)}: ${detail}`,
    bytes,
  });
  const none = new Uint8Array(0);
  const bytes = await readCapped(manifest, MAX_MANIFEST_BYTES);
  if (bytes === undefined) return unreadable(manifest, "it is too large for a manifest", none);
  if (signature === undefined) {
    const cleartext = await readCleartext(bytes);
    if (!cleartext.ok) return unreadable(manifest, cleartext.error.detail, bytes);
    return { kind: "signed", ...cleartext.value, files: [bytes] };
  }
  if (!parseManifest(bytes).has(fileName)) return { kind: "silent" };
  const signatureBytes = await readCapped(signature, MAX_SIGNATURE_FILE_BYTES);
  if (signatureBytes === undefined) return unreadable(signature, "it is too large for a signature", none);
  const content = readSignatureFile(signatureBytes);
  if (!content.ok) return unreadable(signature, content.error.detail, signatureBytes);
  return {
    kind: "signed",
    signedBytes: bytes,
    signatures: content.value.signatures,
    files: [signatureBytes, bytes],
  };
}

/** A genuine signature over a list that has other bytes under this name says that these bytes are wrong. */
function withoutArtifact(signature: SignatureEvidence): SignatureEvidence {
  return signature.kind === "verified"
    ? { kind: "mismatched", packet: signature.packet, signer: signature.signer, createdAt: signature.createdAt }
    : signature;
}
