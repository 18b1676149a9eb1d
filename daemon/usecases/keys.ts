import { importCertificateFile, type MergedCertificate, type ShownCertificate } from "../certificates/facts.ts";
import type { EventBody } from "../core/event.ts";
import { shortName } from "../core/package-name.ts";
import { escapeText } from "../core/printable.ts";
import { certificateStateEvents } from "../core/recording.ts";
import { shortSigner } from "../core/sentence.ts";
import { fingerprintOf, type SignerId } from "../core/signer.ts";
import { formatDate, formatTime } from "../core/time.ts";
import { UsageError } from "../core/tofu-error.ts";
import { type Answer, type CertificateLine, SCHEMA_VERSION } from "../protocol/answer.ts";
import type { KeyImportRequest, KeyShowRequest } from "../protocol/request.ts";
import { knownPackages, packagesOfSigner } from "./known.ts";
import { recordedLine } from "./recorded.ts";
import { showStored } from "./stored-certificates.ts";
import { timed } from "./timed.ts";
import { appendToMachine, decideAndAppend, loadPin, type TofuWorld } from "./world.ts";

type Tell = (answer: Answer) => void;

const PREFIX_MIN_DIGITS = 8;

/** `tofu key import`: keeps certificates. It never adds a signer; a revocation in one takes effect at once. */
export async function keyImport(world: TofuWorld, request: KeyImportRequest, tell: Tell): Promise<number> {
  const offered: MergedCertificate[] = [];
  for (const path of request.files) {
    const { certificates, notes } = await importCertificateFile(
      path,
      (primary) => world.journal.certificate(primary),
      world.now(),
    );
    if (certificates.length === 0) throw noCertificate(path, notes);
    offered.push(...certificates);
  }
  for (const certificate of offered) tell(await importOne(world, certificate));
  return 0;
}

/** `tofu key show`: what a certificate says, from the journal by fingerprint or from a file. */
export async function keyShow(world: TofuWorld, request: KeyShowRequest, tell: Tell): Promise<number> {
  const shown =
    request.file === undefined ? [await findStored(world, request.key)] : await readFile(request.file, world);
  for (const each of shown) tell(await certificateLine(world, each));
  return 0;
}

async function importOne(world: TofuWorld, { state, gathered }: MergedCertificate): Promise<Answer> {
  const { signer, changed } = state;
  const details: string[] = [];
  let recorded = false;
  for (const name of await packagesOfSigner(world, signer)) {
    const events = await decideAndAppend(world, name, async ({ pin, now }) => {
      const found = certificateStateEvents(pin, state, now);
      return { value: found, append: { events: found, certificates: [gathered] } };
    });
    recorded ||= events.length > 0;
    details.push(...events.flatMap((event) => effectOf(event)).map((effect) => `${shortName(name)}: ${effect}`));
  }
  if (changed && !recorded) await keepForLater(world, { state, gathered });
  const sentence = `${shortSigner(signer)}: certificate ${changed ? "kept" : "known already"}; it adds no signer to any package`;
  return recordedLine("key import", { class: "ok", exit: 0, sentence, details, signer }, world);
}

/** A certificate of nobody pinned here belongs to the machine's own journal. */
async function keepForLater(
  world: TofuWorld,
  { state, gathered }: Pick<MergedCertificate, "state" | "gathered">,
): Promise<void> {
  const { signer, sha256, subkeys, expiry } = state;
  const body: EventBody = {
    kind: "certificate",
    key: signer,
    cert: sha256,
    subkeys,
    ...(expiry === undefined ? {} : { expiry }),
  };
  await appendToMachine(world, body, [gathered]);
}

function effectOf(event: EventBody): readonly string[] {
  if (event.kind === "revoke") return ["its revocation takes effect; nothing by it passes any more"];
  if (event.kind === "retire") return [`its owner retired it on ${formatDate(event.cutoff)}`];
  return [];
}

async function findStored(world: TofuWorld, text: string): Promise<ShownCertificate> {
  const digits = text
    .replace(/^openpgp:/i, "")
    .replaceAll(" ", "")
    .toUpperCase();
  if (!/^[0-9A-F]+$/.test(digits) || digits.length < PREFIX_MIN_DIGITS) {
    throw new UsageError(
      `"${escapeText(text)}" is neither a file nor a fingerprint; at least ${PREFIX_MIN_DIGITS} of its first digits are needed`,
    );
  }
  const known = await signersKnown(world);
  const [signer, ...others] = [...known].filter((candidate) => fingerprintOf(candidate)?.startsWith(digits) === true);
  if (signer === undefined) throw new UsageError(`no signer's fingerprint begins with ${digits} here`);
  if (others.length > 0)
    throw new UsageError(`several fingerprints begin with ${digits}`, [signer, ...others].join(", "));
  const shown = await showStored(world.journal, signer, world.now());
  if (shown === undefined) throw new UsageError(`the certificate of ${signer} is not at hand`, "tofu key import FILE");
  return shown;
}

/** Signers of all pins, and those whose certificates were kept for later. */
async function signersKnown(world: TofuWorld): Promise<ReadonlySet<SignerId>> {
  const signers = new Set<SignerId>();
  for await (const name of knownPackages(world)) {
    for (const signer of (await loadPin(world, name)).pin.signers.keys()) signers.add(signer);
  }
  for (const { body } of await world.journal.read("*")) if (body.kind === "certificate") signers.add(body.key);
  return signers;
}

async function readFile(path: string, world: TofuWorld): Promise<readonly ShownCertificate[]> {
  const { certificates, notes } = await importCertificateFile(path, async () => undefined, world.now());
  if (certificates.length === 0) throw noCertificate(path, notes);
  return certificates.map(({ shown }) => shown);
}

/** The notes name the file again; only those that say more than the sentence are worth it. */
function noCertificate(path: string, notes: readonly string[]): UsageError {
  const more = notes.filter((note) => !note.endsWith("holds no certificate"));
  const hint = more.length > 0 ? more.join("; ") : "an OpenPGP public key, armored or binary, is needed";
  return new UsageError(`${escapeText(path)} holds no certificate`, hint);
}

async function certificateLine(world: TofuWorld, shown: ShownCertificate): Promise<CertificateLine> {
  const { signer, revocations } = shown;
  const revoked = revocations.find((revocation) => revocation.hard) ?? revocations[0];
  const packages: string[] = [];
  for (const name of await packagesOfSigner(world, signer)) {
    if ((await loadPin(world, name)).pin.signers.has(signer)) packages.push(name);
  }
  const primary = fingerprintOf(signer);
  return {
    schemaVersion: SCHEMA_VERSION,
    type: "certificate",
    signer,
    created: formatTime(shown.createdAt),
    ...timed("expires", shown.expiresAt),
    algorithm: shown.algorithm,
    claims: shown.claims,
    subkeys: shown.subkeys.map(({ fingerprint, createdAt, expiresAt, signs, revoked: isRevoked }) => ({
      fingerprint,
      created: formatTime(createdAt),
      ...timed("expires", expiresAt),
      signs,
      ...(isRevoked ? { revoked: true } : {}),
    })),
    ...(revoked === undefined
      ? {}
      : { revoked: { hard: revoked.hard, reason: revoked.reason, at: formatTime(revoked.at) } }),
    packages,
    stored: primary !== undefined && (await world.journal.certificate(primary)) !== undefined,
    ...(world.replay ? { replay: true } : {}),
  };
}
