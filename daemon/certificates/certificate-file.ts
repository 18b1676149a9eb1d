import { basename } from "node:path";
import { readBlocks } from "../evidence/armor.ts";
import { FileTooLarge, readBounded } from "../evidence/artifact-file.ts";
import { type RawCertificate, walkKeyring } from "./keyring-walk.ts";

/** The certificates of one key file, found but not yet parsed. */
export interface CertificateFile {
  readonly certificates: readonly RawCertificate[];
  /** What was passed over and why, in words. */
  readonly notes: readonly string[];
}

/** The keyring of a large distribution has 28 MB. */
const MAX_KEY_FILE_BYTES = 32 << 20;
const MAX_NOTES = 20;

/**
 * Finds the certificates of a key file, keyring or KEYS file: any number of armor blocks with text between, whatever
 * their labels say, or binary. Only headers are read, so a keyring of 900 certificates costs some milliseconds.
 */
export function findCertificates(file: Uint8Array): CertificateFile {
  const certificates: RawCertificate[] = [];
  const notes: string[] = [];
  for (const [index, block] of readBlocks(file).entries()) {
    const walked =
      block.bytes === undefined ? { certificates: [], notes: ["it is damaged"] } : walkKeyring(block.bytes);
    certificates.push(...walked.certificates);
    notes.push(...walked.notes.map((note) => (block.label === "binary" ? note : `block ${index + 1}: ${note}`)));
  }
  return { certificates, notes: notes.slice(0, MAX_NOTES) };
}

/**
 * Reads a key file from disk.
 *
 * @returns its certificates; none, with a note, where it holds none or is too large.
 * @throws TofuError where the file is missing or cannot be read.
 */
export async function readCertificateFile(path: string): Promise<CertificateFile> {
  try {
    const found = findCertificates(await readBounded(path, MAX_KEY_FILE_BYTES));
    if (found.certificates.length > 0) return found;
    return { certificates: [], notes: [`${basename(path)}: holds no certificate`] };
  } catch (error) {
    if (error instanceof FileTooLarge) return { certificates: [], notes: [`${basename(path)}: is too large`] };
    throw error;
  }
}
