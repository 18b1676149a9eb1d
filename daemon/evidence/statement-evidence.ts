import { certificateState } from "../certificates/minimal.ts";
import { type CertificatePool, openPinned, openPool } from "../certificates/pool.ts";
import { type ArmorBlock, type ChainPart, cutChainFile } from "../core/chain-file.ts";
import type { CertificateState, Revocation, VerifiedSignature } from "../core/evidence.ts";
import type { OfferedStatement, StatementSignature } from "../core/offer.ts";
import type { Sha256 } from "../core/sha256.ts";
import type { SignerId } from "../core/signer.ts";
import { parseStatement } from "../core/statement.ts";
import { normaliseTransport } from "../core/statement-text.ts";
import type { UnixMs } from "../core/time.ts";
import { sha256OfBytes } from "./digest-lanes.ts";
import { documentInMemory } from "./document.ts";
import type { GatheredCertificate } from "./gathering.ts";
import { concatBytes } from "./packet-walk.ts";
import { assertDigestsAreVerified } from "./self-check.ts";
import { readSignatureFile } from "./signature-file.ts";
import { verifySshSignature } from "./ssh-signature.ts";
import type { ChainOptions, ChainWorld, FoundChain, GatheredChain } from "./statement-gathering.ts";
import { type Bench, type Numbered, weighBatch } from "./weigh-batch.ts";

/** Signatures of one statement that are verified, as many as it may have blocks; one block may hold several. */
const MAX_SIGNATURES = 64;
/** Each question to the user's GnuPG keyring starts a program. */
const MAX_KEYRING_QUESTIONS = 64;
const PURPOSE = "handover";
const NAMESPACE = "handover@tofu.invalid";
const LF = new Uint8Array([0x0a]);

/**
 * Reads a chain file and establishes who signed each of its statements: the bytes after the transport step are what is
 * hashed and what a signature must cover, and every signature packet is weighed by itself (rules.md, sections 4.2, 5).
 * Blocks that are unknown, damaged, or by nobody at hand are left out: they prove nothing. Whether a signature that fits
 * counts is for the judge to say.
 *
 * @returns the statements up to the first that is none, with the certificates of those who signed.
 * @throws TofuError where a key file named by hand is missing or cannot be read.
 */
export async function gatherChain(
  found: FoundChain,
  world: ChainWorld,
  now: UnixMs,
  options: ChainOptions = {},
): Promise<GatheredChain> {
  await assertDigestsAreVerified();
  const { parts, fault } = cutChainFile(found.bytes);
  const pool = await openPool({
    stored: world.storedCertificate,
    storedPrimaryOf: world.storedPrimaryOf,
    layer: world.layerCertificates,
    commandLine: options.namedKeys ?? [],
    beside: found.keyFiles,
    besideBytes: found.keys ?? [],
    keyring: bounded(world.keyring),
  });
  const bench: Bench = { pool, pinned: [], now, facts: new Map() };
  // A statement that nobody signed yet is told what it lacks, instead of that its file is none.
  const unsigned: ChainPart = { statement: found.bytes, blocks: [], line: 1 };
  const all = parts.length === 0 && fault?.code === "no-signature" ? [unsigned] : parts;
  const offers: OfferedStatement[] = [];
  const objects: Uint8Array[] = [];
  let isCut = fault !== undefined && all === parts;
  // Known bytes cost one hash (rules.md, 3.1, 6a): what the journal holds was verified when it came in.
  let isKnown = true;
  for (const part of all) {
    const bytes = normaliseTransport(part.statement);
    const sha256 = sha256OfBytes(bytes);
    isKnown &&= options.known?.has(sha256) === true;
    const { offer, blocks } = await readPart(isKnown ? undefined : bench, part, { bytes, sha256, place: found.place });
    offers.push(offer);
    if (blocks !== undefined) objects.push(blocks);
    if (offer.parsed.ok) continue;
    // Row 50: what stands before a fault counts, and nothing behind it. A later format is no fault (row 59).
    isCut ||= offer.parsed.error.code !== "newer-format";
    break;
  }
  const signed = await certificatesOf(pool, offers, now);
  return { chain: { offers, isCut }, fault, objects, ...signed };
}

/** @param bench - `undefined` where nothing needs to be verified. */
async function readPart(
  bench: Bench | undefined,
  part: ChainPart,
  { bytes, sha256, place }: { readonly bytes: Uint8Array; readonly sha256: Sha256; readonly place: string },
): Promise<{ readonly offer: OfferedStatement; readonly blocks: Uint8Array | undefined }> {
  const parsed = parseStatement(bytes);
  const kept = part.blocks.length === 0 ? undefined : concatBytes(part.blocks.flatMap((block) => [block.bytes, LF]));
  const weighed =
    bench === undefined || !parsed.ok ? { signatures: [], fitsOnlyRaw: false } : await weighBlocks(bench, part, bytes);
  const text = Buffer.from(bytes).toString("latin1");
  const blocks = kept === undefined ? undefined : sha256OfBytes(kept);
  return {
    offer: { sha256, text, parsed, place, blocks, ...weighed },
    blocks: bench === undefined || !parsed.ok ? undefined : kept,
  };
}

async function weighBlocks(
  bench: Bench,
  { statement, blocks }: ChainPart,
  bytes: Uint8Array,
): Promise<Pick<OfferedStatement, "signatures" | "fitsOnlyRaw">> {
  const packets = packetsOf(blocks);
  const ssh = blocks.filter(({ kind }) => kind === "ssh");
  const over = async (document: Uint8Array): Promise<readonly StatementSignature[]> => [
    ...(await weighOpenpgp(bench, packets, document)),
    ...ssh.flatMap((block) => weighSsh(block, document)),
  ];
  const signatures = await over(bytes);
  const isChanged = Buffer.compare(statement, bytes) !== 0;
  // One cause of a signature that does not fit is worth a word of its own: an editor or a download added CRs.
  const fitsOnlyRaw =
    isChanged && signatures.length < packets.length + ssh.length && (await over(statement)).length > 0;
  return { signatures, fitsOnlyRaw };
}

function packetsOf(blocks: readonly ArmorBlock[]): readonly Numbered[] {
  const found = blocks.flatMap((block) => {
    if (block.kind !== "openpgp") return [];
    const content = readSignatureFile(block.bytes);
    return content.ok ? content.value.signatures : [];
  });
  return found.slice(0, MAX_SIGNATURES).map((signature, packet) => ({ packet, found: signature }));
}

/** One packet counts for one primary (rules.md, 4.3), whatever certificates list the key that made it. */
async function weighOpenpgp(
  bench: Bench,
  packets: readonly Numbered[],
  document: Uint8Array,
): Promise<readonly StatementSignature[]> {
  const best = new Map<number, VerifiedSignature>();
  for (const signature of await weighBatch(bench, packets, documentInMemory(document))) {
    if (signature.kind !== "verified") continue;
    const before = best.get(signature.packet);
    if (before === undefined || weight(signature) > weight(before)) best.set(signature.packet, signature);
  }
  return [...best.values()].map((signature) => openpgpSignature(signature, bench.now));
}

function weight(signature: VerifiedSignature): number {
  return (signature.byPrimary ? 2 : 0) + (isEntitled(signature) ? 1 : 0);
}

function openpgpSignature(signature: VerifiedSignature, now: UnixMs): StatementSignature {
  const { signer, byPrimary, textMode, purpose, weaknesses, standing, keyExpiry, createdAt, material } = signature;
  const ofPrimary = signature.revocations.filter(({ of }) => of === "primary");
  const isPast = signature.expiresAt !== undefined && signature.expiresAt <= now;
  return {
    signer,
    byPrimary,
    isBinary: !textMode,
    isForHandover: purpose === PURPOSE,
    isWeak: weaknesses.length > 0,
    isEntitled: isEntitled(signature) && !isPast,
    isExpired: standing.kind === "primary-expired" || (keyExpiry?.of === "primary" && keyExpiry.at <= now),
    revoked: hardRevocation(ofPrimary),
    retiredAt: ofPrimary
      .filter(({ hard }) => !hard)
      .map(({ at }) => at)
      .sort((a, b) => a - b)[0],
    createdAt,
    material,
  };
}

/** Row 54: a primary's expiry is a stale copy, since its holder can extend it at will; a subkey never counts anyway. */
function isEntitled({ standing }: VerifiedSignature): boolean {
  return standing.kind === "entitled" || standing.kind === "primary-expired";
}

function hardRevocation(revocations: readonly Revocation[]): StatementSignature["revoked"] {
  const hard = revocations.filter((revocation) => revocation.hard);
  if (hard.length === 0) return undefined;
  return hard.some(({ reason }) => reason === "compromised") ? "compromised" : "no-reason";
}

/** An ssh key has no certificate: nothing but its own signature speaks for it, and the namespace is the purpose. */
function weighSsh({ bytes }: ArmorBlock, message: Uint8Array): readonly StatementSignature[] {
  const found = verifySshSignature({ block: bytes, message, namespace: NAMESPACE });
  if (found.kind !== "verified") return [];
  return [
    {
      signer: found.signer,
      byPrimary: true,
      isBinary: true,
      isForHandover: true,
      isWeak: false,
      isEntitled: true,
      isExpired: false,
      revoked: undefined,
      retiredAt: undefined,
      createdAt: undefined,
      material: found.material,
    },
  ];
}

async function certificatesOf(
  pool: CertificatePool,
  offers: readonly OfferedStatement[],
  now: UnixMs,
): Promise<{ readonly certificates: readonly GatheredCertificate[]; readonly states: readonly CertificateState[] }> {
  const signers = new Set<SignerId>(offers.flatMap(({ signatures }) => signatures.map(({ signer }) => signer)));
  const certificates: GatheredCertificate[] = [];
  const states: CertificateState[] = [];
  for (const { certificate } of await openPinned(pool, [...signers])) {
    const primary = certificate.primary.fingerprint;
    const { state, bytes } = certificateState(certificate, pool.storedBytes(primary), now);
    certificates.push({ signer: state.signer, primary, subkeys: state.subkeys, bytes });
    states.push(state);
  }
  return { certificates, states };
}

function bounded(keyring: ChainWorld["keyring"]): ChainWorld["keyring"] {
  if (keyring === undefined) return undefined;
  let asked = 0;
  return async (key) => {
    asked += 1;
    return asked > MAX_KEYRING_QUESTIONS ? undefined : await keyring(key);
  };
}
