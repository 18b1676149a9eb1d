import { openPinned, openPool } from "../certificates/pool.ts";
import type { SignatureEvidence, VerifiedSignature } from "../core/evidence.ts";
import type { SignerId } from "../core/signer.ts";
import { MINUTE_MS, type UnixMs } from "../core/time.ts";
import { MEMORY_LIMIT_BYTES, readDocument } from "../evidence/document.ts";
import type { GatherWorld } from "../evidence/gathering.ts";
import { assertDigestsAreVerified } from "../evidence/self-check.ts";
import { readSignatureFile } from "../evidence/signature-file.ts";
import { verifySshSignature } from "../evidence/ssh-signature.ts";
import { type Bench, signaturesWithOwners, weighBatch } from "../evidence/weigh-batch.ts";

/** A pin file and what is said to be its signature, `known_keys.sig` or `known_keys.asc`; told apart by content. */
export interface SignedPinFile {
  readonly file: Uint8Array;
  readonly signature: Uint8Array;
  /** Signers whose pin files the user wants: their certificates are tried first. */
  readonly configured: readonly SignerId[];
  /** Key files named by hand. */
  readonly keys: readonly string[];
  readonly now: UnixMs;
}

/** Who signed a pin file, or why nobody can be said to have. Whether that signer may is for the caller to ask. */
export type PinFileSignature =
  /** At least one. Each signature holds by itself; others beside them say nothing. */
  | { readonly kind: "signed"; readonly signers: readonly SignerId[] }
  | { readonly kind: "refused"; readonly code: PinFileRefusal; readonly signer: SignerId }
  | {
      readonly kind: "unchecked";
      readonly code: "certificate-unavailable" | "unsupported" | "unreadable";
      readonly detail: string;
    };

/** From bad to less bad: the first of several is told. */
export type PinFileRefusal =
  /** It does not fit this file. */
  | "bad-signature"
  | "revoked"
  /** Made for something else: another ssh namespace, or a notation that says `handover`. */
  | "wrong-purpose"
  /** SHA-1, a short key and the like; nothing allows them here. */
  | "weak"
  /** Its key was not allowed to sign when it did, or it is no proven key of the certificate. */
  | "not-entitled"
  | "expired"
  | "future-dated";

const SEVERITY: readonly PinFileRefusal[] = [
  "bad-signature",
  "revoked",
  "wrong-purpose",
  "weak",
  "not-entitled",
  "expired",
  "future-dated",
];
const SSH_BEGIN = "-----BEGIN SSH SIGNATURE-----";
const NAMESPACE = "pins@tofu.invalid";
/** What a `purpose@tofu.invalid` notation may say; most signatures have none. */
const PURPOSE = "pins";
const FUTURE_TOLERANCE_MS = 10 * MINUTE_MS;

type SignatureWorld = Pick<GatherWorld, "storedCertificate" | "storedPrimaryOf" | "keyring">;

/**
 * Verifies the detached signature of a pin file, by ssh (namespace `pins@tofu.invalid`) or OpenPGP.
 *
 * @throws TofuError where a key file named by hand is missing or cannot be read.
 */
export async function verifyPinFileSignature(signed: SignedPinFile, world: SignatureWorld): Promise<PinFileSignature> {
  return Buffer.from(signed.signature).includes(SSH_BEGIN) ? verifySsh(signed) : verifyOpenpgp(signed, world);
}

function verifySsh({ file, signature }: SignedPinFile): PinFileSignature {
  const verified = verifySshSignature({ block: signature, message: file, namespace: NAMESPACE });
  switch (verified.kind) {
    case "verified":
      return { kind: "signed", signers: [verified.signer] };
    case "bad":
      return { kind: "refused", code: "bad-signature", signer: verified.signer };
    case "wrong-namespace":
      return { kind: "refused", code: "wrong-purpose", signer: verified.signer };
    case "unsupported":
    case "unreadable":
      return { kind: "unchecked", code: verified.kind, detail: verified.detail };
  }
}

async function verifyOpenpgp(signed: SignedPinFile, world: SignatureWorld): Promise<PinFileSignature> {
  const read = readSignatureFile(signed.signature);
  if (!read.ok) return { kind: "unchecked", code: "unreadable", detail: read.error.detail };
  await assertDigestsAreVerified();
  const pool = await openPool({
    stored: world.storedCertificate,
    storedPrimaryOf: world.storedPrimaryOf,
    commandLine: signed.keys,
    beside: [],
    keyring: world.keyring,
  });
  const bench: Bench = { pool, pinned: await openPinned(pool, signed.configured), now: signed.now, facts: new Map() };
  const numbered = read.value.signatures.map((found, packet) => ({ packet, found }));
  const source = { read: async (onChunk: (bytes: Uint8Array) => void): Promise<void> => onChunk(signed.file) };
  const owned = await signaturesWithOwners(bench, numbered);
  const document = await readDocument(source, signed.file.length, owned, { memoryLimitBytes: MEMORY_LIMIT_BYTES });
  return summarise(await weighBatch(bench, numbered, document), signed.now);
}

function summarise(evidence: readonly SignatureEvidence[], now: UnixMs): PinFileSignature {
  const signers = new Set<SignerId>();
  const refusals: Extract<PinFileSignature, { readonly kind: "refused" }>[] = [];
  const unchecked: Extract<PinFileSignature, { readonly kind: "unchecked" }>[] = [];
  for (const one of evidence) {
    const outcome = outcomeOf(one, now);
    if (outcome.kind === "signed") for (const signer of outcome.signers) signers.add(signer);
    else if (outcome.kind === "refused") refusals.push(outcome);
    else unchecked.push(outcome);
  }
  if (signers.size > 0) return { kind: "signed", signers: [...signers] };
  const [worst] = refusals.toSorted((a, b) => SEVERITY.indexOf(a.code) - SEVERITY.indexOf(b.code));
  return worst ?? unchecked[0] ?? { kind: "unchecked", code: "unreadable", detail: "it holds no signature" };
}

function outcomeOf(evidence: SignatureEvidence, now: UnixMs): PinFileSignature {
  switch (evidence.kind) {
    case "verified": {
      const code = refusalOf(evidence, now);
      const { signer } = evidence;
      return code === undefined ? { kind: "signed", signers: [signer] } : { kind: "refused", code, signer };
    }
    case "mismatched":
      return { kind: "refused", code: "bad-signature", signer: evidence.signer };
    case "unverifiable": {
      const { fingerprint, keyId } = evidence.issuer;
      const detail = `it names the key ${fingerprint ?? keyId ?? "of nobody"}`;
      return { kind: "unchecked", code: "certificate-unavailable", detail };
    }
    case "unsupported":
      return { kind: "unchecked", code: "unsupported", detail: evidence.detail };
  }
}

/** A file that decides whom a machine believes is held to what holds for a statement: nothing weak, nothing expired. */
function refusalOf(signature: VerifiedSignature, now: UnixMs): PinFileRefusal | undefined {
  const { revocations, createdAt, expiresAt, purpose, weaknesses, standing } = signature;
  // A soft revocation leaves what was signed before it (RFC 9580 section 5.2.3.31).
  if (revocations.some(({ hard, at }) => hard || at <= createdAt)) return "revoked";
  if (purpose !== undefined && purpose !== PURPOSE) return "wrong-purpose";
  if (weaknesses.length > 0) return "weak";
  switch (standing.kind) {
    case "primary-expired":
    case "subkey-expired":
      return "expired";
    case "older-than-key":
    case "unproven":
    case "not-for-signing":
    case "no-self-signature":
      return "not-entitled";
    case "entitled":
      if (expiresAt !== undefined && expiresAt <= now) return "expired";
      return createdAt > now + FUTURE_TOLERANCE_MS ? "future-dated" : undefined;
  }
}
