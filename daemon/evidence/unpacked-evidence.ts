import type { SignatureEvidence } from "../core/evidence.ts";
import type { Sha256 } from "../core/sha256.ts";
import type { ArtifactFile } from "./artifact-file.ts";
import { type ReadDocument, readDocument } from "./document.ts";
import type { SignatureParts } from "./signature-packet.ts";
import { openUnpacked, UnpackFailed, UnpackUnsupported } from "./unpacked.ts";
import { type Bench, type Numbered, signaturesWithOwners, weighBatch } from "./weigh-batch.ts";

/** What the signatures say of the tar that comes out of the artifact. */
export interface UnpackedEvidence {
  /** Signatures over the artifact as it is; empty where they turned out to cover the tar. */
  readonly direct: readonly SignatureEvidence[];
  readonly signatures: readonly SignatureEvidence[];
  /** Of the tar, where a signature over it verified. */
  readonly sha256: Sha256 | undefined;
}

interface Question {
  /** Signatures that say by their name that they cover the tar. */
  readonly named: readonly Numbered[];
  /** Signatures over the artifact, as found and as weighed. */
  readonly directSignatures: readonly Numbered[];
  readonly direct: readonly SignatureEvidence[];
}

type Unpacked =
  | { readonly kind: "read"; readonly document: ReadDocument }
  | { readonly kind: "not-compressed" }
  | { readonly kind: "not-unpacked"; readonly detail: string };

/**
 * Weighs signatures over the unpacked tar: those that are named so, and those that fit nothing as the file stands, since
 * packagers rename them (`x.tar.sign` became `x.tar.xz.asc`).
 */
export async function weighUnpacked(bench: Bench, file: ArtifactFile, question: Question): Promise<UnpackedEvidence> {
  const { named, direct, directSignatures } = question;
  const fitsNothing =
    !direct.some(({ kind }) => kind === "verified") && direct.some(({ kind }) => kind === "mismatched");
  const again = fitsNothing ? directSignatures : [];
  if (named.length + again.length === 0) return { direct, signatures: [], sha256: undefined };
  const unpacked = await unpack(file, await signaturesWithOwners(bench, [...named, ...again]));
  switch (unpacked.kind) {
    case "read": {
      const overTar = await weighBatch(bench, again, unpacked.document);
      const isTar = overTar.some(({ kind }) => kind === "verified");
      const signatures = [...(isTar ? overTar : []), ...(await weighBatch(bench, named, unpacked.document))];
      const sha256 = signatures.some(({ kind }) => kind === "verified") ? unpacked.document.sha256 : undefined;
      return { direct: isTar ? [] : direct, signatures, sha256 };
    }
    case "not-compressed":
      return {
        direct,
        signatures: cannotTell(named, "it covers an unpacked file, and this one is not packed"),
        sha256: undefined,
      };
    case "not-unpacked":
      return { direct, signatures: cannotTell(named, unpacked.detail), sha256: undefined };
  }
}

async function unpack(file: ArtifactFile, parts: readonly SignatureParts[]): Promise<Unpacked> {
  try {
    const source = await openUnpacked(file);
    if (source === undefined) return { kind: "not-compressed" };
    return { kind: "read", document: await readDocument(source, undefined, parts, { memoryLimitBytes: 0 }) };
  } catch (error) {
    if (error instanceof UnpackUnsupported)
      return { kind: "not-unpacked", detail: `it needs ${error.program} to unpack the file` };
    // It was altered, or is no archive: what was found over the file as it stands is the answer.
    if (error instanceof UnpackFailed) return { kind: "not-unpacked", detail: error.message };
    throw error;
  }
}

function cannotTell(signatures: readonly Numbered[], detail: string): readonly SignatureEvidence[] {
  return signatures.map(({ packet }) => ({ kind: "unsupported", packet, signer: undefined, weaknesses: [], detail }));
}
