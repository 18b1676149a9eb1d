import type { Certificate } from "../certificates/certificate.ts";
import { keyIdOf, walkKeyring } from "../certificates/keyring-walk.ts";
import { mergeCopies } from "../certificates/merge.ts";
import { openPool } from "../certificates/pool.ts";
import type { VerifiedSignature } from "../core/evidence.ts";
import type { Fingerprint } from "../core/fingerprint.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { Sha256 } from "../core/sha256.ts";
import { fingerprintOf, type SignerId } from "../core/signer.ts";
import type { UnixMs } from "../core/time.ts";
import { hashAlgorithm } from "./algorithms.ts";
import { isClearsigned } from "./armor.ts";
import { readCleartext } from "./cleartext.ts";
import { documentInMemory } from "./document.ts";
import { parseManifest } from "./manifest.ts";
import { type FoundSignature, readSignatureFile } from "./signature-file.ts";
import { createdAt, issuerHints, type SignatureParts } from "./signature-packet.ts";
import { weighBatch } from "./weigh-batch.ts";

/** A signature as the journal tells of it. */
export interface ToldSignature {
  readonly signer: SignerId;
  readonly signingKey: Fingerprint;
  readonly createdAt: UnixMs;
  /** Not told of a first use. */
  readonly hash: string | undefined;
}

/** The certificates of the journal, and nothing from outside. */
export interface StoredCertificates {
  readonly storedCertificate: (primary: Fingerprint) => Promise<Uint8Array | undefined>;
  readonly storedPrimaryOf: (subkey: Fingerprint) => Promise<Fingerprint | undefined>;
}

/**
 * Reads a stored signature file again: is there a signature by this key, of this time, with this hash, and does the
 * stored certificate own the key?
 *
 * @returns `elsewhere` where the file has none by that key: of several signature files the journal names one.
 */
export async function rereadSignature(
  file: Uint8Array,
  told: ToldSignature,
  { storedCertificate }: StoredCertificates,
): Promise<"found" | "elsewhere" | { readonly fault: string }> {
  const content = await signaturesIn(file);
  if (!content.ok) return { fault: `the stored signature can't be read: ${content.error}` };
  const byKey = content.value.filter((parts) => names(parts, told.signingKey));
  if (byKey.length === 0) return "elsewhere";
  const ofTime = byKey.filter((parts) => createdAt(parts) === told.createdAt);
  if (ofTime.length === 0) return { fault: "the stored signature has another time" };
  const hashes = ofTime.map((parts) => hashAlgorithm(parts.hashAlgorithm)?.name);
  if (told.hash !== undefined && !hashes.includes(told.hash)) return { fault: "the stored signature has another hash" };
  return (await certificateFault(told, storedCertificate)) ?? "found";
}

async function certificateFault(
  { signer, signingKey }: ToldSignature,
  storedCertificate: StoredCertificates["storedCertificate"],
): Promise<{ readonly fault: string } | undefined> {
  const primary = fingerprintOf(signer);
  const bytes = primary === undefined ? undefined : await storedCertificate(primary);
  const certificate = bytes === undefined ? undefined : await openStored(bytes);
  if (certificate === undefined) return { fault: "the signer's certificate is not stored" };
  const keys = [certificate.primary, ...certificate.subkeys.map(({ key }) => key)];
  const owns = certificate.signer === signer && keys.some(({ fingerprint }) => fingerprint === signingKey);
  return owns ? undefined : { fault: "the stored certificate does not own the key" };
}

/** @returns a stored certificate as it can be read again; `undefined` where it can't. */
export async function openStored(bytes: Uint8Array): Promise<Certificate | undefined> {
  const [copy] = walkKeyring(bytes).certificates;
  return copy === undefined ? undefined : await mergeCopies([copy]);
}

/**
 * Verifies a stored list of digests again: its signatures over its own bytes, which are stored too.
 *
 * @param list - the list where it was signed beside it; a clearsigned one is the signature file itself.
 * @returns the signatures that fit, `undefined` where there is no list; `fault` where it does not list the artifact.
 */
export async function reverifyList(
  { file, list }: { readonly file: Uint8Array; readonly list: Uint8Array | undefined },
  artifact: { readonly name: string; readonly sha256: Sha256 },
  { certificates, now }: { readonly certificates: StoredCertificates; readonly now: UnixMs },
): Promise<readonly VerifiedSignature[] | { readonly fault: string } | undefined> {
  const opened = isClearsigned(file) ? await readCleartext(file) : undefined;
  const signedBytes = opened?.ok === true ? opened.value.signedBytes : list;
  if (signedBytes === undefined) return undefined;
  if (parseManifest(signedBytes).get(artifact.name) !== artifact.sha256)
    return { fault: "the stored list does not name this file" };
  const found = opened?.ok === true ? opened.value.signatures : foundIn(file);
  const pool = await openPool({
    stored: certificates.storedCertificate,
    storedPrimaryOf: certificates.storedPrimaryOf,
    commandLine: [],
    beside: [],
    keyring: undefined,
  });
  const bench = { pool, pinned: [], now, facts: new Map() };
  const numbered = found.map((signature, packet) => ({ packet, found: signature }));
  const weighed = await weighBatch(bench, numbered, documentInMemory(signedBytes));
  return weighed.filter((signature) => signature.kind === "verified");
}

function foundIn(file: Uint8Array): readonly FoundSignature[] {
  const content = readSignatureFile(file);
  return content.ok ? content.value.signatures : [];
}

async function signaturesIn(file: Uint8Array): Promise<Result<readonly SignatureParts[], string>> {
  const content = isClearsigned(file) ? await readCleartext(file) : readSignatureFile(file);
  if (!content.ok) return err(content.error.detail);
  return ok(content.value.signatures.flatMap((found) => (found.kind === "document" ? [found.parts] : [])));
}

/** What a signature names is a claim; with the file at hand its key is asked, without it this is all there is. */
function names(parts: SignatureParts, key: Fingerprint): boolean {
  const { signedFingerprint, otherFingerprints, keyIds } = issuerHints(parts);
  if (signedFingerprint !== undefined) return signedFingerprint === key;
  return otherFingerprints.includes(key) || keyIds.includes(keyIdOf(key));
}
