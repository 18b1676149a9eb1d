import { readCleartextMessage } from "openpgp";
import { err, ok, type Result } from "../core/result.ts";
import { readBlocks } from "./armor.ts";
import { MATHEMATICS_CONFIG } from "./mathematics.ts";
import { type FoundSignature, type SignatureFileError, signaturesOf } from "./signature-file.ts";

/** A clearsigned text, cut but not verified. */
export interface Cleartext {
  /** Exactly what its signatures are made over; nothing else of the file may be used (CVE-2023-41037). */
  readonly signedBytes: Uint8Array;
  readonly signatures: readonly FoundSignature[];
}

const BEGIN = /^-----BEGIN PGP SIGNED MESSAGE-----/gm;

/**
 * Reads a clearsigned file (RFC 9580 section 7). The library undoes the dash escaping and checks the headers; what it
 * gives back is the text that is verified here and the text that is used.
 */
export async function readCleartext(file: Uint8Array): Promise<Result<Cleartext, SignatureFileError>> {
  const text = Buffer.from(file.buffer, file.byteOffset, file.byteLength)
    .toString("utf8")
    .replace(/^\uFEFF/, "");
  const starts = [...text.matchAll(BEGIN)];
  const start = starts[0]?.index;
  if (start === undefined || starts.length > 1) return unreadable("it holds no signed text, or several");
  const signatures = signaturesOf(readBlocks(file).filter(({ label }) => label === "PGP SIGNATURE"));
  if (!signatures.ok) return signatures;
  try {
    const message = await readCleartextMessage({ cleartextMessage: text.slice(start), config: MATHEMATICS_CONFIG });
    // Line ends are CRLF in what is signed (section 7.2), and the last one belongs to the armor.
    const signedBytes = new TextEncoder().encode(message.getText().replace(/\r?\n/g, "\r\n"));
    return ok({ signedBytes, signatures: signatures.value.signatures });
  } catch {
    return unreadable("its signed text cannot be read");
  }
}

function unreadable(detail: string): Result<never, SignatureFileError> {
  return err({ code: "unreadable", detail });
}
