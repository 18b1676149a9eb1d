import type { Event, SignedStatement } from "../core/event.ts";
import type { Fingerprint } from "../core/fingerprint.ts";
import type { ChainLink } from "../core/handover-chain.ts";
import type { PackageName } from "../core/package-name.ts";
import { currentState, type ImportedHistory, type KnownArtifact, type Pin, type PinnedSigner } from "../core/pin.ts";
import type { Sha256 } from "../core/sha256.ts";
import { fingerprintOf, type SignerId } from "../core/signer.ts";
import { asciiBytes } from "../core/statement-text.ts";
import type { UnixMs } from "../core/time.ts";
import { sorted } from "./order.ts";
import type {
  ArtifactRow,
  PackageRows,
  PolicyRow,
  RowBasis,
  RowStanding,
  SignerRow,
  StatementRow,
} from "./pin-file.ts";
import { readStatementRow } from "./statements.ts";
import { readBasis } from "./values.ts";

/** One package's journal, and the stored signature blocks of its statements ({@link blocksNeeded}). */
export interface JournalledPackage {
  readonly name: PackageName;
  readonly events: readonly Event[];
  /** The fold of these events alone: what the whole machine distrusts stands apart, see {@link distrustedRows}. */
  readonly pin: Pin;
  readonly blocks: ReadonlyMap<Sha256, Uint8Array>;
  /** Statements with their blocks that the machine's own files have, by the statement's digest. */
  readonly below?: ReadonlyMap<Sha256, Uint8Array> | undefined;
}

export interface ExportedPackage {
  /** `undefined` where there is nothing to tell: no signer was ever recorded, or the pin was forgotten. */
  readonly rows: PackageRows | undefined;
  /**
   * Why a pin that has a chain travels without it: it joined the chain in the middle, so that there is no way back to
   * the first statement, or the signature blocks of a statement are gone.
   */
  readonly chainLeftOut: "joined" | "blocks-missing" | undefined;
}

/**
 * What a pin becomes in a pin file: a function of the journal, so that the same journal gives the same rows. Statements
 * that are not in force yet stay here, since every machine waits for itself; so do refusals, files accepted once,
 * reasons and settings other than thresholds, which are local decisions.
 */
export function pinToRows(source: JournalledPackage): ExportedPackage {
  const { name, pin } = source;
  const seeded = new Set(pin.imports.filter(({ verdict }) => verdict === "imported").map(({ file }) => file));
  const signers = [
    ...[...pin.signers.values()].flatMap((signer) => signerRow(signer, source.events) ?? []),
    ...opinionRows(pin, seeded),
  ];
  if (signers.length === 0) return { rows: undefined, chainLeftOut: undefined };
  const { statements, leftOut } = statementRows(source);
  const head = statements.length === 0 ? undefined : pin.chain.links.at(-1);
  const rows: PackageRows = {
    name,
    signers,
    policy: policyRow(pin),
    chain: head === undefined ? undefined : { seq: head.statement.seq, head: head.sha256 },
    statements,
    artifacts: [...pin.artifacts.values(), ...hearsay(pin, seeded)].map(artifactRow),
  };
  return { rows, chainLeftOut: leftOut };
}

/** @returns the digests of the stored objects that {@link pinToRows} wants in `blocks`. */
export function blocksNeeded({ pin, events }: Pick<JournalledPackage, "pin" | "events">): readonly Sha256[] {
  const signed = signedStatements(events);
  return travelling(pin).flatMap(({ sha256 }) => signed.get(sha256)?.blocks ?? []);
}

/** @param events - the journal of the whole machine, `*`. @returns whom it distrusts everywhere. */
export function distrustedRows(events: readonly Event[]): readonly SignerRow[] {
  const rows = new Map<SignerId, SignerRow>();
  const add = (signer: SignerId, since: UnixMs | undefined): void => {
    rows.set(signer, { ...NO_HISTORY, signer, standing: { kind: "distrusted", since } });
  };
  for (const { body } of events) {
    if (body.kind === "distrust") add(body.key, body.since);
    else if (body.kind === "import") for (const row of body.rows) add(row.key, row.since);
  }
  return sorted([...rows.values()], ({ signer }) => signer);
}

/**
 * @returns whose certificates a machine needs that verifies these packages offline: of all their signers, and of those
 * who signed, or were named in, their statements.
 */
export function certificatesNeeded(packages: readonly PackageRows[]): readonly Fingerprint[] {
  const needed = new Set<Fingerprint>();
  const add = (signer: SignerId): void => {
    const primary = fingerprintOf(signer);
    if (primary !== undefined) needed.add(primary);
  };
  for (const { signers, statements } of packages) {
    for (const { signer } of signers) add(signer);
    for (const { statement } of statements) {
      for (const { signer } of [...statement.keys, ...statement.removed]) add(signer);
      statement.recovery.forEach(add);
    }
  }
  return [...needed].sort();
}

/** What the file that the pin came from says against others travels on with it, word for word: it is no less known. */
function opinionRows({ opinions, signers }: Pin, seeded: ReadonlySet<Sha256>): readonly SignerRow[] {
  const rows = new Map<SignerId, SignerRow>();
  for (const { row, file } of opinions) {
    if (!seeded.has(file) || signers.has(row.key)) continue;
    const { key: signer, hard = false, since, state } = row;
    const standing = state === "revoked" ? { kind: state, hard, since } : ({ kind: "distrusted", since } as const);
    const history = historyOf(row);
    rows.set(signer, { ...NO_HISTORY, ...history, signer, standing, roles: new Set(row.roles) });
  }
  return [...rows.values()];
}

function hearsay({ hearsay: told, artifacts }: Pin, seeded: ReadonlySet<Sha256>): readonly KnownArtifact[] {
  return [...told]
    .filter(([key, { imported }]) => imported !== undefined && seeded.has(imported.file) && !artifacts.has(key))
    .map(([, known]) => known);
}

function artifactRow({ version, name, sha256, signedDigest, firstSeen, imported }: KnownArtifact): ArtifactRow {
  const first = imported === undefined ? firstSeen : imported.first;
  return { version, name, sha256, unpacked: signedDigest, first };
}

const NO_HISTORY: Omit<SignerRow, "signer" | "standing"> = {
  roles: new Set(),
  basis: undefined,
  first: undefined,
  last: undefined,
  releases: undefined,
  days: undefined,
  until: undefined,
  extras: [],
};

function signerRow(signer: PinnedSigner, events: readonly Event[]): SignerRow | undefined {
  const standing = standingOf(signer, events);
  if (standing === undefined) return undefined;
  // Distrusted without ever having been pinned: what the fold notes as its origin is the distrust itself.
  const isStranger = signer.state === "distrusted" && signer.roles.size === 0;
  const { imported } = signer;
  const there = imported === undefined ? NO_HISTORY : historyOf(imported);
  const seen = signer.firstSeen !== undefined;
  return {
    signer: signer.signer,
    standing,
    roles: signer.roles,
    basis: signer.basis.kind === "import" ? there.basis : isStranger ? undefined : basisOf(signer.basis),
    first: least(signer.firstSeen, there.first),
    last: most(signer.lastSeen, there.last),
    releases: most(seen ? signer.releases.size : undefined, there.releases),
    days: most(seen ? signer.days : undefined, there.days),
    until: signer.state === "active" ? signer.until : undefined,
    extras: there.extras,
  };
}

type Partly<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** What a pin file told of a signer, as a pin file tells it. */
function historyOf({
  basis,
  first,
  last,
  releases,
  days,
  extras = [],
}: Partly<ImportedHistory>): Pick<SignerRow, "basis" | "first" | "last" | "releases" | "days" | "extras"> {
  return {
    basis: basis === undefined ? undefined : readBasis(basis),
    first,
    last,
    releases,
    days,
    extras: extras.map((pair) => {
      const equals = pair.indexOf("=");
      return { name: pair.slice(0, equals), value: pair.slice(equals + 1) };
    }),
  };
}

function least<T extends number>(a: T | undefined, b: T | undefined): T | undefined {
  return a === undefined || (b !== undefined && b < a) ? b : a;
}

function most<T extends number>(a: T | undefined, b: T | undefined): T | undefined {
  return a === undefined || (b !== undefined && b > a) ? b : a;
}

function standingOf(signer: PinnedSigner, events: readonly Event[]): RowStanding | undefined {
  switch (signer.state) {
    case "active":
    case "frozen":
    case "contested":
      return { kind: signer.state };
    case "retired":
      return { kind: "retired", cutoff: signer.retirement?.cutoff, reason: signer.retirement?.reason };
    case "revoked":
      return { kind: "revoked", hard: true, since: signer.revocation?.since };
    case "distrusted":
      return { kind: "distrusted", since: distrustedSince(signer.signer, events) };
    case "pending":
      return undefined;
  }
}

function distrustedSince(signer: SignerId, events: readonly Event[]): UnixMs | undefined {
  let since: UnixMs | undefined;
  for (const { body } of events) {
    if (body.kind === "distrust" && body.key === signer) since = body.since;
    if (body.kind !== "import") continue;
    const row = body.rows.find(
      ({ key, effect, state }) => key === signer && effect === "stops" && state === "distrusted",
    );
    if (row !== undefined) since = row.since;
  }
  return since;
}

function basisOf(basis: Exclude<PinnedSigner["basis"], { readonly kind: "import" }>): RowBasis {
  return basis.kind === "handover" ? { kind: "handover", seq: basis.seq } : { kind: basis.kind };
}

/** Only what somebody set: an implied threshold written down would hold where it is no longer implied. */
function policyRow(pin: Pin): PolicyRow | undefined {
  const chain = pin.chain.links.length === 0 ? undefined : currentState(pin).threshold;
  const { importedThreshold: imported, requirement } = pin;
  const release = most(most(chain?.release, requirement.releaseThreshold), imported?.release);
  const handover = most(chain?.handover, imported?.handover);
  return release === undefined && handover === undefined ? undefined : { release, handover };
}

function statementRows({ name, pin, events, blocks, below }: JournalledPackage): {
  readonly statements: readonly StatementRow[];
  readonly leftOut: ExportedPackage["chainLeftOut"];
} {
  const [first] = pin.chain.links;
  if (first === undefined) return { statements: [], leftOut: undefined };
  if (first.statement.previous !== undefined) return { statements: [], leftOut: "joined" };
  const signed = signedStatements(events);
  const inForce = new Set(pin.chain.links.map(({ sha256 }) => sha256));
  const statements: StatementRow[] = [];
  for (const { sha256, statement } of travelling(pin)) {
    const bytes = wholeStatement(signed.get(sha256), blocks) ?? below?.get(sha256);
    if (bytes !== undefined) statements.push(readStatementRow(name, statement.seq, bytes));
    else if (inForce.has(sha256)) return { statements: [], leftOut: "blocks-missing" };
  }
  return { statements, leftOut: undefined };
}

/** The chain in force and, as evidence, the competitors whose place in it is still there (rules.md, 4.6). */
function travelling({ chain }: Pin): readonly ChainLink[] {
  const places = new Set<Sha256 | undefined>([undefined, ...chain.links.map(({ sha256 }) => sha256)]);
  const beside = chain.competitors
    .map(({ link }) => link)
    .filter(({ sha256, statement }) => places.has(statement.previous) && !places.has(sha256));
  return [...new Map([...chain.links, ...beside].map((link) => [link.sha256, link])).values()];
}

function signedStatements(events: readonly Event[]): ReadonlyMap<Sha256, SignedStatement> {
  const signed = new Map<Sha256, SignedStatement>();
  for (const { body } of events) {
    if (body.kind === "handover" || body.kind === "handover-contest") signed.set(body.statement.sha256, body.statement);
  }
  return signed;
}

function wholeStatement(
  signed: SignedStatement | undefined,
  blocks: ReadonlyMap<Sha256, Uint8Array>,
): Uint8Array | undefined {
  const stored = signed?.blocks === undefined ? undefined : blocks.get(signed.blocks);
  return signed === undefined || stored === undefined
    ? undefined
    : new Uint8Array(Buffer.concat([asciiBytes(signed.text), stored]));
}
