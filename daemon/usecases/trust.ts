import { readCertificateFile } from "../certificates/certificate-file.ts";
import { type MergedCertificate, mergeWithStored } from "../certificates/facts.ts";
import type { RawCertificate } from "../certificates/keyring-walk.ts";
import type { EventBody, Trust } from "../core/event.ts";
import { type Fingerprint, parseFingerprint } from "../core/fingerprint.ts";
import { type PackageName, shortName } from "../core/package-name.ts";
import type { Pin, PinnedSigner } from "../core/pin.ts";
import { newSigner } from "../core/pin-draft.ts";
import { escapeText } from "../core/printable.ts";
import { certificateStateEvents } from "../core/recording.ts";
import { shortSigner } from "../core/sentence.ts";
import type { Sha256 } from "../core/sha256.ts";
import { openpgpSigner, type SignerId } from "../core/signer.ts";
import { formatDate, parseTime, type UnixMs } from "../core/time.ts";
import { UsageError } from "../core/tofu-error.ts";
import type { Answer } from "../protocol/answer.ts";
import type { TrustRequest } from "../protocol/request.ts";
import { digestFile } from "./digest-file.ts";
import { resolvePackage } from "./names.ts";
import { type Recorded, recordedLine } from "./recorded.ts";
import { decideAndAppend, type LoadedPin, type TofuWorld } from "./world.ts";

interface Decision {
  readonly value: Recorded;
  readonly append:
    | { readonly events: readonly EventBody[]; readonly certificates: readonly MergedCertificate["gathered"][] }
    | undefined;
}

interface Terms {
  readonly request: TrustRequest;
  readonly name: PackageName;
  readonly signer: SignerId;
  readonly offered: MergedCertificate | undefined;
  readonly replaces: SignerId | undefined;
  readonly until: UnixMs | undefined;
}

/**
 * `tofu trust`: a person says that a signer may release a package, or that one file passes. It takes the whole
 * fingerprint and a reason, asks nothing, and is refused where the signer is revoked as compromised or distrusted.
 */
export async function trust(world: TofuWorld, request: TrustRequest, tell: (answer: Answer) => void): Promise<number> {
  const name = await resolvePackage(world, request.package);
  const fingerprint = readFingerprint(request.fingerprint);
  const offered = await findCertificate(world, request, fingerprint);
  const terms: Terms = {
    request,
    name,
    signer: openpgpSigner(fingerprint),
    offered,
    replaces: request.replaces === undefined ? undefined : openpgpSigner(readFingerprint(request.replaces)),
    until: readUntil(request.until),
  };
  const file = request.file === undefined ? undefined : await digestFile(request.file);
  const recorded = await decideAndAppend(world, name, async (loaded) =>
    file === undefined ? trustSigner(terms, loaded) : trustFile(terms, loaded, file),
  );
  tell(recordedLine("trust", { ...recorded, package: name, signer: terms.signer }, world));
  return recorded.exit;
}

/**
 * @returns the whole fingerprint.
 * @throws UsageError for anything shorter: key IDs collide at will, and the comparing is tofu's work.
 */
export function readFingerprint(text: string): Fingerprint {
  const parsed = parseFingerprint(text.replace(/^openpgp:/i, ""));
  if (parsed.ok) return parsed.value;
  const { code, digits } = parsed.error;
  const shown = escapeText(text.slice(0, 100));
  switch (code) {
    case "key-id":
      throw new UsageError(
        `"${shown}" is a key ID of ${digits} digits, which anybody can make again; give the whole fingerprint`,
      );
    case "wrong-length":
      throw new UsageError(
        `"${shown}" has ${digits} digits; a fingerprint has 40 or 64`,
        "take it from the maintainers, whole",
      );
    case "not-hexadecimal":
      throw new UsageError(`"${shown}" is no fingerprint: it holds more than hex digits and spaces`);
  }
}

function trustSigner(terms: Terms, { pin, now }: LoadedPin): Decision {
  const { request, signer, name } = terms;
  const known = pin.signers.get(signer);
  const stopped = layerRefusal(terms, known, pin) ?? refusal(terms, known, now, pin);
  if (stopped !== undefined) return stopped;
  const isActive = known?.state === "active" && known.until === terms.until && terms.replaces === undefined;
  const confirm: readonly EventBody[] =
    request.role === "handover"
      ? [{ kind: "confirm", key: signer, method: request.because, claimed: request.claimed }]
      : [];
  const event: Trust = {
    kind: "trust",
    key: signer,
    scope: "package",
    reason: request.because,
    ...(terms.until === undefined ? {} : { until: terms.until }),
    ...(request.undoDistrust ? { undoDistrust: true } : {}),
    ...(terms.replaces === undefined ? {} : { replaces: terms.replaces }),
    claimed: request.claimed,
  };
  const events = [...(isActive && confirm.length > 0 ? [] : [event]), ...confirm];
  // The pin as it will be, so that a retirement in the certificate takes effect at once.
  const pinned = {
    ...pin,
    signers: new Map([...pin.signers, [signer, { ...(known ?? newcomer(signer, now)), state: "active" as const }]]),
  };
  const certificate = terms.offered === undefined ? [] : certificateStateEvents(pinned, terms.offered.state, now);
  const role = request.role === "handover" ? "may sign releases and hand over" : "may sign releases";
  const before = refusedBefore(pin, signer);
  const sentence = `${shortName(name)}: ${shortSigner(signer)} ${role}${before.by.length > 0 ? `; it signed ${before.by.join(", ")}, refused before` : ""}`;
  const details = before.others.map(
    (version) => `${version}, refused before, is signed by another key and stays refused`,
  );
  return {
    value: { class: "ok", exit: 0, sentence, details },
    append: { events: [...events, ...certificate], certificates: certificatesOf(terms) },
  };
}

/** Only these bytes, and only where this signer's signature on them was verified and refused here. */
function trustFile(terms: Terms, { pin }: LoadedPin, sha256: Sha256): Decision {
  const { request, signer, name } = terms;
  const distrusted = distrustRefusal(terms, pin.signers.get(signer));
  if (distrusted !== undefined) return distrusted;
  const refused = [...pin.refusals.values()].filter(({ artifact }) => artifact.sha256 === sha256);
  // What the person has before her is the newest answer about these bytes.
  const mine = refused
    .filter(({ keys }) => keys.includes(signer))
    .reduce<(typeof refused)[number] | undefined>((a, b) => (a === undefined || b.last >= a.last ? b : a), undefined);
  if (mine === undefined) {
    const why =
      refused.length === 0
        ? "this file was not refused here; verify it first"
        : "this file was refused here with another signer";
    return {
      value: { class: "refused", exit: 4, sentence: `${shortName(name)}: ${why}`, details: [`sha256 ${sha256}`] },
      append: undefined,
    };
  }
  const event: Trust = {
    kind: "trust",
    key: signer,
    scope: "artifact",
    artifact: mine.artifact,
    reason: request.because,
    overridden: mine.verdict,
    claimed: request.claimed,
  };
  const sentence = `${shortName(name)}: only this file passes, ${mine.artifact.name} by ${shortSigner(signer)}`;
  return {
    value: { class: "ok", exit: 0, sentence, details: [`sha256 ${sha256}`] },
    append: { events: [event], certificates: certificatesOf(terms) },
  };
}

/** What `trust` alone can't undo: a compromise, and the user's own distrust. A revocation it brings along is kept. */
function refusal(terms: Terms, known: PinnedSigner | undefined, now: UnixMs, pin: Pin): Decision | undefined {
  const { signer, name, offered, request } = terms;
  const who = `${shortName(name)}: ${shortSigner(signer)}`;
  const hard = offered?.state.revocations.find((revocation) => revocation.hard);
  if (hard !== undefined || known?.revocation !== undefined) {
    const on = hard === undefined ? "" : ` on ${formatDate(hard.at)}`;
    const compromised = hard?.reason === "compromised" ? { compromised: true } : {};
    // Kept even for a package that never had this signer: the next copy may leave the revocation out.
    const revoke: readonly EventBody[] =
      hard !== undefined && known?.revocation === undefined
        ? [{ kind: "revoke", key: signer, hard: true, ...compromised, by: "cert" }]
        : [];
    const kept =
      offered === undefined
        ? []
        : [...certificateStateEvents(pin, offered.state, now)].filter((event) => event.kind === "certificate");
    const events = known === undefined && offered !== undefined ? [certificateEvent(offered)] : [...revoke, ...kept];
    const sentence = `${who} was revoked as compromised${on}; nobody can be trusted by it any more`;
    return {
      value: {
        class: "refused",
        exit: 4,
        sentence,
        details: ["a single file can be, once it was refused: tofu trust --file"],
      },
      append: { events, certificates: certificatesOf(terms) },
    };
  }
  return request.undoDistrust ? undefined : distrustRefusal(terms, known);
}

/** What the machine's own files say stands: a user trusts beside their signers, and frees nobody whom they distrust. */
function layerRefusal(
  { name, replaces, signer, request }: Terms,
  known: PinnedSigner | undefined,
  { layer }: Pin,
): Decision | undefined {
  const below = layer?.pin.signers;
  const isReplaced = replaces !== undefined && below?.has(replaces) === true;
  const isFreed =
    request.undoDistrust && (known?.distrust?.stands === true || below?.get(signer)?.distrust !== undefined);
  if (!isReplaced && !isFreed) return undefined;
  const what = isReplaced
    ? `${shortSigner(replaces)} stands in this machine's pins, and is replaced there`
    : `${shortSigner(signer)} is distrusted by this machine's pins, and freed there`;
  const details = [isFreed ? (known?.distrust?.reason ?? "") : (layer?.files.join(", ") ?? "")];
  return { value: { class: "refused", exit: 4, sentence: `${shortName(name)}: ${what}`, details }, append: undefined };
}

/** The user's own word is taken back by name, not in passing; one file is no way around it. */
function distrustRefusal({ name, signer }: Terms, known: PinnedSigner | undefined): Decision | undefined {
  if (known?.distrust === undefined) return undefined;
  const who = `${shortName(name)}: ${shortSigner(signer)}`;
  const sentence = `${who} was marked as distrusted by you on ${formatDate(known.distrust.at)}: ${known.distrust.reason}`;
  return {
    value: {
      class: "refused",
      exit: 4,
      sentence,
      details: ["trust alone does not take that back; see tofu trust --help"],
    },
    append: undefined,
  };
}

function certificateEvent({ state }: MergedCertificate): EventBody {
  const { signer, sha256, subkeys, expiry } = state;
  return { kind: "certificate", key: signer, cert: sha256, subkeys, ...(expiry === undefined ? {} : { expiry }) };
}

function certificatesOf({ offered }: Terms): readonly MergedCertificate["gathered"][] {
  return offered?.state.changed === true ? [offered.gathered] : [];
}

/** Releases refused here: those this signer made, and those of others, which stay refused. */
function refusedBefore(
  pin: Pin,
  signer: SignerId,
): { readonly by: readonly string[]; readonly others: readonly string[] } {
  const open = [...pin.refusals.values()].filter(
    ({ verdict }) => verdict === "unexpected-signer" || verdict === "first-use-undecided",
  );
  const label = (refused: (typeof open)[number]): string => refused.artifact.version ?? refused.artifact.name;
  const by = new Set(open.filter(({ keys }) => keys.includes(signer)).map(label));
  const others = new Set(open.filter(({ keys }) => !keys.includes(signer)).map(label));
  return { by: [...by], others: [...others] };
}

async function findCertificate(
  world: TofuWorld,
  request: TrustRequest,
  fingerprint: Fingerprint,
): Promise<MergedCertificate | undefined> {
  const copies: RawCertificate[] = [];
  for (const path of request.keys)
    copies.push(...(await readCertificateFile(path)).certificates.filter(({ primary }) => primary === fingerprint));
  if (request.keys.length > 0 && copies.length === 0) {
    throw new UsageError(
      `no certificate with this fingerprint in ${request.keys.map((path) => escapeText(path)).join(", ")}`,
      "is it the fingerprint of the primary key, and the right file?",
    );
  }
  return copies.length === 0
    ? undefined
    : await mergeWithStored(copies, await world.journal.certificate(fingerprint), world.now());
}

function newcomer(signer: SignerId, since: UnixMs): PinnedSigner {
  return newSigner(signer, { kind: "trust", n: 0 }, since);
}

function readUntil(text: string | undefined): UnixMs | undefined {
  if (text === undefined) return undefined;
  const time = parseTime(text);
  if (!time.ok) throw new UsageError("--until takes a date such as 2027-01-31");
  return time.value;
}
