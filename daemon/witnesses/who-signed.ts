import { openPool } from "../certificates/pool.ts";
import type { SignatureEvidence, VerifiedSignature } from "../core/evidence.ts";
import { openpgpSigner, type SignerId } from "../core/signer.ts";
import type { UnixMs } from "../core/time.ts";
import { documentInMemory } from "../evidence/document.ts";
import { assertDigestsAreVerified } from "../evidence/self-check.ts";
import { readSignatureFile } from "../evidence/signature-file.ts";
import { type Bench, weighBatch } from "../evidence/weigh-batch.ts";
import type { SignedObject } from "./signed-object.ts";
import type { CertificatesAtHand } from "./witness.ts";

/** Who signed an object of a repository. */
export interface ObjectSigners {
  /** Whose signature verified, by a key that was entitled to make it, with nothing weak about it. */
  readonly verified: readonly SignerId[];
  /** Whom another signature names, whose certificate is not at hand: a claim, good for a warning and nothing else. */
  readonly named: readonly SignerId[];
}

/**
 * Verifies the signature of a tag or commit with tofu's own evidence, as that of a release: git would ask whatever
 * program the clone's configuration names.
 */
export async function whoSigned(
  { payload, signature }: SignedObject,
  certificates: CertificatesAtHand,
  now: UnixMs,
): Promise<ObjectSigners> {
  const read = readSignatureFile(signature);
  if (!read.ok) return { verified: [], named: [] };
  await assertDigestsAreVerified();
  const pool = await openPool({
    stored: certificates.storedCertificate,
    storedPrimaryOf: certificates.storedPrimaryOf,
    commandLine: [],
    beside: [],
    layer: certificates.layerCertificates,
    keyring: certificates.keyring,
  });
  const bench: Bench = { pool, pinned: [], now, facts: new Map() };
  const numbered = read.value.signatures.map((found, packet) => ({ packet, found }));
  const evidence = await weighBatch(bench, numbered, documentInMemory(payload));
  return {
    verified: evidence.flatMap((one) => (one.kind === "verified" && counts(one) ? [one.signer] : [])),
    named: evidence.flatMap(claimOf),
  };
}

/** A primary whose copy at hand has expired is a stale copy, as for a release (rules.md, row 20c). */
function counts({ standing, weaknesses, revocations, purpose }: VerifiedSignature): boolean {
  const isEntitled = standing.kind === "entitled" || standing.kind === "primary-expired";
  return isEntitled && weaknesses.length === 0 && purpose === undefined && !revocations.some(({ hard }) => hard);
}

/** The fingerprint may be a subkey's: what it belongs to can't be told, only that it is no key at hand. */
function claimOf(evidence: SignatureEvidence): readonly SignerId[] {
  if (evidence.kind !== "unverifiable" || evidence.issuer.fingerprint === undefined) return [];
  return [openpgpSigner(evidence.issuer.fingerprint)];
}
