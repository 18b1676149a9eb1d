import type {
  CertificateSeen,
  Distrust,
  Event,
  EventArtifact,
  FirstUse,
  Refusal,
  Retire,
  Revoke,
  Sighting,
  SignerUse,
  Trust,
  Unsigned,
} from "./event.ts";
import {
  applyContest,
  applyHandover,
  applyHandoverActive,
  applyResolve,
  doubtStatementsOf,
  notePendingDay,
} from "./fold-chain.ts";
import { LayeredSet } from "./layered-map.ts";
import { artifactKey, type Pin, refusalKey } from "./pin.ts";
import { type Draft, type DraftSigner, draftOf, emptyDraft, newSigner } from "./pin-draft.ts";
import { mergeRequirements } from "./policy.ts";
import { recordKey } from "./record-key.ts";
import type { Sha256 } from "./sha256.ts";
import type { SignerId } from "./signer.ts";
import { formatDate, type UnixMs } from "./time.ts";
import { compareVersions } from "./version.ts";

/** Signers distrusted on the whole machine: the fold of the journal `*`. */
export type Machine = ReadonlyMap<SignerId, { readonly reason: string; readonly at: UnixMs }>;

/**
 * Folds a package's events into its pin. The same events give the same pin however they are batched.
 *
 * @param events - in order, from where `start` ends.
 * @param start - a pin to go on from; it is left as it is.
 */
export function foldEvents(events: Iterable<Event>, start?: Pin): Pin {
  const draft = start === undefined ? emptyDraft() : draftOf(start);
  for (const event of events) apply(draft, event);
  return draft;
}

/** @returns who is distrusted everywhere on this machine. */
export function foldMachine(events: Iterable<Event>): Machine {
  const machine = new Map<SignerId, { reason: string; at: UnixMs }>();
  for (const { body, mono } of events) {
    if (body.kind === "distrust") machine.set(body.key, { reason: body.reason, at: mono });
  }
  return machine;
}

/**
 * A pin is fold(package) with fold(`*`): a signer distrusted everywhere is distrusted here, unless the user took that
 * back for this very package later.
 */
export function withMachine(pin: Pin, machine: Machine): Pin {
  if (machine.size === 0) return pin;
  const draft = draftOf(pin);
  for (const [signer, distrust] of machine) {
    const known = draft.signers.get(signer) ?? newSigner(signer, { kind: "trust", n: 0 }, distrust.at);
    if (known.undistrustedAt !== undefined && known.undistrustedAt >= distrust.at) continue;
    draft.signers.set(signer, { ...known, roles: new Set(known.roles), state: "distrusted", distrust });
  }
  return draft;
}

function apply(draft: Draft, event: Event): void {
  const { body, mono } = event;
  draft.version = event.n;
  draft.latest = mono;
  noteToday(draft, event);
  notePendingDay(draft, event);
  switch (body.kind) {
    case "first-use":
      applyFirstUse(draft, body, event);
      break;
    case "sighting":
      applySighting(draft, body, mono);
      break;
    case "refusal":
      applyRefusal(draft, body, mono);
      break;
    case "unsigned":
      applyUnsigned(draft, body, mono);
      break;
    case "trust":
      applyTrust(draft, body, event);
      break;
    case "distrust":
      applyDistrust(draft, body, event);
      break;
    case "require":
      draft.requirement = mergeRequirements(draft.requirement, body.requirement);
      break;
    case "forget":
      applyForget(draft, mono);
      break;
    case "handover":
      applyHandover(draft, body, event);
      break;
    case "handover-active":
      applyHandoverActive(draft, body, event);
      break;
    case "handover-contest":
      applyContest(draft, body, event);
      break;
    case "handover-refused":
      break;
    case "resolve":
      applyResolve(draft, body, event);
      break;
    case "revoke":
      applyToSigner(draft.signers.get(body.key), body, mono);
      if (body.compromised === true) doubtStatementsOf(draft, body.key, mono);
      break;
    case "confirm":
      confirm(draft, body.key);
      break;
    case "retire":
    case "certificate":
      applyToSigner(draft.signers.get(body.key), body, mono);
      break;
  }
}

/** Events that change a signer who is there; about anybody else they say nothing. */
function applyToSigner(signer: DraftSigner | undefined, body: Retire | Revoke | CertificateSeen, mono: UnixMs): void {
  if (signer === undefined) return;
  switch (body.kind) {
    case "retire":
      retire(signer, body.reason, body.cutoff);
      break;
    case "revoke":
      if (body.hard) revoke(signer, body, mono);
      else retire(signer, "retired", body.since ?? mono);
      break;
    case "certificate":
      for (const subkey of body.subkeys) signer.subkeys.add(subkey);
      break;
  }
}

/** Compared by the user: may hand over too, but in a chain only statements say who counts. */
function confirm(draft: Draft, key: SignerId): void {
  const signer = draft.signers.get(key);
  if (signer === undefined) return;
  signer.strength = "verified";
  signer.roles.add("handover");
  if (draft.chain.links.length === 0) signer.isLocal = false;
}

function revoke(signer: DraftSigner, body: Revoke, mono: UnixMs): void {
  signer.revocation ??= { since: body.since, seenAt: mono };
  if (signer.state !== "distrusted") signer.state = "revoked";
}

function applyFirstUse(draft: Draft, body: FirstUse, event: Event): void {
  const known = draft.signers.get(body.key);
  const signer = known ?? newSigner(body.key, { kind: "first-use", n: event.n }, event.mono);
  signer.roles.add("release").add("handover");
  draft.signers.set(body.key, signer);
  draft.exists = true;
  see(draft, signer, { key: body.key, subkey: body.subkey, sigCreated: body.sigCreated }, body.artifact, event.mono);
  know(draft, body.artifact, [body.key], body.signedDigest, event.mono);
  noteListed(draft, body.listed, body.artifact, event.mono);
}

function applySighting(draft: Draft, body: Sighting, mono: UnixMs): void {
  for (const use of body.keys) {
    const signer = draft.signers.get(use.key);
    if (signer !== undefined) see(draft, signer, use, body.artifact, mono);
  }
  know(
    draft,
    body.artifact,
    body.keys.map((use) => use.key),
    body.signedDigest,
    mono,
  );
  noteListed(draft, body.listed, body.artifact, mono);
}

function applyRefusal(draft: Draft, body: Refusal, mono: UnixMs): void {
  refuse(
    draft,
    body.artifact,
    body.verdict,
    body.keys.map((use) => use.key),
    mono,
  );
}

function applyUnsigned(draft: Draft, body: Unsigned, mono: UnixMs): void {
  if (body.verdict === "unsigned" || body.verdict === "unsigned-expected")
    know(draft, body.artifact, [], undefined, mono);
  else refuse(draft, body.artifact, body.verdict, [], mono);
}

function refuse(
  draft: Draft,
  artifact: EventArtifact,
  verdict: Refusal["verdict"],
  keys: readonly SignerId[],
  mono: UnixMs,
): void {
  const key = refusalKey(artifact, verdict);
  const before = draft.refusals.get(key);
  const sameDay = before !== undefined && formatDate(before.last) === formatDate(mono);
  draft.refusals.set(key, {
    artifact,
    verdict,
    keys,
    first: before?.first ?? mono,
    last: mono,
    days: (before?.days ?? 0) + (sameDay ? 0 : 1),
  });
}

function applyTrust(draft: Draft, body: Trust, event: Event): void {
  if (body.scope === "artifact") {
    if (body.artifact !== undefined)
      draft.acceptedOnce.set(body.artifact.sha256, { signer: body.key, overridden: body.overridden, at: event.mono });
    return;
  }
  const replaced = body.replaces === undefined ? undefined : draft.signers.get(body.replaces);
  if (replaced !== undefined) retire(replaced, "lost", event.mono);
  const hadActive = [...draft.signers.values()].some((signer) => signer.state === "active");
  const signer = draft.signers.get(body.key) ?? newSigner(body.key, { kind: "trust", n: event.n }, event.mono);
  if (body.undoDistrust === true) {
    signer.distrust = undefined;
    signer.undistrustedAt = event.mono;
  }
  if (signer.distrust === undefined && signer.revocation === undefined) {
    // Beside an active signer a newcomer may release, no more: who may hand over is not widened in passing.
    signer.roles.add("release");
    signer.isLocal = hadActive && replaced === undefined && !signer.roles.has("handover");
    if (!hadActive || replaced?.roles.has("handover") === true) signer.roles.add("handover");
    signer.state = "active";
    signer.retirement = undefined;
    signer.until = body.until;
  }
  draft.signers.set(body.key, signer);
  draft.exists = true;
  draft.everSigned = true;
}

function applyDistrust(draft: Draft, body: Distrust, event: Event): void {
  const known = draft.signers.get(body.key) ?? newSigner(body.key, { kind: "trust", n: event.n }, event.mono);
  draft.signers.set(body.key, { ...known, state: "distrusted", distrust: { reason: body.reason, at: event.mono } });
}

/** The pin goes; policy and bad news stay. What was recorded today counts for nothing: a first use of it is a new one. */
function applyForget(draft: Draft, mono: UnixMs): void {
  const bad = [...draft.signers].filter(([, signer]) => signer.state === "distrusted" || signer.state === "revoked");
  Object.assign(draft, {
    ...emptyDraft(),
    version: draft.version,
    latest: draft.latest,
    requirement: draft.requirement,
  });
  draft.signers = new Map(bad);
  draft.forgottenAt = mono;
}

function retire(signer: DraftSigner, reason: "superseded" | "retired" | "lost", cutoff: UnixMs): void {
  signer.retirement = { reason, cutoff };
  if (signer.state === "active") signer.state = "retired";
}

function see(
  draft: Draft,
  signer: DraftSigner,
  use: Pick<SignerUse, "key" | "subkey" | "sigCreated">,
  artifact: EventArtifact,
  mono: UnixMs,
): void {
  const day = formatDate(mono);
  signer.subkeys.add(use.subkey);
  signer.firstSeen ??= mono;
  signer.lastSeen = mono;
  signer.releases.add(artifact.version ?? artifact.name);
  if (signer.lastDay !== day) signer.days += 1;
  signer.lastDay = day;
  draft.everSigned = true;
  const { version } = artifact;
  if (version === undefined) return;
  if (draft.lowestSigned === undefined || compareVersions(version, draft.lowestSigned) < 0)
    draft.lowestSigned = version;
  if (draft.highest === undefined || compareVersions(version, draft.highest.version) > 0) {
    draft.highest = { version, sigCreated: use.sigCreated, at: mono };
  }
}

function know(
  draft: Draft,
  artifact: EventArtifact,
  signers: readonly SignerId[],
  signedDigest: Sha256 | undefined,
  mono: UnixMs,
): void {
  const { name, version, sha256 } = artifact;
  const key = artifactKey(artifact);
  if (draft.artifacts.get(key)?.sha256 === sha256) return;
  const known = {
    name,
    version,
    sha256,
    signedDigest: signedDigest === sha256 ? undefined : signedDigest,
    firstSeen: mono,
    signers,
  };
  if (!draft.artifacts.has(key)) draft.artifacts.set(key, known);
  if (!draft.bySha256.has(sha256)) draft.bySha256.set(sha256, known);
}

function noteListed(
  draft: Draft,
  listed: readonly SignerId[] | undefined,
  artifact: EventArtifact,
  mono: UnixMs,
): void {
  for (const signer of listed ?? []) {
    if (!draft.listed.has(signer)) draft.listed.set(signer, { version: artifact.version, at: mono });
  }
}

function noteToday(draft: Draft, event: Event): void {
  const key = recordKey(event.body);
  const day = formatDate(event.mono);
  if (draft.today.day !== day) draft.today = { day, entries: LayeredSet.of() };
  if (key !== undefined) draft.today.entries.add(key);
}
