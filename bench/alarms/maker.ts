import { createHash } from "node:crypto";
import {
  config,
  createMessage,
  enums,
  generateKey,
  PacketList,
  type PrivateKey,
  type PublicKey,
  SignaturePacket,
  sign,
} from "openpgp";

type BindingSign = (
  this: SignaturePacket,
  key: unknown,
  bound: { readonly key: unknown; readonly bind: unknown },
  date: Date,
  detached: boolean,
  settings: typeof config,
) => Promise<void>;

/** A signer of the twin: a key of its own for each real one, with a signing subkey. */
export interface TwinKey {
  readonly secret: PrivateKey;
  readonly certificate: PublicKey;
  readonly primary: string;
  readonly subkey: string;
}

const PURPOSE = { "purpose@tofu.invalid": "handover" };
const CONFIG = { nonDeterministicSignaturesViaNotation: false };

/** @param createdAt - in seconds since 1970. */
export async function makeKey(name: string, address: string, createdAt: number): Promise<TwinKey> {
  const { privateKey } = await generateKey({
    type: "ecc",
    curve: "ed25519Legacy",
    userIDs: [{ name, email: address }],
    subkeys: [{ sign: true }],
    date: new Date(createdAt * 1000),
    format: "object",
    config: CONFIG,
  });
  const subkey = privateKey.subkeys[0]?.getFingerprint();
  if (subkey === undefined) throw new Error("the library made no subkey");
  const primary = privateKey.getFingerprint().toUpperCase();
  return { secret: privateKey, certificate: privateKey.toPublic(), primary, subkey: subkey.toUpperCase() };
}

/** One detached signature in binary, by the primary key or by the subkey. */
export async function signFile(
  data: Uint8Array,
  key: TwinKey,
  by: "primary" | "subkey",
  at: number,
): Promise<Uint8Array> {
  return await detached(data, key, { by, at, notations: {} });
}

/** One block under a statement, as the maintainers' page says: by the primary key, with the purpose. */
export async function signStatement(statement: string, key: TwinKey, at: number): Promise<string> {
  const bytes = await detached(Buffer.from(statement), key, { by: "primary", at, notations: PURPOSE });
  const lines =
    Buffer.from(bytes)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return ["-----BEGIN PGP SIGNATURE-----", "", ...lines, "-----END PGP SIGNATURE-----", ""].join("\n");
}

async function detached(
  data: Uint8Array,
  { secret }: TwinKey,
  {
    by,
    at,
    notations,
  }: { readonly by: "primary" | "subkey"; readonly at: number; readonly notations: Record<string, string> },
): Promise<Uint8Array> {
  const id = by === "primary" ? secret.getKeyID() : secret.subkeys[0]?.getKeyID();
  return await sign({
    message: await createMessage({ binary: data }),
    signingKeys: secret,
    signingKeyIDs: id === undefined ? [] : [id],
    detached: true,
    format: "binary",
    date: new Date(at * 1000),
    signatureNotations: Object.entries(notations).map(([name, value]) => ({
      name,
      value: Buffer.from(value),
      humanReadable: true,
      critical: false,
    })),
    config: CONFIG,
  });
}

/**
 * The victim's certificate with the stranger's key as a signing subkey: bound by the primary key, which its owner was
 * talked into, and without the proof that the subkey belongs there (rules.md, row 6).
 */
export async function adopt(victim: TwinKey, stranger: TwinKey, at: number): Promise<Uint8Array> {
  const adopted = stranger.certificate.subkeys[0]?.keyPacket;
  const primary = victim.secret.keyPacket;
  if (adopted === undefined || !("privateParams" in primary)) throw new Error("a key without its parts");
  const binding = new SignaturePacket();
  binding.signatureType = enums.signature.subkeyBinding;
  binding.publicKeyAlgorithm = primary.algorithm;
  binding.hashAlgorithm = enums.hash.sha512;
  binding.keyFlags = new Uint8Array([enums.keyFlags.signData]);
  // The library's types know only document signatures; for a binding `sign` takes the two keys, and its settings.
  const binder: unknown = binding;
  const { sign: bind } = binder as { readonly sign: BindingSign };
  await bind.call(binding, primary, { key: primary, bind: adopted }, new Date(at * 1000), false, {
    ...config,
    ...CONFIG,
  });
  const packets = new PacketList();
  packets.push(...victim.certificate.toPacketList(), adopted, binding);
  return packets.write();
}

export interface StatementFields {
  readonly package: string;
  readonly seq: number;
  readonly previous: string | undefined;
  readonly at: number;
  readonly keys: readonly TwinKey[];
  readonly removed: readonly TwinKey[];
  readonly reason: string;
}

/** A statement as `docs/handover.md` has it: the whole new state. */
export function statementText({ package: name, seq, previous, at, keys, removed, reason }: StatementFields): string {
  return [
    "tofu-handover 1",
    `package ${name}`,
    `seq ${seq}`,
    `prev ${previous === undefined ? "none" : `sha256:${previous}`}`,
    `issued ${new Date(at * 1000).toISOString().slice(0, 19)}Z`,
    ...keys.map((key) => `key openpgp:${key.primary} release,handover`),
    "threshold handover 1",
    "threshold release 1",
    ...removed.map((key) => `remove openpgp:${key.primary} superseded`),
    `reason ${reason}`,
    "end",
    "",
  ].join("\n");
}

/** @returns bytes that are always the same for a name: about 2 kB. */
export function bytesOf(name: string): Buffer {
  return Buffer.concat(
    Array.from({ length: 64 }, (_, index) => createHash("sha256").update(`${name} ${index}`).digest()),
  );
}

export function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}
