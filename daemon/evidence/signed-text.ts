import { opendir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { SignatureEvidence, SignedText } from "../core/evidence.ts";
import { type Fingerprint, parseFingerprint } from "../core/fingerprint.ts";
import type { SignerId } from "../core/signer.ts";
import { TofuError } from "../core/tofu-error.ts";
import { isClearsigned } from "./armor.ts";
import { readCleartext } from "./cleartext.ts";
import { documentInMemory } from "./document.ts";
import { readCapped } from "./signature-inputs.ts";
import { type Bench, weighBatch } from "./weigh-batch.ts";

/** What people call a text by which they change keys: `KEY-TRANSITION.txt.asc`, `key-transition-2026-01-01.asc`. */
const TEXT_NAME = /(?:\.txt\.asc|transition[^/]*\.(?:asc|txt))$|^(?:key-)?transition/i;
const MAX_ENTRIES = 2000;
const MAX_TEXTS = 8;
const MAX_TEXT_BYTES: number = 64 << 10;
const MAX_NAMED = 64;
/** 40 digits, or 64, whole or in groups of four with a blank or two between. */
const FINGERPRINTS =
  /(?<![0-9A-Fa-f])(?:(?:[0-9A-Fa-f]{4}[ \u00a0]{0,2}){15}[0-9A-Fa-f]{4}|(?:[0-9A-Fa-f]{4}[ \u00a0]{0,2}){9}[0-9A-Fa-f]{4})(?![0-9A-Fa-f])/g;

/**
 * Looks beside the artifact for free texts that pinned signers signed, and for the keys that they name. Such a text is
 * no statement, however clear it reads: it names no package and has no place in an order. It helps a person to ask.
 *
 * Asked only where somebody else than the pinned signers made a signature: a quiet day reads nothing.
 */
export async function readSignedTexts(
  bench: Bench,
  path: string,
  signatures: readonly SignatureEvidence[],
): Promise<readonly SignedText[]> {
  const pinned = new Set<SignerId>(bench.pinned.map(({ certificate }) => certificate.signer));
  const isStranger = (one: SignatureEvidence): boolean => one.kind === "verified" && !pinned.has(one.signer);
  if (pinned.size === 0 || !signatures.some(isStranger)) return [];
  const texts: SignedText[] = [];
  for (const file of await candidates(path)) {
    const text = await readText(bench, file, pinned);
    if (text !== undefined) texts.push(text);
  }
  return texts;
}

async function readText(bench: Bench, path: string, pinned: ReadonlySet<SignerId>): Promise<SignedText | undefined> {
  const bytes = await readQuietly(path);
  if (bytes === undefined || !isClearsigned(bytes)) return undefined;
  const cleartext = await readCleartext(bytes);
  if (!cleartext.ok) return undefined;
  const { signedBytes, signatures } = cleartext.value;
  const numbered = signatures.map((found, packet) => ({ packet, found }));
  const weighed = await weighBatch(bench, numbered, documentInMemory(signedBytes));
  const signers = weighed.flatMap((one) => (isGood(one) && pinned.has(one.signer) ? [one.signer] : []));
  const names = fingerprintsIn(Buffer.from(signedBytes).toString("utf8"));
  return signers.length === 0 || names.length === 0
    ? undefined
    : { fileName: basename(path), signers: [...new Set(signers)], names };
}

function isGood(one: SignatureEvidence): one is Extract<SignatureEvidence, { readonly kind: "verified" }> {
  if (one.kind !== "verified" || one.weaknesses.length > 0 || one.revocations.length > 0) return false;
  return one.standing.kind === "entitled" || one.standing.kind === "primary-expired";
}

function fingerprintsIn(text: string): readonly Fingerprint[] {
  const found = [...text.matchAll(FINGERPRINTS)].map(([digits]) => parseFingerprint(digits));
  return [...new Set(found.flatMap((one) => (one.ok ? [one.value] : [])))].slice(0, MAX_NAMED);
}

async function candidates(path: string): Promise<readonly string[]> {
  const [folder, artifact] = [dirname(path), basename(path)];
  const names: string[] = [];
  let seen = 0;
  try {
    for await (const entry of await opendir(folder)) {
      seen += 1;
      if (entry.isFile() && entry.name !== artifact && TEXT_NAME.test(entry.name)) names.push(entry.name);
      if (seen >= MAX_ENTRIES) break;
    }
  } catch (error) {
    // A hint that is missed is no pass; a bug has no code and is thrown on.
    if (!(error instanceof Error && "code" in error)) throw error;
  }
  return names
    .sort()
    .slice(0, MAX_TEXTS)
    .map((name) => join(folder, name));
}

async function readQuietly(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readCapped(path, MAX_TEXT_BYTES);
  } catch (error) {
    if (error instanceof TofuError) return undefined;
    throw error;
  }
}
