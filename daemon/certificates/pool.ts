import { basename } from "node:path";
import type { CertificateSource } from "../core/evidence.ts";
import type { Fingerprint } from "../core/fingerprint.ts";
import { fingerprintOf, openpgpSigner, type SignerId } from "../core/signer.ts";
import { type IssuerHints, issuerHints, type SignatureParts } from "../evidence/signature-packet.ts";
import type { CertificateKey, SourcedCertificate } from "./certificate.ts";
import { type CertificateFile, findCertificates, readCertificateFile } from "./certificate-file.ts";
import { keyIdOf, type RawCertificate } from "./keyring-walk.ts";
import { mergeCopies } from "./merge.ts";

/** A key that a signature may be by, and the certificate that lists it. */
export interface Owner {
  readonly owner: SourcedCertificate;
  readonly key: CertificateKey;
}

/** Where certificates are looked for, in this order. */
export interface PoolSources {
  readonly stored: (primary: Fingerprint) => Promise<Uint8Array | undefined>;
  readonly storedPrimaryOf: (subkey: Fingerprint) => Promise<Fingerprint | undefined>;
  /** Copies in the machine's pin files. */
  readonly layer?: ((primary: Fingerprint) => readonly Uint8Array[]) | undefined;
  readonly commandLine: readonly string[];
  readonly beside: readonly string[];
  /** Key files that were fetched from beside it and lie nowhere. */
  readonly besideBytes?: readonly Uint8Array[];
  readonly keyring: ((key: Fingerprint) => Promise<Uint8Array | undefined>) | undefined;
  /** Reads a key file; absent: from the disk, each time. */
  readonly readKeyFile?: ((path: string) => Promise<CertificateFile>) | undefined;
}

/** The certificates at hand for one artifact; each is merged from all its copies when it is first asked for. */
export interface CertificatePool {
  /** @returns the certificate with all its copies, the keyring's where there is no other; `undefined`: none at all. */
  readonly open: (primary: Fingerprint) => Promise<SourcedCertificate | undefined>;
  /** @returns every key at hand that a signature may be by, those of `preferred` first; at most 16. */
  readonly ownersOf: (parts: SignatureParts, preferred: readonly SourcedCertificate[]) => Promise<readonly Owner[]>;
  /** @returns the bytes that the journal has of it, if {@link open} asked. */
  readonly storedBytes: (primary: Fingerprint) => Uint8Array | undefined;
  /** Signers of the key files that came along, at most 64. */
  readonly listed: readonly SignerId[];
  /** Places asked so far, in words. */
  readonly asked: () => readonly string[];
}

const MAX_OWNERS = 16;
const MAX_LISTED = 64;
const MAX_ASKED = 20;

interface Copy {
  readonly raw: RawCertificate;
  readonly source: CertificateSource;
}

/**
 * Reads the key files that came along and makes a pool of them and the other sources.
 *
 * @throws TofuError where a file named on the command line is missing or cannot be read. One that holds no certificate,
 * or a file beside the artifact that cannot be read, is told in `asked`.
 */
export async function openPool(sources: PoolSources): Promise<CertificatePool> {
  const read = sources.readKeyFile ?? readCertificateFile;
  const asked = new Set<string>(["this journal", ...(sources.layer === undefined ? [] : ["this machine's pins"])]);
  const copies: Copy[] = [];
  for (const path of sources.commandLine) {
    const file = await read(path);
    asked.add(file.certificates.length === 0 ? `${basename(path)} (which holds no certificate)` : "key files given");
    copies.push(...file.certificates.map((raw) => ({ raw, source: "command-line" }) as const));
  }
  asked.add("files beside it");
  for (const path of sources.beside) copies.push(...(await readBeside(path, read)));
  for (const bytes of sources.besideBytes ?? [])
    copies.push(...findCertificates(bytes).certificates.map((raw) => ({ raw, source: "beside" }) as const));
  const listed = [...new Set(copies.map(({ raw }) => openpgpSigner(raw.primary)))].slice(0, MAX_LISTED);
  const shelf = openShelf(sources, copies, asked);
  return {
    open: async (primary) => (await shelf.open(primary)) ?? (await shelf.openFromKeyring(primary)),
    storedBytes: shelf.storedBytes,
    ownersOf: (parts, preferred) => findOwners(issuerHints(parts), preferred, { ...shelf, sources, copies }),
    listed,
    asked: () => [...asked].slice(0, MAX_ASKED),
  };
}

/** Nobody named these files, so one that cannot be read is as if absent: a certificate missed is never a pass. */
async function readBeside(path: string, read: (path: string) => Promise<CertificateFile>): Promise<readonly Copy[]> {
  try {
    const { certificates } = await read(path);
    return certificates.map((raw) => ({ raw, source: "beside" }));
  } catch {
    return [];
  }
}

interface Shelf {
  readonly open: (primary: Fingerprint) => Promise<SourcedCertificate | undefined>;
  readonly openFromKeyring: (key: Fingerprint) => Promise<SourcedCertificate | undefined>;
  readonly storedBytes: (primary: Fingerprint) => Uint8Array | undefined;
}

function openShelf(sources: PoolSources, fileCopies: readonly Copy[], asked: Set<string>): Shelf {
  const opened = new Map<Fingerprint, SourcedCertificate | undefined>();
  const stored = new Map<Fingerprint, Uint8Array>();
  const keyringCopies: Copy[] = [];
  const keyringAnswers = new Map<Fingerprint, Promise<SourcedCertificate | undefined>>();

  const askKeyring = async (key: Fingerprint): Promise<SourcedCertificate | undefined> => {
    if (sources.keyring === undefined) return undefined;
    asked.add("the GnuPG keyring");
    const exported = await sources.keyring(key);
    const raw = exported === undefined ? undefined : findCertificates(exported).certificates[0];
    if (raw === undefined) return undefined;
    keyringCopies.push({ raw, source: "keyring" });
    opened.delete(raw.primary);
    return open(raw.primary);
  };

  const openFromKeyring = (key: Fingerprint): Promise<SourcedCertificate | undefined> => {
    const answer = keyringAnswers.get(key) ?? askKeyring(key);
    keyringAnswers.set(key, answer);
    return answer;
  };

  const open = async (primary: Fingerprint): Promise<SourcedCertificate | undefined> => {
    if (opened.has(primary)) return opened.get(primary);
    const bytes = await sources.stored(primary);
    if (bytes !== undefined) stored.set(primary, bytes);
    const journal = bytes === undefined ? [] : findCertificates(bytes).certificates;
    const layer = (sources.layer?.(primary) ?? []).flatMap((copy) => findCertificates(copy).certificates);
    const copies: readonly Copy[] = [
      ...journal.map((raw) => ({ raw, source: "journal" }) as const),
      ...layer.map((raw) => ({ raw, source: "layer" }) as const),
      ...fileCopies,
      ...keyringCopies,
    ].filter(({ raw }) => raw.primary === primary);
    const certificate = await mergeSourced(copies);
    opened.set(primary, certificate);
    return certificate;
  };
  return { open, openFromKeyring, storedBytes: (primary) => stored.get(primary) };
}

async function mergeSourced(copies: readonly Copy[]): Promise<SourcedCertificate | undefined> {
  const [first, ...rest] = copies;
  if (first === undefined) return undefined;
  const certificate = await mergeCopies([first.raw, ...rest.map(({ raw }) => raw)]);
  return certificate === undefined
    ? undefined
    : { certificate, sources: [...new Set(copies.map(({ source }) => source))] };
}

async function findOwners(
  hints: IssuerHints,
  preferred: readonly SourcedCertificate[],
  {
    open,
    openFromKeyring,
    sources,
    copies,
  }: Shelf & { readonly sources: PoolSources; readonly copies: readonly Copy[] },
): Promise<readonly Owner[]> {
  const candidates = new Map(preferred.map((owner) => [owner.certificate.primary.fingerprint, owner]));
  const add = async (primary: Fingerprint | undefined): Promise<void> => {
    if (primary === undefined || candidates.has(primary)) return;
    const certificate = await open(primary);
    if (certificate !== undefined) candidates.set(primary, certificate);
  };
  const inFiles = copies.filter(({ raw }) => raw.keys.some((fingerprint) => isNamed(hints, fingerprint)));
  for (const { raw } of inFiles.slice(0, MAX_OWNERS)) await add(raw.primary);
  const named = namedFingerprints(hints);
  for (const fingerprint of named) {
    await add(fingerprint);
    await add(await sources.storedPrimaryOf(fingerprint));
  }
  const owners = [...candidates.values()].flatMap((owner) => keysNamed(hints, owner));
  if (owners.length > 0) return owners.slice(0, MAX_OWNERS);
  for (const fingerprint of named) {
    const owner = await openFromKeyring(fingerprint);
    if (owner !== undefined) return keysNamed(hints, owner);
  }
  return [];
}

/** A signed fingerprint is the only one that counts; without it hints add up, and the mathematics decides. */
function namedFingerprints(hints: IssuerHints): readonly Fingerprint[] {
  return hints.signedFingerprint === undefined ? hints.otherFingerprints.slice(0, 4) : [hints.signedFingerprint];
}

function isNamed(hints: IssuerHints, fingerprint: Fingerprint): boolean {
  if (hints.signedFingerprint !== undefined) return hints.signedFingerprint === fingerprint;
  return hints.otherFingerprints.includes(fingerprint) || hints.keyIds.includes(keyIdOf(fingerprint));
}

function keysNamed(hints: IssuerHints, owner: SourcedCertificate): readonly Owner[] {
  const { primary, subkeys } = owner.certificate;
  const keys = [primary, ...subkeys.map(({ key }) => key)];
  return keys.filter((key) => isNamed(hints, key.fingerprint)).map((key) => ({ owner, key }));
}

/** @returns the certificates of those signers that have one at hand. */
export async function openPinned(
  pool: CertificatePool,
  pinned: readonly SignerId[],
): Promise<readonly SourcedCertificate[]> {
  const certificates: SourcedCertificate[] = [];
  for (const signer of pinned) {
    const primary = fingerprintOf(signer);
    const certificate = primary === undefined ? undefined : await pool.open(primary);
    if (certificate !== undefined) certificates.push(certificate);
  }
  return certificates;
}
