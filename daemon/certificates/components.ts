import type { Fingerprint } from "../core/fingerprint.ts";
import { TAG } from "../evidence/packet-walk.ts";
import {
  issuerHints,
  parseSignatureParts,
  type SignatureParts,
  SUBPACKET,
  toHex,
  withUnhashed,
} from "../evidence/signature-packet.ts";
import type { Certification } from "./certificate.ts";
import { keyIdOf, type RawCertificate } from "./keyring-walk.ts";
import { TYPE } from "./self-signature.ts";

/** What lies in the copies of one certificate, grouped and without duplicates; nothing is verified. */
export interface Components {
  readonly primary: Fingerprint;
  readonly primaryKey: Uint8Array;
  readonly direct: SignatureSet;
  readonly users: ReadonlyMap<string, UserComponent>;
  readonly subkeys: ReadonlyMap<string, SubkeyComponent>;
}

export interface SubkeyComponent {
  readonly body: Uint8Array;
  readonly signatures: SignatureSet;
}

export interface UserComponent {
  readonly userId: Uint8Array;
  readonly signatures: SignatureSet;
  readonly certifications: Map<string, Certification>;
}

/** Signatures that name the primary key as their maker, by their signed part. */
export type SignatureSet = Map<string, OwnSignature>;

export interface OwnSignature {
  readonly parts: SignatureParts;
  /** Signatures embedded in it, wherever they stand: the back-signature proves itself. */
  readonly embedded: readonly Uint8Array[];
}

/** Signatures of one certificate that are verified; a copy that is flooded with forged ones loses the rest. */
const MAX_OWN_SIGNATURES = 500;
const MAX_CERTIFICATIONS = 1000;
const MAX_USERS = 200;
/** Each is parsed, which costs up to a millisecond; a certificate within its cap of bytes has room for 15,000. */
const MAX_SUBKEYS = 256;
/** A user ID is a line of text; GnuPG and OpenPGP.js stop near here too. */
const MAX_USER_ID_BYTES = 5120;

type Place =
  | { readonly kind: "own"; readonly signatures: SignatureSet }
  | { readonly kind: "user"; readonly user: UserComponent }
  | { readonly kind: "ignored" };

/**
 * Puts the copies of one certificate together. Copies add up and never replace each other (security.md, section 3, row
 * 9); earlier copies go first, so that a flood in a later one cannot crowd them out.
 */
export function collectComponents(copies: readonly [RawCertificate, ...RawCertificate[]]): Components {
  const direct: SignatureSet = new Map();
  const users = new Map<string, UserComponent>();
  const subkeys = new Map<string, SubkeyComponent>();
  const [first] = copies;
  const budget = { own: MAX_OWN_SIGNATURES, certifications: MAX_CERTIFICATIONS };
  for (const copy of copies) {
    const ofKey: Place = { kind: "own", signatures: direct };
    let place: Place = ofKey;
    for (const { tag, body } of copy.packets) {
      // Version, then type, in every version that counts.
      if (tag === TAG.signature) addSignature(isOverKey(body[1]) ? ofKey : place, body, first.primary, budget);
      else place = placeBehind(tag, body, { users, subkeys }) ?? place;
    }
  }
  return { primary: first.primary, primaryKey: first.primaryKey, direct, users, subkeys };
}

/** What such a signature covers is told by its type, so it may stand anywhere: no order of packets hides a revocation. */
function isOverKey(type: number | undefined): boolean {
  return type === TYPE.directKey || type === TYPE.keyRevocation;
}

/** Unknown packets from tag 40 on may be passed over (RFC 9580 section 4.3); so may those that never mean anything. */
function isCritical(tag: number): boolean {
  return tag < 40 && tag !== TAG.trust && tag !== TAG.marker && tag !== TAG.padding;
}

/** @returns what the signatures behind this packet are about; `undefined` where it changes nothing. */
function placeBehind(
  tag: number,
  body: Uint8Array,
  { users, subkeys }: { readonly users: Map<string, UserComponent>; readonly subkeys: Map<string, SubkeyComponent> },
): Place | undefined {
  if (tag === TAG.userId) return placeOfUser(users, body);
  if (tag === TAG.publicSubkey) return placeOfSubkey(subkeys, body);
  // Photos and whatever else there may be carry nothing that is asked here; their signatures go with them.
  return isCritical(tag) ? { kind: "ignored" } : undefined;
}

function placeOfUser(users: Map<string, UserComponent>, userId: Uint8Array): Place {
  const name = toHex(userId);
  const known = users.get(name);
  if (known !== undefined) return { kind: "user", user: known };
  if (userId.length > MAX_USER_ID_BYTES || users.size === MAX_USERS) return { kind: "ignored" };
  const user = { userId, signatures: new Map(), certifications: new Map() };
  users.set(name, user);
  return { kind: "user", user };
}

function placeOfSubkey(subkeys: Map<string, SubkeyComponent>, body: Uint8Array): Place {
  const name = toHex(body);
  const known = subkeys.get(name);
  if (known === undefined && subkeys.size === MAX_SUBKEYS) return { kind: "ignored" };
  const subkey = known ?? { body, signatures: new Map() };
  subkeys.set(name, subkey);
  return { kind: "own", signatures: subkey.signatures };
}

function addSignature(
  place: Place,
  body: Uint8Array,
  primary: Fingerprint,
  budget: { own: number; certifications: number },
): void {
  const parsed = place.kind === "ignored" ? undefined : parseSignatureParts(body);
  if (parsed === undefined || !parsed.ok || place.kind === "ignored") return;
  const parts = parsed.value;
  if (namesKey(parts, primary)) addOwn(place.kind === "user" ? place.user.signatures : place.signatures, parts, budget);
  else if (place.kind === "user") addCertification(place.user, parts, budget);
}

function addOwn(signatures: SignatureSet, parts: SignatureParts, budget: { own: number }): void {
  const embedded = [...parts.hashed, ...parts.unhashed]
    .filter((subpacket) => subpacket.type === SUBPACKET.embeddedSignature)
    .map((subpacket) => subpacket.body);
  // What is not signed may differ between copies of one signature; only the back-signatures in it matter.
  const name = `${toHex(parts.signedPart)} ${toHex(parts.tail)}`;
  const known = signatures.get(name);
  if (known === undefined && budget.own === 0) return;
  if (known === undefined) budget.own -= 1;
  const earlier = known?.embedded ?? [];
  signatures.set(name, { parts, embedded: [...earlier, ...embedded].slice(0, 4) });
}

function addCertification(user: UserComponent, parts: SignatureParts, budget: { certifications: number }): void {
  if (parts.type < 0x10 || parts.type > 0x13 || budget.certifications === 0) return;
  budget.certifications -= 1;
  const hints = issuerHints(parts);
  const body = withUnhashed(parts, []);
  user.certifications.set(toHex(body), { issuerFingerprint: hints.signedFingerprint, keyIds: hints.keyIds, body });
}

/** A signature without any issuer is tried as an own one: whether it fits decides. */
function namesKey(parts: SignatureParts, primary: Fingerprint): boolean {
  const hints = issuerHints(parts);
  if (hints.signedFingerprint !== undefined) return hints.signedFingerprint === primary;
  const named = hints.keyIds.length + hints.otherFingerprints.length > 0;
  return !named || hints.otherFingerprints.includes(primary) || hints.keyIds.includes(keyIdOf(primary));
}
