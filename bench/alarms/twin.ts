import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { addressesIn, type RealRelease } from "./corpus.ts";
import { DAY, type Delivery, type MadeBy } from "./delivery.ts";
import { bytesOf, makeKey, sha256, signFile, signStatement, statementText, type TwinKey } from "./maker.ts";

/** A delivery of the twin, with the statements that a method may be given beside it. */
export interface TwinRelease extends Delivery {
  readonly class: string;
  readonly keys: readonly TwinKey[];
  readonly bytes: Buffer;
  /** Chain files: with a statement for each change that the project announced, and with one for every change. */
  readonly chains: { readonly announced: string | undefined; readonly every: string | undefined };
  /** Who may release by the newest statement of each sort, and who was removed by one. */
  readonly retired: readonly TwinKey[];
}

export interface Twin {
  readonly series: ReadonlyMap<string, readonly TwinRelease[]>;
  /** Of every signer. */
  readonly keys: readonly TwinKey[];
}

const YEARS = 3 * 365 * DAY;

/**
 * Builds the twin of a corpus: the secret keys of real projects are not ours, so every signer gets a key of our own, made
 * before its first release, that signs with its primary or its subkey where the real one did, at the real times. Two keys
 * of which the real keyrings claim the same mail address claim one here, too: gpg's model rests on that. Algorithms are
 * all of today, no certificate expires, and files are 2 kB of fixed bytes.
 */
export async function buildTwin(real: ReadonlyMap<string, readonly RealRelease[]>, folder: string): Promise<Twin> {
  const addresses = twinAddresses([...real.values()].flat());
  const keys = new Map<string, TwinKey>();
  const born = bornAt([...real.values()].flat());
  for (const [primary, at] of born)
    keys.set(
      primary,
      await makeKey(
        `Signer ${keys.size + 1}`,
        addresses.get(primary) ?? `${primary.toLowerCase()}@twin.example`,
        at - YEARS,
      ),
    );
  const series = new Map<string, readonly TwinRelease[]>();
  for (const [name, releases] of real) series.set(name, await twinSeries(name, releases, { keys, folder }));
  return { series, keys: [...keys.values()] };
}

/** @returns the certificates as one key file. */
export function keyringOf(keys: readonly TwinKey[]): Buffer {
  return Buffer.concat(keys.map(({ certificate }) => certificate.write()));
}

function bornAt(releases: readonly RealRelease[]): ReadonlyMap<string, number> {
  const born = new Map<string, number>();
  for (const { signers, signedAt } of releases)
    for (const { primary } of signers) born.set(primary, Math.min(signedAt, born.get(primary) ?? signedAt));
  return born;
}

/** Keys that share an address in a real keyring share one here. */
function twinAddresses(releases: readonly RealRelease[]): ReadonlyMap<string, string> {
  const groups = new Map<string, string>();
  const result = new Map<string, string>();
  for (const keyring of new Set(releases.map((release) => release.keyring))) {
    for (const [primary, claimed] of addressesIn(keyring)) {
      const known = claimed.map((address) => groups.get(address)).find((group) => group !== undefined);
      const group = result.get(primary) ?? known ?? `signer${groups.size + 1}@twin.example`;
      for (const address of claimed) groups.set(address, group);
      result.set(primary, group);
    }
  }
  return result;
}

interface Place {
  readonly keys: ReadonlyMap<string, TwinKey>;
  readonly folder: string;
}

async function twinSeries(
  name: string,
  releases: readonly RealRelease[],
  { keys, folder }: Place,
): Promise<readonly TwinRelease[]> {
  const home = join(folder, name);
  mkdirSync(home, { recursive: true });
  const chains = { announced: newChain(name), every: newChain(name) };
  const twins: TwinRelease[] = [];
  for (const [index, release] of releases.entries()) {
    const later = releases.slice(index);
    const change = changeAt(releases, index);
    if (change !== undefined) {
      const stays = (primary: string): boolean =>
        later.some(({ signers }) => signers.some((one) => one.primary === primary));
      const said = {
        before: change.before.flatMap((primary) => keys.get(primary) ?? []),
        gone: change.before.filter((primary) => !stays(primary)).flatMap((primary) => keys.get(primary) ?? []),
        added: change.added.flatMap((primary) => keys.get(primary) ?? []),
        at: release.signedAt,
      };
      if (release.class === "new-key-announced") await chains.announced.add(said);
      await chains.every.add(said);
    }
    const bytes = bytesOf(`${name} ${release.version}`);
    const path = join(home, `${name}-${release.version}.tar.gz`);
    writeFileSync(path, bytes);
    const signed = [...new Set(release.signers.flatMap(({ primary }) => keys.get(primary) ?? []))];
    writeFileSync(`${path}.keys`, keyringOf(signed));
    writeFileSync(`${path}.sig`, Buffer.concat(await signAll(bytes, release, keys)));
    twins.push({
      series: name,
      version: release.version,
      at: release.at,
      path,
      signature: `${path}.sig`,
      keyring: `${path}.keys`,
      chain: undefined,
      signers: release.signers.flatMap((one) => twinSigner(one, keys)),
      class: release.class,
      keys: signed,
      bytes,
      chains: { announced: chains.announced.write(path, "announced"), every: chains.every.write(path, "every") },
      retired: goneBefore(releases, index).flatMap((primary) => keys.get(primary) ?? []),
    });
  }
  return twins;
}

/** A change of signers: nobody who signed before signs this one. */
function changeAt(
  releases: readonly RealRelease[],
  index: number,
): { readonly before: readonly string[]; readonly added: readonly string[] } | undefined {
  const before = new Set(releases.slice(0, index).flatMap(({ signers }) => signers.map(({ primary }) => primary)));
  const now = [...new Set(releases[index]?.signers.map(({ primary }) => primary))];
  if (before.size === 0 || now.some((primary) => before.has(primary))) return undefined;
  return { before: [...before], added: now };
}

/** Signers of earlier releases who sign neither this one nor a later one, with a change of signers in between. */
function goneBefore(releases: readonly RealRelease[], index: number): readonly string[] {
  const changed = releases.slice(0, index + 1).findLastIndex((_, at) => changeAt(releases, at) !== undefined);
  if (changed < 0) return [];
  const later = new Set(releases.slice(changed).flatMap(({ signers }) => signers.map(({ primary }) => primary)));
  const before = releases.slice(0, changed).flatMap(({ signers }) => signers.map(({ primary }) => primary));
  return [...new Set(before)].filter((primary) => !later.has(primary));
}

function twinSigner({ primary, signingKey }: MadeBy, keys: ReadonlyMap<string, TwinKey>): readonly MadeBy[] {
  const key = keys.get(primary);
  return key === undefined
    ? []
    : [{ primary: key.primary, signingKey: signingKey === primary ? key.primary : key.subkey }];
}

async function signAll(
  bytes: Buffer,
  { signers, signedAt }: RealRelease,
  keys: ReadonlyMap<string, TwinKey>,
): Promise<readonly Uint8Array[]> {
  const signatures: Uint8Array[] = [];
  for (const { primary, signingKey } of signers) {
    const key = keys.get(primary);
    if (key !== undefined)
      signatures.push(await signFile(bytes, key, signingKey === primary ? "primary" : "subkey", signedAt));
  }
  return signatures;
}

interface Said {
  readonly before: readonly TwinKey[];
  readonly gone: readonly TwinKey[];
  readonly added: readonly TwinKey[];
  readonly at: number;
}

interface ChainMaker {
  readonly add: (said: Said) => Promise<void>;
  /** @returns the chain file beside this artifact, `undefined` where nothing was said yet. */
  readonly write: (path: string, suffix: string) => string | undefined;
}

/** The project's side: who stays, who comes, signed by everybody who was there and everybody who comes. */
function newChain(name: string): ChainMaker {
  let text = "";
  let seq = 0;
  let previous: string | undefined;
  return {
    add: async ({ before, gone, added, at }) => {
      seq += 1;
      const keys = [...before.filter((key) => !gone.includes(key)), ...added];
      const statement = statementText({
        package: `pkg:generic/${name}`,
        seq,
        previous,
        at,
        keys,
        removed: gone,
        reason: "as it happened",
      });
      const blocks: string[] = [];
      for (const key of [...before, ...added]) blocks.push(await signStatement(statement, key, at));
      text += statement + blocks.join("");
      previous = sha256(statement);
    },
    write: (path, suffix) => {
      if (text === "") return undefined;
      writeFileSync(`${path}.${suffix}.handovers`, text);
      return `${path}.${suffix}.handovers`;
    },
  };
}
