import { basename } from "node:path";
import { isClearsigned } from "./armor.ts";
import { FileTooLarge, type ReadSmall, readBounded } from "./artifact-file.ts";
import { findSignaturesBeside, type SignedManifest } from "./beside.ts";
import type { GatherRequest } from "./gathering.ts";
import { type FoundSignature, MAX_SIGNATURE_FILE_BYTES, readSignatureFile } from "./signature-file.ts";

/** A detached signature file that was read. */
export interface DetachedFile {
  readonly bytes: Uint8Array;
  readonly signatures: readonly FoundSignature[];
  /** By its name: `x.tar.sign` beside `x.tar.xz` covers what comes out of it. */
  readonly covers: "artifact" | "unpacked";
}

/** Everything that may sign the artifact, before anything is verified. */
export interface SignatureInputs {
  readonly detached: readonly DetachedFile[];
  readonly manifests: readonly SignedManifest[];
  /** Files that are there and hold no signature: why, in words. */
  readonly unreadable: readonly { readonly bytes: Uint8Array; readonly detail: string }[];
  readonly lookedFor: readonly string[];
}

interface Named {
  readonly path: string;
  readonly covers: DetachedFile["covers"];
}

const SIGNATURE_SUFFIX = /\.(?:asc|sig|sign|gpg)$/i;
const COMPRESSED = /\.(?:gz|xz|bz2|zst|lz|lzma|Z)$/;

/**
 * Reads the signature files that were named, or else those that lie beside the artifact.
 *
 * @throws TofuError where one is missing or cannot be read: that is no "unsigned".
 */
export async function readSignatureInputs(request: GatherRequest): Promise<SignatureInputs> {
  const found = request.signatures.length > 0 ? namedByHand(request) : await beside(request);
  const detached: DetachedFile[] = [];
  const manifests = [...found.manifests];
  const unreadable: { readonly bytes: Uint8Array; readonly detail: string }[] = [];
  for (const { path, covers } of found.files) {
    const bytes = await readCapped(path, MAX_SIGNATURE_FILE_BYTES, request.around?.readSmall);
    if (bytes === undefined) {
      unreadable.push({ bytes: new Uint8Array(0), detail: `${basename(path)}: it is too large for a signature` });
    } else if (isClearsigned(bytes)) {
      manifests.push({ manifest: path, signature: undefined });
      unreadable.push({ bytes, detail: `${basename(path)}: it is a signed text that does not name this file` });
    } else {
      const content = readSignatureFile(bytes);
      if (content.ok) detached.push({ bytes, signatures: content.value.signatures, covers });
      else unreadable.push({ bytes, detail: `${basename(path)}: ${content.error.detail}` });
    }
  }
  return { detached, manifests, unreadable, lookedFor: found.lookedFor };
}

interface Found {
  readonly files: readonly Named[];
  readonly manifests: readonly SignedManifest[];
  readonly lookedFor: readonly string[];
}

function namedByHand({ path, signatures }: GatherRequest): Found {
  const unpackedName = COMPRESSED.test(path) ? basename(path).replace(COMPRESSED, "") : undefined;
  const files = signatures.map((signature): Named => {
    const covers = basename(signature).replace(SIGNATURE_SUFFIX, "") === unpackedName ? "unpacked" : "artifact";
    return { path: signature, covers };
  });
  return { files, manifests: [], lookedFor: [] };
}

async function beside({ path, around }: GatherRequest): Promise<Found> {
  const { detached, unpacked, manifests, lookedFor } = await findSignaturesBeside(path, around);
  const files: readonly Named[] = [
    ...detached.map((file) => ({ path: file, covers: "artifact" }) as const),
    ...unpacked.map((file) => ({ path: file, covers: "unpacked" }) as const),
  ];
  return { files, manifests, lookedFor };
}

/**
 * Reads a file from outside whole.
 *
 * @returns `undefined` where it is larger than `maxBytes`: whatever it holds, it is not what it is called.
 * @throws TofuError where it is missing or cannot be read.
 */
export async function readCapped(
  path: string,
  maxBytes: number,
  readSmall?: ReadSmall,
): Promise<Uint8Array | undefined> {
  try {
    return await readBounded(path, maxBytes, readSmall);
  } catch (error) {
    if (error instanceof FileTooLarge) return undefined;
    throw error;
  }
}
