import { armoredCertificate } from "../certificates/armored.ts";
import type { Certificate } from "../certificates/certificate.ts";
import { findCertificates, readCertificateFile } from "../certificates/certificate-file.ts";
import { describeCertificate, type ShownCertificate } from "../certificates/facts.ts";
import type { RawCertificate } from "../certificates/keyring-walk.ts";
import { mergeCopies } from "../certificates/merge.ts";
import { minimalCertificate } from "../certificates/minimal.ts";
import type { Standing } from "../core/evidence.ts";
import type { Fingerprint } from "../core/fingerprint.ts";
import { escapeText } from "../core/printable.ts";
import { shortSigner } from "../core/sentence.ts";
import { fingerprintOf, type SignerId } from "../core/signer.ts";
import { formatDate, type UnixMs } from "../core/time.ts";
import { UsageError } from "../core/tofu-error.ts";
import { standingAt } from "../evidence/key-standing.ts";
import type { HandoverMakeRequest } from "../protocol/handover-requests.ts";
import { signFlagRecipe } from "./statement-commands.ts";
import type { TofuWorld } from "./world.ts";

/** The certificates of those a statement is about, by signer, as far as they are at hand. */
export interface KeysAtHand {
  readonly of: (signer: SignerId) => KeyAtHand | undefined;
  /** In the order in which they were asked for. */
  readonly all: readonly KeyAtHand[];
}

export interface KeyAtHand {
  readonly signer: SignerId;
  readonly primary: Fingerprint;
  readonly shown: ShownCertificate;
  /** Of the primary key, if it signed now. */
  readonly standing: Standing;
  /** As it is stored and handed round: the primary, one user, the subkeys that sign. */
  readonly minimal: Uint8Array;
}

/** Where certificates are looked for: files given, this journal, and the user's own keyring. */
export async function findKeys(
  world: TofuWorld,
  request: Pick<HandoverMakeRequest, "keys" | "gnupgHome">,
  signers: readonly SignerId[],
): Promise<KeysAtHand> {
  const files = await readFiles(request.keys);
  const found = new Map<SignerId, KeyAtHand>();
  for (const signer of new Set(signers)) {
    const primary = fingerprintOf(signer);
    if (primary === undefined) continue;
    const copies = [
      ...files.filter((copy) => copy.primary === primary),
      ...walk(await world.journal.certificate(primary), primary),
      ...walk(await world.keyring(request.gnupgHome, primary), primary),
    ];
    const certificate = await merged(copies);
    if (certificate !== undefined) found.set(signer, describe(certificate, primary, world.now()));
  }
  return { of: (signer) => found.get(signer), all: [...found.values()] };
}

/** @returns whether nothing that this key signs can count: it is revoked as stolen, or too weak (rules.md, rows 53, 55). */
export function isSilent({ shown }: KeyAtHand): boolean {
  return shown.weaknesses.length > 0 || shown.revocations.some(({ hard }) => hard);
}

/**
 * @returns what keeps a signature of this key from counting, or will be said of it; a sentence each.
 * @throws UsageError where nothing that this key signs can ever count.
 */
export function concerns(key: KeyAtHand, now: UnixMs): readonly string[] {
  const { signer, shown, standing } = key;
  const who = shortSigner(signer);
  const hard = shown.revocations.find((revocation) => revocation.hard);
  if (hard !== undefined)
    throw new UsageError(`${who} was revoked on ${formatDate(hard.at)}; nobody will count its signature`);
  if (shown.weaknesses.length > 0)
    throw new UsageError(`${who} is a weak key (${shown.algorithm}); nobody will count its signature`);
  if (standing.kind === "not-for-signing")
    return [`${who} may only certify, so its signatures don't count yet: ${signFlagRecipe(signer)}`];
  if (shown.revocations.length > 0) return [`${who} was withdrawn by its owner; users will see it as retired`];
  const { expiresAt } = shown;
  if (expiresAt !== undefined && expiresAt <= now)
    return [`${who} expired on ${formatDate(expiresAt)}; its signature counts all the same, with a notice`];
  return [];
}

/**
 * @param present - the file as it is; its other certificates stay.
 * @returns the text of `TOFU-KEYS`: one armored block a certificate, under its fingerprint.
 */
export async function keysFileText(present: Uint8Array | undefined, keys: readonly KeyAtHand[]): Promise<string> {
  const blocks = new Map<Fingerprint, Uint8Array>();
  const copies = present === undefined ? [] : findCertificates(present).certificates;
  for (const primary of new Set(copies.map((copy) => copy.primary))) {
    const own = copies.filter((copy) => copy.primary === primary);
    blocks.set(primary, own[0]?.bytes ?? new Uint8Array());
  }
  for (const key of keys) {
    const before = copies.filter((copy) => copy.primary === key.primary);
    const certificate = await merged([...before, ...walk(key.minimal, key.primary)]);
    blocks.set(key.primary, certificate === undefined ? key.minimal : minimalCertificate(certificate));
  }
  return [...blocks]
    .sort(([a], [b]) => (a < b ? -1 : Number(a > b)))
    .map(([primary, bytes]) => `${primary}\n\n${armoredCertificate(bytes)}`)
    .join("\n");
}

async function readFiles(paths: readonly string[]): Promise<readonly RawCertificate[]> {
  const found: RawCertificate[] = [];
  for (const path of paths) {
    const { certificates } = await readCertificateFile(path);
    if (certificates.length === 0) throw new UsageError(`${escapeText(path)} holds no certificate`);
    found.push(...certificates);
  }
  return found;
}

function walk(bytes: Uint8Array | undefined, primary: Fingerprint): readonly RawCertificate[] {
  return bytes === undefined ? [] : findCertificates(bytes).certificates.filter((copy) => copy.primary === primary);
}

async function merged(copies: readonly RawCertificate[]): Promise<Certificate | undefined> {
  const [first, ...rest] = copies;
  return first === undefined ? undefined : await mergeCopies([first, ...rest]);
}

function describe(certificate: Certificate, primary: Fingerprint, now: UnixMs): KeyAtHand {
  return {
    signer: certificate.signer,
    primary,
    shown: describeCertificate(certificate, now),
    standing: standingAt(certificate, primary, { createdAt: now, now }),
    minimal: minimalCertificate(certificate),
  };
}
