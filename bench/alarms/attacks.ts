import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DAY, type Delivery } from "./delivery.ts";
import { adopt, bytesOf, makeKey, signFile, signStatement, statementText, type TwinKey } from "./maker.ts";
import { keyringOf, type TwinRelease } from "./twin.ts";

/** Where an attack sets in: right after a genuine release has arrived. */
export interface Scene {
  readonly release: TwinRelease;
  /** Signers of other packages that have arrived by now and never signed this one. */
  readonly others: readonly TwinKey[];
  readonly folder: string;
}

/** What an attacker delivers; `undefined` where the attack has nothing to work with. */
export type Attack = (scene: Scene) => Promise<AttackDelivery | undefined>;

/** With the statements that he lays beside it, for methods that read them. */
export type AttackDelivery = Delivery & { readonly chains: TwinRelease["chains"] };

export const ATTACKS: ReadonlyMap<string, Attack> = new Map<string, Attack>([
  [
    "stranger's key, a name of its own",
    async (scene) => signedBy(scene, await stranger(scene, "eve@elsewhere.example")),
  ],
  ["stranger's key, the signer's own name", async (scene) => signedBy(scene, await stranger(scene, addressOf(scene)))],
  ["key pinned for another package", async (scene) => maybe(scene.others[0], (key) => signedBy(scene, key))],
  ["retired key", async (scene) => maybe(scene.release.retired[0], (key) => signedBy(scene, key))],
  ["adopted subkey", adoptedSubkey],
  ["replayed statement", replayedStatement],
  ["forked statement", forkedStatement],
  ["altered file", alteredFile],
  ["removed signature", removedSignature],
  ["replaced release", replacedRelease],
]);

const YEARS = 2 * 365 * DAY;

async function maybe(
  key: TwinKey | undefined,
  attack: (key: TwinKey) => Promise<AttackDelivery>,
): Promise<AttackDelivery | undefined> {
  return key === undefined ? undefined : await attack(key);
}

function stranger({ release }: Scene, address: string): Promise<TwinKey> {
  return makeKey("Signer", address, release.at - YEARS);
}

function addressOf({ release }: Scene): string {
  const name = release.keys[0]?.certificate.getUserIDs()[0] ?? "";
  return /<([^>]+)>/.exec(name)?.[1] ?? "eve@elsewhere.example";
}

/** A new version that the project never made, signed well by whoever the attacker is. */
async function signedBy(scene: Scene, key: TwinKey, keyring: Uint8Array = keyringOf([key])): Promise<AttackDelivery> {
  const bytes = bytesOf(`attack on ${scene.release.series} ${scene.release.version}`);
  const signature = await signFile(bytes, key, "primary", scene.release.at);
  return deliver(scene, {
    version: `${scene.release.version}.1`,
    bytes,
    signature,
    keyring,
    signers: [{ primary: key.primary, signingKey: key.primary }],
  });
}

async function adoptedSubkey(scene: Scene): Promise<AttackDelivery | undefined> {
  const victim = scene.release.keys[0];
  if (victim === undefined) return undefined;
  const key = await stranger(scene, "eve@elsewhere.example");
  const bytes = bytesOf(`attack on ${scene.release.series} ${scene.release.version}`);
  return deliver(scene, {
    version: `${scene.release.version}.1`,
    bytes,
    signature: await signFile(bytes, key, "subkey", scene.release.at),
    keyring: await adopt(victim, key, scene.release.at),
    // gpg takes no signing subkey that does not prove where it belongs, so neither does a script around it.
    signers: [],
  });
}

/** The signers once handed another package of theirs to the attacker: that genuine statement is offered for this one. */
async function replayedStatement(scene: Scene): Promise<AttackDelivery> {
  const { release } = scene;
  const key = await stranger(scene, "eve@elsewhere.example");
  const statement = statementText({
    package: `pkg:generic/${release.series}-extras`,
    seq: 1,
    previous: undefined,
    at: release.at,
    keys: [key],
    removed: release.keys,
    reason: "the extras go to Eve",
  });
  return await withStatement(scene, key, statement, [...release.keys, key]);
}

/** Signers whom a statement removed sign a second one at its place, for the attacker. */
async function forkedStatement(scene: Scene): Promise<AttackDelivery | undefined> {
  const { release } = scene;
  if (release.retired.length === 0) return undefined;
  const key = await stranger(scene, "eve@elsewhere.example");
  const statement = statementText({
    package: `pkg:generic/${release.series}`,
    seq: 1,
    previous: undefined,
    at: release.at,
    keys: [key],
    removed: release.retired,
    reason: "a second first statement",
  });
  return await withStatement(scene, key, statement, [...release.retired, key]);
}

async function withStatement(
  scene: Scene,
  key: TwinKey,
  statement: string,
  signers: readonly TwinKey[],
): Promise<AttackDelivery> {
  const blocks: string[] = [];
  for (const signer of signers) blocks.push(await signStatement(statement, signer, scene.release.at));
  const delivery = await signedBy(scene, key, keyringOf(signers));
  const chain = join(scene.folder, "TOFU-HANDOVERS");
  writeFileSync(chain, statement + blocks.join(""));
  return { ...delivery, chain };
}

async function alteredFile(scene: Scene): Promise<AttackDelivery> {
  const { release } = scene;
  const bytes = Buffer.from(release.bytes);
  bytes.writeUInt8(bytes.readUInt8(100) ^ 1, 100);
  const signature = release.signature === undefined ? undefined : readFileSync(release.signature);
  return deliver(scene, { version: release.version, bytes, signature, keyring: keyringOf(release.keys), signers: [] });
}

async function removedSignature(scene: Scene): Promise<AttackDelivery> {
  const { release } = scene;
  const bytes = bytesOf(`attack on ${release.series} ${release.version}`);
  const version = `${release.version}.1`;
  return deliver(scene, { version, bytes, signature: undefined, keyring: keyringOf(release.keys), signers: [] });
}

/** The same name and version with other bytes, and the genuine signer's signature on them. */
async function replacedRelease(scene: Scene): Promise<AttackDelivery | undefined> {
  const { release } = scene;
  const [key] = release.keys;
  const [made] = release.signers;
  if (key === undefined || made === undefined) return undefined;
  const bytes = bytesOf(`${release.series} ${release.version}, replaced`);
  const by = made.signingKey === key.primary ? "primary" : "subkey";
  return deliver(scene, {
    version: release.version,
    bytes,
    signature: await signFile(bytes, key, by, release.at),
    keyring: keyringOf([key]),
    signers: [made],
  });
}

interface Made {
  readonly version: string;
  readonly bytes: Uint8Array;
  readonly signature: Uint8Array | undefined;
  readonly keyring: Uint8Array;
  readonly signers: Delivery["signers"];
}

/** The genuine statements lie beside it as they do beside every release, unless the attacker lays his own there. */
function deliver({ release, folder }: Scene, { version, bytes, signature, keyring, signers }: Made): AttackDelivery {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${release.series}-${version}.tar.gz`);
  writeFileSync(path, bytes);
  if (signature !== undefined) writeFileSync(`${path}.sig`, signature);
  writeFileSync(`${path}.keys`, keyring);
  return {
    series: release.series,
    version,
    at: release.at + DAY,
    path,
    signature: signature === undefined ? undefined : `${path}.sig`,
    keyring: `${path}.keys`,
    chain: undefined,
    signers,
    chains: release.chains,
  };
}
