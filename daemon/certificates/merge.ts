import { createHash } from "node:crypto";
import { openpgpSigner } from "../core/signer.ts";
import type { SignedComponents } from "../evidence/mathematics.ts";
import type {
  Binding,
  Certificate,
  CertificateKey,
  CertificateRevocation,
  SelfSignature,
  Subkey,
  User,
} from "./certificate.ts";
import { type Components, collectComponents, type SignatureSet, type UserComponent } from "./components.ts";
import { parsePrimaryKey, parseSubkey } from "./key-packet.ts";
import type { RawCertificate } from "./keyring-walk.ts";
import { TYPE, verifyBinding, verifyRevocation, verifySelfSignature } from "./self-signature.ts";

/** Merged certificates kept, and the size of the copies they came from: parsing one costs some milliseconds. */
const MAX_CACHED = 128;
const MAX_CACHED_BYTES = 64 * 1024;
/** Revocations of subkeys that are tried with every subkey. */
const MAX_STRAYS = 16;

const cache = new Map<string, Promise<Certificate | undefined>>();

/**
 * Merges the copies of one certificate: everything that any copy has and that its own key signed. Nothing is ever
 * replaced, so a copy that leaves a revocation out, or adds a forged one, changes nothing.
 *
 * The library's own `update` is not used: it lets a newer binding signature take the place of a verified one without
 * verifying it, so a forged copy could make a pinned signer's subkey unprovable.
 *
 * @param copies - of one primary key; the most trusted first.
 * @returns `undefined` where the primary key itself cannot be read.
 */
export function mergeCopies(copies: readonly [RawCertificate, ...RawCertificate[]]): Promise<Certificate | undefined> {
  const size = copies.reduce((sum, copy) => sum + copy.bytes.length, 0);
  if (size > MAX_CACHED_BYTES) return merge(copies);
  const hash = createHash("sha256");
  for (const copy of copies) hash.update(copy.bytes);
  const name = hash.digest("hex");
  const merged = cache.get(name) ?? merge(copies);
  // Deleting first makes it the youngest; the oldest goes.
  cache.delete(name);
  cache.set(name, merged);
  const oldest = cache.size > MAX_CACHED ? cache.keys().next().value : undefined;
  if (oldest !== undefined) cache.delete(oldest);
  return merged;
}

async function merge(copies: readonly [RawCertificate, ...RawCertificate[]]): Promise<Certificate | undefined> {
  const components = collectComponents(copies);
  const primary = await parsePrimaryKey(components.primaryKey);
  if (primary === undefined) return undefined;
  const key = { key: primary.packet };
  return {
    signer: openpgpSigner(components.primary),
    primary,
    directSignatures: await selfSignatures(components.direct, primary, key, (type) => type === TYPE.directKey),
    revocations: await revocations(components.direct, primary, key, { type: TYPE.keyRevocation, of: "primary" }),
    users: await mergeUsers(components, primary),
    subkeys: await mergeSubkeys(components, primary),
  };
}

async function mergeUsers(components: Components, primary: CertificateKey): Promise<readonly User[]> {
  const users: User[] = [];
  for (const user of components.users.values()) users.push(await mergeUser(user, primary));
  return users.filter((user) => user.selfSignatures.length > 0);
}

async function mergeUser(user: UserComponent, primary: CertificateKey): Promise<User> {
  // The bytes as they stand: the library would repair a name that is not UTF-8, and its signature would fail.
  const signed = { key: primary.packet, userID: { write: (): Uint8Array => user.userId } };
  const revocation = { type: TYPE.certificationRevocation, of: "primary" } as const;
  return {
    userId: user.userId,
    selfSignatures: await selfSignatures(user.signatures, primary, signed, (type) => type >= 0x10 && type <= 0x13),
    revocations: await revocations(user.signatures, primary, signed, revocation),
    certifications: [...user.certifications.values()],
  };
}

async function mergeSubkeys(components: Components, primary: CertificateKey): Promise<readonly Subkey[]> {
  const subkeys: Subkey[] = [];
  for (const { body, signatures } of components.subkeys.values()) {
    const key = await parseSubkey(components.primaryKey, body);
    if (key === undefined) continue;
    const bindings: Binding[] = [];
    for (const own of signatures.values()) {
      const binding = own.parts.type === TYPE.subkeyBinding ? await verifyBinding(own, primary, key) : undefined;
      if (binding !== undefined) bindings.push(binding);
    }
    const revoked = await subkeyRevocations(signatures, primary, key);
    subkeys.push({ key, bindings: bindings.sort(oldestFirst), revocations: revoked });
  }
  return withStrays(components, primary, subkeys);
}

function subkeyRevocations(
  signatures: SignatureSet,
  primary: CertificateKey,
  subkey: CertificateKey,
): Promise<readonly CertificateRevocation[]> {
  const signed = { key: primary.packet, bind: subkey.packet };
  return revocations(signatures, primary, signed, { type: TYPE.subkeyRevocation, of: "subkey" });
}

/** Revocations of subkeys that stand elsewhere than behind theirs are tried with each: to miss one is the worse mistake. */
async function withStrays(
  { direct, users, subkeys: found }: Components,
  primary: CertificateKey,
  subkeys: readonly Subkey[],
): Promise<readonly Subkey[]> {
  const inPlace = subkeys.flatMap((subkey) => subkey.revocations).length;
  const sets = [direct, ...[...users.values(), ...found.values()].map(({ signatures }) => signatures)];
  const all = sets.flatMap((signatures) =>
    [...signatures].filter(([, { parts }]) => parts.type === TYPE.subkeyRevocation),
  );
  // Where all of them fit there is nothing to look for. Those of subkeys that only encrypt fit nothing here.
  if (all.length <= inPlace) return subkeys;
  const strays: SignatureSet = new Map(all.slice(0, MAX_STRAYS));
  return Promise.all(
    subkeys.map(async (subkey) => {
      const own = await subkeyRevocations(strays, primary, subkey.key);
      const more = own.filter(
        ({ body }) => !subkey.revocations.some((known) => Buffer.compare(known.body, body) === 0),
      );
      return more.length === 0
        ? subkey
        : { ...subkey, revocations: [...subkey.revocations, ...more].sort(oldestRevocation) };
    }),
  );
}

async function selfSignatures(
  signatures: SignatureSet,
  primary: CertificateKey,
  signed: SignedComponents,
  isWanted: (type: number) => boolean,
): Promise<readonly SelfSignature[]> {
  const verified: SelfSignature[] = [];
  for (const own of signatures.values()) {
    if (!isWanted(own.parts.type)) continue;
    const signature = await verifySelfSignature(own, primary, signed, primary.createdAt);
    if (signature !== undefined) verified.push(signature);
  }
  return verified.sort(oldestFirst);
}

async function revocations(
  signatures: SignatureSet,
  primary: CertificateKey,
  signed: SignedComponents,
  wanted: { readonly type: number; readonly of: "primary" | "subkey" },
): Promise<readonly CertificateRevocation[]> {
  const verified: CertificateRevocation[] = [];
  for (const own of signatures.values()) {
    if (own.parts.type !== wanted.type) continue;
    const revocation = await verifyRevocation(own, primary, signed, wanted.of);
    if (revocation !== undefined) verified.push(revocation);
  }
  return verified.sort(oldestRevocation);
}

function oldestRevocation(a: CertificateRevocation, b: CertificateRevocation): number {
  return a.at - b.at || Buffer.compare(a.body, b.body);
}

/** Bytes break ties, so that the order does not depend on which copy came first. */
function oldestFirst(a: SelfSignature, b: SelfSignature): number {
  return a.createdAt - b.createdAt || Buffer.compare(a.body, b.body);
}
