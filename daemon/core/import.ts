import type { ArtifactFileName, Version } from "./artifact-name.ts";
import type { ImportThreshold, ImportVerdict } from "./event-import.ts";
import { type ImportedSigner, type NewsOutcome, newsOf } from "./import-news.ts";
import type { PackageName } from "./package-name.ts";
import { artifactKey, type KnownArtifact, type Pin, type PinnedSigner, type Role } from "./pin.ts";
import type { Sha256 } from "./sha256.ts";
import type { SignerId } from "./signer.ts";
import type { Statement } from "./statement.ts";
import type { UnixMs } from "./time.ts";

/** What a pin file says of one package, as far as the rules look at it. */
export interface ImportedPackage {
  readonly name: PackageName;
  readonly signers: readonly ImportedSigner[];
  readonly policy: ImportThreshold | undefined;
  readonly chain: { readonly seq: number; readonly head: Sha256 } | undefined;
  readonly statements: readonly { readonly sha256: Sha256; readonly statement: Statement }[];
  readonly artifacts: readonly ImportedArtifact[];
}

export interface ImportedArtifact {
  readonly version: Version | undefined;
  readonly name: ArtifactFileName;
  readonly sha256: Sha256;
  readonly unpacked: Sha256 | undefined;
  readonly first: UnixMs | undefined;
}

/** Whose word a pin file is. `layer` and `configured` are trusted; a signature by anybody else counts as none. */
export type ImportTrust =
  | { readonly kind: "layer" }
  | { readonly kind: "configured"; readonly signer: SignerId }
  | { readonly kind: "stranger"; readonly signer: SignerId }
  | { readonly kind: "unsigned" };

export interface ImportQuestion {
  readonly pin: Pin;
  /** The pin with the file's statements in force: what they say already is no news. */
  readonly after?: Pin | undefined;
  readonly imported: ImportedPackage;
  readonly trust: ImportTrust;
  /** The imported chain was judged against the pin, and every statement that the pin lacks applied. */
  readonly chainHolds: boolean;
  /** Signers whose revocation, in a certificate of the file, verified. */
  readonly provenRevocations: ReadonlySet<SignerId>;
  /** `--prefer-imported`. */
  readonly prefer: "local" | "imported";
}

export interface ImportJudgement {
  readonly package: PackageName;
  readonly verdict: ImportVerdict;
  /** A second thing that is so: a conflict of signers does not hide that the bytes differ too. */
  readonly also: "artifact-changed" | "hash-differs-from-import" | undefined;
  readonly exit: 0 | 3 | 4 | 5;
  /** The row of rules.md, 3.7, that decided. */
  readonly row: "65" | "66" | "67" | "68" | "69" | "69a" | "70" | "71a" | "72";
  /** Signers to record as `imported`. */
  readonly install: readonly ImportedSigner[];
  /** Signers that the pin has and that retire, where the user prefers the file. */
  readonly replaced: readonly SignerId[];
  readonly news: NewsOutcome;
  /** Active signers that only one side has. */
  readonly differing: { readonly here: readonly SignerId[]; readonly there: readonly SignerId[] };
  /** Other bytes under a name and version known here, both kept. */
  readonly changed: readonly { readonly here: KnownArtifact; readonly there: ImportedArtifact }[];
  /** Until the user resolves it, the package's files answer `import-conflict` (row 69). */
  readonly holdsPackage: boolean;
  /** First sightings, digests and counts of the file serve like local ones (row 71a); else they are shown apart. */
  readonly historyCounts: boolean;
}

/** @returns whether somebody whom the user named stands behind the file. */
export function isTrusted(trust: ImportTrust): boolean {
  return trust.kind === "layer" || trust.kind === "configured";
}

/** Row 73: a file that nobody trusted signed is read only where a person pointed at it. */
export function mayBeRead(trust: ImportTrust, from: "path" | "stdin" | "elsewhere"): boolean {
  return isTrusted(trust) || from !== "elsewhere";
}

/** Judges what a pin file says of one package against what is known here (rules.md, rows 65 to 72). Changes nothing. */
export function judgeImport(question: ImportQuestion): ImportJudgement {
  const { pin, imported, trust } = question;
  const news = newsOf({
    pin: question.after ?? pin,
    signers: imported.signers,
    isTrusted: isTrusted(trust),
    provenRevocations: question.provenRevocations,
  });
  const { ruling, differing } = compare(question, news);
  const { verdict, exit, row, install = [], replaced = [], holdsPackage = false } = ruling;
  const changed = changedArtifacts(pin, imported);
  const base = {
    package: imported.name,
    verdict,
    also: undefined,
    exit,
    row,
    install,
    replaced,
    news,
    differing,
    changed,
    holdsPackage,
    historyCounts: isTrusted(trust),
  };
  if (changed.length === 0) return base;
  return isTrusted(trust) ? asSplitView(base) : asDifference(base);
}

type Ruling = Pick<ImportJudgement, "verdict" | "exit" | "row"> &
  Partial<Pick<ImportJudgement, "install" | "replaced" | "holdsPackage">>;

/** Row 72: two machines that saw different bytes for one version is the loudest alarm there is. */
function asSplitView(judgement: ImportJudgement): ImportJudgement {
  const loud = { ...judgement, exit: 5, row: "72", install: [], replaced: [] } as const;
  return judgement.verdict === "import-conflict"
    ? { ...loud, also: "artifact-changed" }
    : { ...loud, verdict: "artifact-changed" };
}

/** Row 71a: from somebody whom nobody named, a difference is for a person to look at, and changes nothing. */
function asDifference(judgement: ImportJudgement): ImportJudgement {
  if (judgement.exit !== 0) return { ...judgement, also: "hash-differs-from-import" };
  return { ...judgement, verdict: "hash-differs-from-import", exit: 3, row: "71a", install: [], replaced: [] };
}

function compare(
  question: ImportQuestion,
  news: NewsOutcome,
): { readonly ruling: Ruling; readonly differing: ImportJudgement["differing"] } {
  const { pin, imported } = question;
  const stopped = new Set(news.effects.map(({ signer }) => signer));
  const acts = [...pin.signers.values()].filter(isActing);
  // A pin that came from files alone holds nobody's own decision: whom a file's user trusts is a difference then.
  const isAllImported = acts.length > 0 && acts.every(({ basis }) => basis.kind === "import");
  const mine = acts.filter(({ signer, isLocal }) => !stopped.has(signer) && (isAllImported || !isLocal));
  const acting = imported.signers.filter((signer) => isTheirs(signer) && (isAllImported || !isLocalThere(signer)));
  const theirs = acting.filter(({ signer }) => !isBadHere(pin, signer));
  const here = new Set(mine.map(({ signer }) => signer));
  const there = new Set(theirs.map(({ signer }) => signer));
  const roles = isAllImported ? otherRoles(mine, theirs) : new Set<SignerId>();
  const differing = {
    here: [...here].filter((signer) => !there.has(signer) || roles.has(signer)),
    there: [...there].filter((signer) => !here.has(signer) || roles.has(signer)),
  };
  const ruling = ruleOn(question, { mine, theirs, differing, isBarred: acting.length > theirs.length });
  const barred = acting.map(({ signer }) => signer).filter((signer) => isBadHere(pin, signer));
  return ruling.verdict === "import-conflict"
    ? { ruling, differing: { ...differing, there: [...differing.there, ...barred] } }
    : { ruling, differing };
}

interface Sides {
  readonly mine: readonly PinnedSigner[];
  readonly theirs: readonly ImportedSigner[];
  readonly differing: ImportJudgement["differing"];
  /** The file lets somebody sign who is distrusted or revoked here. */
  readonly isBarred: boolean;
}

function ruleOn(question: ImportQuestion, sides: Sides): Ruling {
  const { pin, imported, chainHolds } = question;
  const { theirs, differing, isBarred } = sides;
  if (!pin.exists) return ruleOnUnknown(question, sides);
  const relation = relateChains(pin, imported);
  if (relation === "behind" || (relation === "none" && isPast(pin, theirs))) {
    return { verdict: "import-unchanged", exit: 0, row: "68" };
  }
  if (relation === "ahead" && chainHolds) return { verdict: "handover-applied", exit: 0, row: "67" };
  const isSame = differing.here.length === 0 && differing.there.length === 0;
  // A file that only brings bad news says nothing of who may sign.
  const agrees = relation !== "forked" && (isSame || (theirs.length === 0 && !isBarred));
  return agrees ? { verdict: "import-unchanged", exit: 0, row: "66" } : ruleOnConflict(question, sides);
}

/** Row 65, and what keeps a package that is unknown here from being taken. */
function ruleOnUnknown({ imported, trust, chainHolds }: ImportQuestion, { theirs, isBarred }: Sides): Ruling {
  // A chain that can't be followed from its first statement is no reason to believe where it leads.
  if (imported.chain !== undefined && !chainHolds) return { verdict: "import-conflict", exit: 3, row: "69" };
  return isBarred
    ? { verdict: "import-conflict", exit: 3, row: "69", holdsPackage: isTrusted(trust) }
    : { verdict: "imported", exit: 0, row: "65", install: theirs };
}

/** The keys differ, and no statement leads from one side to the other: the stronger the pin, the louder. */
function ruleOnConflict({ pin, trust, prefer }: ImportQuestion, { mine, theirs, differing }: Sides): Ruling {
  if (pin.chain.links.length > 0 || mine.some(({ strength }) => strength === "verified")) {
    return { verdict: "import-conflict", exit: 4, row: "70" };
  }
  if (mine.length > 0 && mine.every(({ strength }) => strength === "imported")) {
    return { verdict: "import-conflict", exit: 3, row: "69a" };
  }
  if (prefer === "imported" && isTrusted(trust)) {
    return { verdict: "imported", exit: 0, row: "69", install: theirs, replaced: differing.here };
  }
  return { verdict: "import-conflict", exit: 3, row: "69", holdsPackage: isTrusted(trust) };
}

/**
 * @returns how the file's chain stands to the pin's: `ahead` leads on from the pin's head, or begins a chain where the
 * pin has none; `behind` ends at a statement that the pin is past; `forked` has a statement at a place that is taken; `none`: the file has no
 * chain.
 */
export function relateChains(
  pin: Pin,
  { chain, statements }: Pick<ImportedPackage, "chain" | "statements">,
): "none" | "same" | "ahead" | "behind" | "forked" {
  const mine = pin.chain.links.map(({ sha256 }) => sha256);
  const head = mine.at(-1);
  if (chain === undefined) return "none";
  if (head === undefined) return "ahead";
  if (chain.head === head) return "same";
  if (mine.includes(chain.head)) return "behind";
  const byDigest = new Map(statements.map((row) => [row.sha256, row.statement]));
  for (let at = byDigest.get(chain.head)?.previous; at !== undefined; at = byDigest.get(at)?.previous) {
    if (at === head) return "ahead";
  }
  return "forked";
}

/** A file without a chain that has the signers from before one of the pin's statements: merely old. */
function isPast({ chain }: Pin, theirs: readonly ImportedSigner[]): boolean {
  return chain.links.some(
    ({ before }) => before.keys.size === theirs.length && theirs.every(({ signer }) => before.keys.has(signer)),
  );
}

/** Who may do something else here than by the file; between two files neither is the stronger. */
function otherRoles(mine: readonly PinnedSigner[], theirs: readonly ImportedSigner[]): ReadonlySet<SignerId> {
  const place = (roles: ReadonlySet<Role>, isLocal: boolean): string => `${[...roles].sort().join()} ${isLocal}`;
  const here = new Map(mine.map(({ signer, roles, isLocal }) => [signer, place(roles, isLocal)]));
  const others = theirs.filter((row) => {
    const known = here.get(row.signer);
    return known !== undefined && known !== place(row.roles, isLocalThere(row));
  });
  return new Set(others.map(({ signer }) => signer));
}

/** Who speaks for the package by this pin; whom its user trusted beside them is nobody else's business. */
function isActing({ state, roles }: PinnedSigner): boolean {
  return (state === "active" || state === "frozen" || state === "contested") && !isOnlyRecovery(roles);
}

function isTheirs({ standing, roles }: ImportedSigner): boolean {
  const acts = standing.kind === "active" || standing.kind === "frozen" || standing.kind === "contested";
  return acts && !isOnlyRecovery(roles);
}

function isLocalThere({ basis, roles }: ImportedSigner): boolean {
  return basis?.kind === "trust" && !roles.has("handover");
}

function isOnlyRecovery(roles: PinnedSigner["roles"]): boolean {
  return roles.has("recovery") && roles.size === 1;
}

/** No file makes good what is distrusted or revoked here. */
function isBadHere(pin: Pin, signer: SignerId): boolean {
  const state = pin.signers.get(signer)?.state;
  return state === "distrusted" || state === "revoked";
}

function changedArtifacts(pin: Pin, { artifacts }: ImportedPackage): ImportJudgement["changed"] {
  return artifacts.flatMap((there) => {
    const here = pin.artifacts.get(artifactKey(there));
    return here === undefined || isSameContent(here, there) ? [] : [{ here, there }];
  });
}

/** Where the signature covers the unpacked tar, an equal tar is no change (rules.md, section 2). */
function isSameContent(here: KnownArtifact, there: ImportedArtifact): boolean {
  return here.sha256 === there.sha256 || (there.unpacked !== undefined && there.unpacked === here.signedDigest);
}

/** @returns the exit code of a whole import: its worst row, in the order of severity of cli.md. */
export function worstExit(judgements: readonly ImportJudgement[]): ImportJudgement["exit"] {
  return judgements.reduce<ImportJudgement["exit"]>((worst, { exit }) => (exit > worst ? exit : worst), 0);
}
