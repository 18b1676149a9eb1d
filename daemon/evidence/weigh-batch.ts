import type { Certificate, SourcedCertificate } from "../certificates/certificate.ts";
import { certificateFacts } from "../certificates/claims.ts";
import type { CertificatePool, Owner } from "../certificates/pool.ts";
import type { CertificateFacts, SignatureEvidence, UnsupportedSignature } from "../core/evidence.ts";
import type { Fingerprint } from "../core/fingerprint.ts";
import type { UnixMs } from "../core/time.ts";
import { canSign } from "./algorithms.ts";
import type { ReadDocument } from "./document.ts";
import type { FoundSignature } from "./signature-file.ts";
import type { SignatureParts } from "./signature-packet.ts";
import { unverifiable, weaknessesByHeader, weighSignature } from "./weigh-signature.ts";

/** What all signatures of one artifact share. */
export interface Bench {
  readonly pool: CertificatePool;
  /** Of pinned signers: they are tried first. */
  readonly pinned: readonly SourcedCertificate[];
  readonly now: UnixMs;
  readonly facts: Map<Fingerprint, Promise<CertificateFacts>>;
}

/** A signature with its number among all packets of the artifact. */
export interface Numbered {
  readonly packet: number;
  readonly found: FoundSignature;
}

/**
 * Weighs signatures over one document, each by itself and with one certificate at a time (security.md, section 4).
 *
 * @returns one entry for each packet and certificate that owns its key, or one that says why there is none.
 */
export async function weighBatch(
  bench: Bench,
  signatures: readonly Numbered[],
  document: ReadDocument,
): Promise<readonly SignatureEvidence[]> {
  const evidence: SignatureEvidence[] = [];
  for (const { packet, found } of signatures) {
    switch (found.kind) {
      case "document":
        evidence.push(...(await weighOwners(bench, packet, found.parts, document)));
        break;
      case "unknown-version":
        evidence.push(await tellUnsupported(bench, packet, found));
        break;
    }
  }
  return evidence;
}

/**
 * @returns the signatures whose key is at hand, those of pinned signers first: only for them is a digest needed, and one
 * of version 6 costs a pass of its own.
 */
export async function signaturesWithOwners(
  bench: Bench,
  signatures: readonly Numbered[],
): Promise<readonly SignatureParts[]> {
  const pinned: SignatureParts[] = [];
  const others: SignatureParts[] = [];
  for (const { found } of signatures) {
    const owners = found.kind === "document" ? await bench.pool.ownersOf(found.parts, bench.pinned) : [];
    if (found.kind !== "document" || owners.length === 0) continue;
    if (owners.some(({ owner }) => bench.pinned.includes(owner))) pinned.push(found.parts);
    else others.push(found.parts);
  }
  return [...pinned, ...others];
}

async function weighOwners(
  bench: Bench,
  packet: number,
  parts: SignatureParts,
  document: ReadDocument,
): Promise<readonly SignatureEvidence[]> {
  const owners = await bench.pool.ownersOf(parts, bench.pinned);
  if (owners.length === 0) return [ownerless(packet, parts)];
  const evidence: SignatureEvidence[] = [];
  for (const { owner, key } of owners) {
    const facts = await factsOf(bench, owner);
    const signed = document.signedBy(parts);
    evidence.push(await weighSignature({ packet, parts, owner, key, facts, document: signed, now: bench.now }));
  }
  return evidence;
}

function ownerless(packet: number, parts: SignatureParts): SignatureEvidence {
  if (canSign(parts.keyAlgorithm)) return unverifiable(packet, parts);
  const detail = `its key algorithm has number ${parts.keyAlgorithm}`;
  return { kind: "unsupported", packet, signer: undefined, weaknesses: weaknessesByHeader(parts), detail };
}

function factsOf(bench: Bench, owner: SourcedCertificate): Promise<CertificateFacts> {
  const { fingerprint } = owner.certificate.primary;
  const pinned: readonly Certificate[] = bench.pinned.map(({ certificate }) => certificate);
  const facts = bench.facts.get(fingerprint) ?? certificateFacts(owner, pinned);
  bench.facts.set(fingerprint, facts);
  return facts;
}

async function tellUnsupported(
  bench: Bench,
  packet: number,
  found: Extract<FoundSignature, { readonly kind: "unknown-version" }>,
): Promise<UnsupportedSignature> {
  const { error } = found;
  switch (error.code) {
    case "unknown-version":
      return {
        kind: "unsupported",
        packet,
        signer: undefined,
        weaknesses: [],
        detail: `it has version ${error.version}`,
      };
    case "version-3": {
      const owner = bench.pinned.find((pinned) => ownsKeyId(pinned, error.keyId));
      const weaknesses = [{ algorithm: "v3", degree: "broken" } as const, ...weaknessesByHeader(error)];
      return { kind: "unsupported", packet, signer: owner?.certificate.signer, weaknesses, detail: "it has version 3" };
    }
  }
}

function ownsKeyId({ certificate }: Owner["owner"], keyId: string): boolean {
  return [certificate.primary, ...certificate.subkeys.map(({ key }) => key)].some((key) => key.keyId === keyId);
}
