import { err, ok, type Result } from "../core/result.ts";
import { type Block, isClearsigned, readBlocks } from "./armor.ts";
import { TAG, walkPackets } from "./packet-walk.ts";
import { parseSignatureParts, type SignatureParts, type SignaturePartsError, toHex } from "./signature-packet.ts";

/** One signature packet of a file: a document signature, or one that this build cannot read. */
export type FoundSignature =
  | { readonly kind: "document"; readonly parts: SignatureParts }
  | { readonly kind: "unknown-version"; readonly error: Exclude<SignaturePartsError, { readonly code: "malformed" }> };

/** A signature file's signatures, cut but not verified; at least one. */
export interface SignatureFileContent {
  readonly signatures: readonly FoundSignature[];
}

/** Why a file holds no signature, in words (rules.md, row 27b). */
export type SignatureFileError = { readonly code: "unreadable"; readonly detail: string };

/** Bytes of a signature file that are read. */
export const MAX_SIGNATURE_FILE_BYTES: number = 256 << 10;
/** Real releases carry up to 24. */
const MAX_SIGNATURES = 64;
/** Packets that may stand beside signatures and mean nothing (RFC 9580 sections 5.8, 5.10, 5.14). */
const EMPTY_TAGS: ReadonlySet<number> = new Set([TAG.marker, TAG.trust, TAG.padding]);
const DOCUMENT_TYPES: ReadonlySet<number> = new Set([0x00, 0x01]);

/**
 * Finds the signatures of a detached signature file: several packets, several armor blocks, binary or armored whatever
 * the file's name says. A block that holds anything else than signatures is no signature block; a packet that comes
 * twice counts once; types other than 0x00 and 0x01 cover no document and are dropped (rules.md, section 3.1).
 */
export function readSignatureFile(file: Uint8Array): Result<SignatureFileContent, SignatureFileError> {
  if (file.length > MAX_SIGNATURE_FILE_BYTES) return unreadable(`it has more than ${MAX_SIGNATURE_FILE_BYTES} bytes`);
  if (isClearsigned(file)) return unreadable("it is a signed text and not a signature of another file");
  return signaturesOf(readBlocks(file));
}

/** As {@link readSignatureFile}, from blocks that were cut already. */
export function signaturesOf(blocks: readonly Block[]): Result<SignatureFileContent, SignatureFileError> {
  const bodies = new Map<string, Uint8Array>();
  let detail = "it holds no OpenPGP data";
  for (const block of blocks) {
    const found = signatureBodies(block);
    if (typeof found === "string") detail = found;
    else for (const body of found) bodies.set(toHex(body), body);
  }
  if (bodies.size > MAX_SIGNATURES) return unreadable(`it holds more than ${MAX_SIGNATURES} signatures`);
  const signatures = [...bodies.values()].flatMap((body) => classify(body));
  if (signatures.length > 0) return ok({ signatures });
  return unreadable(bodies.size > 0 ? "it holds no readable signature of a document" : detail);
}

/** All or nothing: what cannot be read to its end is no signature file (security.md, section 4). */
function signatureBodies(block: Block): readonly Uint8Array[] | string {
  if (block.bytes === undefined) return "it is damaged";
  const { packets, fault } = walkPackets(block.bytes);
  if (fault !== undefined) return "it is damaged";
  // Packets from tag 40 on may be passed over unread (RFC 9580 section 4.3).
  const stranger = packets.find(({ tag }) => tag !== TAG.signature && tag < 40 && !EMPTY_TAGS.has(tag));
  if (stranger !== undefined) return "it holds other OpenPGP data than signatures";
  return packets.filter(({ tag }) => tag === TAG.signature).map(({ body }) => body);
}

function classify(body: Uint8Array): readonly FoundSignature[] {
  const parsed = parseSignatureParts(body);
  if (!parsed.ok) return parsed.error.code === "malformed" ? [] : [{ kind: "unknown-version", error: parsed.error }];
  return DOCUMENT_TYPES.has(parsed.value.type) ? [{ kind: "document", parts: parsed.value }] : [];
}

function unreadable(detail: string): Result<never, SignatureFileError> {
  return err({ code: "unreadable", detail });
}
