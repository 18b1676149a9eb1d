import type { CertificateSeen, Event, EventBody, Retire, Revoke } from "./event.ts";
import {
  applyContest,
  applyHandover,
  applyHandoverActive,
  applyResolve,
  doubtStatementsOf,
  notePendingDay,
} from "./fold-chain.ts";
import { applyImport, resolveImport } from "./fold-import.ts";
import { underLayer } from "./fold-layer.ts";
import { applyFirstUse, applyRefusal, applySighting, applyUnsigned } from "./fold-seen.ts";
import { retire, revoke } from "./fold-standing.ts";
import { applyDistrust, applyTrust } from "./fold-trust.ts";
import { LayeredSet } from "./layered-map.ts";
import type { Distrusted, Pin } from "./pin.ts";
import { type Draft, type DraftSigner, draftOf, emptyDraft, newSigner } from "./pin-draft.ts";
import { mergeRequirements } from "./policy.ts";
import { recordKey } from "./record-key.ts";
import type { SignerId } from "./signer.ts";
import { formatDate, type UnixMs } from "./time.ts";

/** Signers distrusted on the whole machine: the fold of the journal `*`, and what the machine's files say. */
export type Machine = ReadonlyMap<SignerId, Distrusted>;

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
  const machine = new Map<SignerId, Distrusted>();
  for (const { body, mono } of events) {
    if (body.kind === "distrust") machine.set(body.key, { reason: body.reason, at: mono });
    if (body.kind !== "import") continue;
    for (const { key, effect } of body.rows)
      if (effect === "stops") machine.set(key, { reason: `so says ${body.label}`, at: mono });
  }
  return machine;
}

/**
 * A pin is fold(package) with fold(`*`): a signer distrusted everywhere is distrusted here, unless the user, whose word
 * it was, took that back for this very package later.
 */
export function withMachine(pin: Pin, machine: Machine): Pin {
  if (machine.size === 0) return pin;
  const draft = draftOf(pin);
  for (const [signer, distrust] of machine) {
    const known = draft.signers.get(signer) ?? newSigner(signer, { kind: "trust", n: 0 }, distrust.at);
    const isTakenBack = known.undistrustedAt !== undefined && known.undistrustedAt >= distrust.at;
    if (isTakenBack && distrust.stands !== true) continue;
    draft.signers.set(signer, { ...known, roles: new Set(known.roles), state: "distrusted", distrust });
  }
  return draft;
}

function apply(draft: Draft, event: Event): void {
  draft.version = event.n;
  draft.latest = event.mono;
  noteToday(draft, event);
  notePendingDay(draft, event);
  const body = underLayer(draft, event.body);
  if (body !== undefined) applyBody(draft, body, event);
}

function applyBody(draft: Draft, body: EventBody, event: Event): void {
  const { mono } = event;
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
    case "fetch":
      break;
    case "resolve":
      if (body.import === undefined) applyResolve(draft, body, event);
      else resolveImport(draft, body, event);
      break;
    case "import":
      applyImport(draft, body, event);
      break;
    case "pin-file":
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
      if (body.hard) revoke(signer, body.since, mono);
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

/**
 * The pin goes, back to what the machine's files say; policy, bad news and that it ever was signed stay. What was
 * recorded today counts for nothing: a first use of it is a new one.
 */
function applyForget(draft: Draft, mono: UnixMs): void {
  const bad = [...draft.signers].filter(([, signer]) => signer.state === "distrusted" || signer.state === "revoked");
  const { layer } = draft;
  const below = layer === undefined ? emptyDraft() : draftOf(layer.pin);
  Object.assign(draft, {
    ...below,
    layer: layer === undefined ? undefined : { ...layer, beside: new Set(), differing: new Map() },
    version: draft.version,
    latest: draft.latest,
    requirement: draft.requirement,
    everSigned: draft.everSigned,
  });
  draft.signers = new Map([...below.signers, ...bad]);
  draft.forgottenAt = mono;
}

function noteToday(draft: Draft, event: Event): void {
  const key = recordKey(event.body);
  const day = formatDate(event.mono);
  if (draft.today.day !== day) draft.today = { day, entries: LayeredSet.of() };
  if (key !== undefined) draft.today.entries.add(key);
}
