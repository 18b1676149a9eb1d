import { findCertificates } from "../certificates/certificate-file.ts";
import { type MergedCertificate, mergeWithStored } from "../certificates/facts.ts";
import { type ChainJudgement, extend, judgeChain } from "../core/arrival.ts";
import type { EventBody } from "../core/event.ts";
import type { ImportJudgement } from "../core/import.ts";
import { planImport } from "../core/import-plan.ts";
import type { OfferedStatement } from "../core/offer.ts";
import type { PackageName } from "../core/package-name.ts";
import type { Pin } from "../core/pin.ts";
import { certificateStateEvents } from "../core/recording.ts";
import { fingerprintOf, type SignerId } from "../core/signer.ts";
import type { UnixMs } from "../core/time.ts";
import type { Append } from "../journal/journal.ts";
import type { PackageRows } from "../pinfile/pin-file.ts";
import { chainFilesOf } from "../pinfile/statements.ts";
import { distinctCertificates, gatherOffered, keptWith, NOTHING_OFFERED, type OfferedHere } from "./chains.ts";
import type { ReadPinFile } from "./import-file.ts";
import type { LoadedPin, TofuWorld } from "./world.ts";

/** One package of a file, judged against what is known here, with what is to be written. */
export interface PlannedPackage {
  readonly name: PackageName;
  readonly judgement: ImportJudgement;
  readonly append: Append | undefined;
  /** What became of its statements, where it has some that do not hold. */
  readonly chainDetail: string | undefined;
  readonly before: Pin;
}

export interface Planning {
  readonly read: ReadPinFile;
  readonly prefer: "local" | "imported";
  /** The file's certificates, merged with those stored here, as they are asked for. */
  readonly certificates: FileCertificates;
  readonly gnupgHome: string | undefined;
}

/** Plans one package: statements first, then who signs, then what the certificates say. */
export async function planPackage(
  world: TofuWorld,
  rows: PackageRows,
  loaded: LoadedPin,
  { read, prefer, certificates, gnupgHome }: Planning,
): Promise<PlannedPackage> {
  const { name } = rows;
  const { pin, now } = loaded;
  const offered =
    rows.chain === undefined
      ? NOTHING_OFFERED
      : await offeredBy(world, rows, loaded, { certificates, read, gnupgHome });
  const chain = rows.chain === undefined ? undefined : follow(name, loaded, offered.chain.offers);
  const merged = certificates.size === 0 ? [] : await certificates.of(rows, now);
  const question = {
    pin,
    after: chain?.pin,
    imported: rows,
    trust: read.trust,
    chainHolds: chain?.pin.chain.links.some(({ sha256 }) => sha256 === rows.chain?.head) === true,
    provenRevocations: revokedBy(merged),
    prefer,
  };
  const { judgement, events } = planImport(question, read, chain?.events ?? []);
  const after = merged.length === 0 ? pin : extend(pin, name, events, now);
  const news = merged.flatMap(({ state }) => certificateNews(after, state, now));
  const all = [...events, ...news];
  const chainDetail = question.chainHolds || chain === undefined ? undefined : detailOf(chain);
  if (all.length === 0) return { name, judgement, append: undefined, chainDetail, before: pin };
  const kept = chain === undefined ? { certificates: [], objects: [] } : keptWith(events, chain, offered);
  const isTaken = judgement.verdict === "imported" || judgement.verdict === "handover-applied";
  const wanted = merged.filter(({ state }) => state.changed && (isTaken || after.signers.has(state.signer)));
  return {
    name,
    judgement,
    append: {
      name,
      expectedVersion: pin.version,
      events: all,
      at: world.now(),
      actor: `import:${read.file}`,
      certificates: distinctCertificates([...kept.certificates, ...wanted.map(({ gathered }) => gathered)]),
      objects: kept.objects,
    },
    chainDetail,
    before: pin,
  };
}

/**
 * Follows a file's statements. Where the package is unknown here the file is all there is to go by: that the wait of a
 * recovery is over is its word too, and no more than if it named the signers alone. A second statement at a taken place
 * is evidence, and is judged when the rest is in force.
 */
function follow(name: PackageName, { pin, now }: LoadedPin, offers: readonly OfferedStatement[]): ChainJudgement {
  if (pin.exists) return judgeChain(name, pin, offers, now);
  let all: ChainJudgement = { statements: [], events: [], pin, moved: [] };
  for (const offer of offers) {
    const one = judgeChain(name, all.pin, [offer], now);
    const { pending } = one.pin.chain;
    const ended: readonly EventBody[] =
      pending === undefined || pending.why !== "recovery"
        ? []
        : [
            {
              kind: "handover-active",
              sha256: pending.link.sha256,
              by: "user",
              reason: "the pin file has it in force",
            },
          ];
    all = {
      statements: [...all.statements, ...one.statements],
      events: [...all.events, ...one.events, ...ended],
      pin: extend(one.pin, name, ended, now),
      moved: [...all.moved, ...one.moved],
    };
  }
  return all;
}

async function offeredBy(
  world: TofuWorld,
  rows: PackageRows,
  loaded: LoadedPin,
  { certificates, read, gnupgHome }: Pick<Planning, "certificates" | "read" | "gnupgHome">,
): Promise<OfferedHere> {
  const keys = certificates.bytesFor(rows);
  const found = chainFilesOf(rows).map((bytes) => ({ bytes, place: read.label, keyFiles: [], keys }));
  if (loaded.pin.exists) return await gatherOffered(world, rows.name, loaded, { found, keys: { keys: [], gnupgHome } });
  // The way to the file's head comes first, whatever is longer.
  const all: OfferedHere[] = [];
  for (const one of found)
    all.push(await gatherOffered(world, rows.name, loaded, { found: [one], keys: { keys: [], gnupgHome } }));
  return {
    ...NOTHING_OFFERED,
    chain: { offers: all.flatMap(({ chain }) => chain.offers), isCut: false },
    states: all.flatMap(({ states }) => states),
    certificates: all.flatMap(({ certificates }) => certificates),
    objects: all.flatMap(({ objects }) => objects),
  };
}

/** A certificate with nothing but its primary key is no news of anybody. */
function certificateNews(pin: Pin, state: MergedCertificate["state"], now: UnixMs): readonly EventBody[] {
  const { subkeys, revocations } = state;
  return subkeys.length + revocations.length === 0 ? [] : certificateStateEvents(pin, state, now);
}

function revokedBy(merged: readonly MergedCertificate[]): ReadonlySet<SignerId> {
  return new Set(merged.filter(({ state }) => state.revocations.length > 0).map(({ state }) => state.signer));
}

const HOLDS: ReadonlySet<string> = new Set(["handover-applied", "handover-recovered", "handover-known", "first-use"]);

/** The first statement that does not hold, in words. */
function detailOf({ statements }: ChainJudgement): string | undefined {
  const bad = statements.find(({ judgement }) => !HOLDS.has(judgement.verdict));
  return bad === undefined ? undefined : `${bad.judgement.verdict} ${bad.judgement.detail ?? ""}`.trim();
}

/** Signers of a package, and everybody whom its statements name: evidence needs their certificates too. */
function namedIn({ signers, statements }: PackageRows): ReadonlySet<SignerId> {
  const named = new Set(signers.map(({ signer }) => signer));
  for (const { statement } of statements) {
    for (const { signer } of [...statement.keys, ...statement.removed]) named.add(signer);
    for (const signer of statement.recovery) named.add(signer);
  }
  return named;
}

/**
 * Plans a package that nothing is known of here, and of which the file has neither statements nor certificates. Most
 * lines of a large file are such: their plan is made again when it is wanted, instead of a hundred thousand kept.
 */
export function planPlain(
  rows: PackageRows,
  read: ReadPinFile,
  { unknown, at }: { readonly unknown: Pin; readonly at: UnixMs },
): PlannedPackage {
  const { judgement, events } = planImport(
    {
      pin: unknown,
      imported: rows,
      trust: read.trust,
      chainHolds: false,
      provenRevocations: NOBODY,
      prefer: "local",
    },
    read,
  );
  const { name } = rows;
  return {
    name,
    judgement,
    append: { name, expectedVersion: 0, events, at, actor: `import:${read.file}`, certificates: [], objects: [] },
    chainDetail: undefined,
    before: unknown,
  };
}

const NOBODY: ReadonlySet<never> = new Set();

/** The certificates of one file, each parsed and merged when it is first asked for. */
export class FileCertificates {
  readonly #bytes: ReadonlyMap<SignerId, Uint8Array>;
  readonly #merged = new Map<SignerId, Promise<MergedCertificate | undefined>>();
  readonly #world: TofuWorld;

  constructor(world: TofuWorld, { pins }: Pick<ReadPinFile, "pins">) {
    this.#world = world;
    this.#bytes = new Map(pins.certificates.map(({ signer, bytes }) => [signer, bytes]));
  }

  get size(): number {
    return this.#bytes.size;
  }

  /** @returns whether it has a certificate of anybody whom a package names. */
  has(rows: PackageRows): boolean {
    return this.#bytes.size > 0 && [...namedIn(rows)].some((signer) => this.#bytes.has(signer));
  }

  /** @returns the certificates of everybody whom a package names; what is none, or another's, is nobody's. */
  async of(rows: PackageRows, now: UnixMs): Promise<readonly MergedCertificate[]> {
    const found: MergedCertificate[] = [];
    for (const signer of namedIn(rows)) {
      const merged = await this.#merge(signer, now);
      if (merged !== undefined) found.push(merged);
    }
    return found;
  }

  /** @returns the bytes of everybody who may have signed, or is named in, a package's statements. */
  bytesFor(rows: PackageRows): readonly Uint8Array[] {
    return [...namedIn(rows)].flatMap((signer) => this.#bytes.get(signer) ?? []);
  }

  #merge(signer: SignerId, now: UnixMs): Promise<MergedCertificate | undefined> {
    const known = this.#merged.get(signer);
    if (known !== undefined) return known;
    const made = this.#read(signer, now);
    this.#merged.set(signer, made);
    return made;
  }

  async #read(signer: SignerId, now: UnixMs): Promise<MergedCertificate | undefined> {
    const primary = fingerprintOf(signer);
    const bytes = this.#bytes.get(signer);
    if (primary === undefined || bytes === undefined) return undefined;
    const copies = findCertificates(bytes).certificates.filter((copy) => copy.primary === primary);
    if (copies.length === 0) return undefined;
    return await mergeWithStored(copies, await this.#world.journal.certificate(primary), now);
  }
}
