import type { EventBody } from "./event.ts";
import type { Import, ImportArtifact, ImportEffect, ImportRow, ImportThreshold } from "./event-import.ts";
import { foldEvents } from "./fold.ts";
import { stateAfter } from "./handover-chain.ts";
import {
  type ImportedArtifact,
  type ImportJudgement,
  type ImportQuestion,
  type ImportTrust,
  isTrusted,
  judgeImport,
} from "./import.ts";
import type { ImportedSigner } from "./import-news.ts";
import { artifactKey, type Pin, type PinnedSigner } from "./pin.ts";
import type { Sha256 } from "./sha256.ts";
import type { UnixMs } from "./time.ts";

/** The file that an import is from. */
export interface ImportFile {
  readonly file: Sha256;
  /** How the user named it. */
  readonly label: string;
  readonly trust: ImportTrust;
}

/** What a pin file comes to for one package: the judgement, and the events that record it. */
export interface ImportPlan {
  readonly judgement: ImportJudgement;
  /** Statements first, then what the file says of the signers. Empty where the pin was told all of it before. */
  readonly events: readonly EventBody[];
}

/** Text of the rows of one event, at most, in UTF-16 units: far below what an event may hold. */
const MAX_EVENT_TEXT = 48_000;
/** Longest of `x-NAME=value` that is kept, and how many of them. */
const MAX_EXTRA = 400;
const MAX_EXTRAS = 16;

/**
 * Judges what a file says of one package and plans what is to be written down. Pure: the same question, the same plan.
 *
 * @param chainEvents - what the file's statements came to against this very pin (`judgeChain`).
 */
export function planImport(
  question: ImportQuestion,
  { file, label, trust }: ImportFile,
  chainEvents: readonly EventBody[] = [],
): ImportPlan {
  const judgement = judgeImport(question);
  const { verdict } = judgement;
  if (wasTold(question.pin, { file, stand: trust.kind, verdict })) return { judgement, events: [] };
  const here = verdict === "import-conflict" ? judgement.differing.here : judgement.replaced;
  const threshold = thresholdOf(question, judgement);
  const rows = question.imported.signers.map((row) => rowOf(row, effectOf(row, question, judgement)));
  // Field by field: copying objects makes V8 keep what a large import leaves behind.
  const bodies = chunks(rows, artifactsOf(question, judgement)).map(
    (part, index): Import => ({
      kind: "import",
      file,
      label,
      stand: trust.kind,
      signer: "signer" in trust ? trust.signer : undefined,
      verdict,
      holds: judgement.holdsPackage ? true : undefined,
      rows: part.rows,
      here: index === 0 && here.length > 0 ? here : undefined,
      threshold: index === 0 ? threshold : undefined,
      artifacts: part.artifacts,
    }),
  );
  const follows = verdict === "handover-applied" || verdict === "imported";
  return { judgement, events: follows && chainEvents.length > 0 ? [...chainEvents, ...bodies] : bodies };
}

/**
 * The pin with a plan's events folded in, for a layer that has no journal of its own (row 76).
 *
 * @returns the pin at the version of `start`: nothing of it stands in the journal.
 */
export function foldPlan(start: Pin, { events }: ImportPlan, at: UnixMs): Pin {
  const folded = foldEvents(
    events.map((body, index) => ({
      v: 1,
      n: index + 1,
      prev: undefined,
      at,
      mono: at,
      package: "*",
      actor: "daemon",
      body,
    })),
    start,
  );
  return { ...folded, version: start.version, latest: start.latest, today: start.today };
}

/** The same file, with the same word behind it, came to the same before: nothing is new. */
function wasTold({ imports }: Pin, { file, stand, verdict }: Pick<Import, "file" | "stand" | "verdict">): boolean {
  const before = imports.find((note) => note.file === file && note.stand === stand);
  if (before === undefined) return false;
  return before.verdict === verdict || (before.verdict !== "import-conflict" && verdict === "import-unchanged");
}

function effectOf(
  { signer, standing }: ImportedSigner,
  question: ImportQuestion,
  { verdict, news }: ImportJudgement,
): ImportEffect {
  if (news.effects.some((one) => one.signer === signer)) return "stops";
  if (news.opinions.some((one) => one.signer === signer)) return "opinion";
  const known = (question.after ?? question.pin).signers.get(signer);
  const isBad = standing.kind === "revoked" || standing.kind === "distrusted";
  switch (verdict) {
    case "imported":
      if (isBad) return "agrees";
      return known?.state === "revoked" || known?.state === "distrusted" ? "none" : "taken";
    case "import-unchanged":
    case "handover-applied":
      return agreement(standing.kind, known, question);
    case "import-conflict":
    case "hash-differs-from-import":
    case "artifact-changed":
      return "none";
  }
}

/** Signers that have left are news that costs nobody anything, where the pin holds no decision of this user's own. */
function agreement(
  standing: ImportedSigner["standing"]["kind"],
  known: PinnedSigner | undefined,
  { pin, trust }: ImportQuestion,
): ImportEffect {
  if (known !== undefined) return "agrees";
  return standing === "retired" && (isTrusted(trust) || isAllImported(pin)) ? "taken" : "none";
}

function isAllImported(pin: Pin): boolean {
  const active = [...pin.signers.values()].filter(({ state }) => state === "active");
  return active.length > 0 && active.every(({ basis }) => basis.kind === "import");
}

/** The stricter thresholds of a file hold where it is trusted, or is all there is. What its chain says is in the chain. */
function thresholdOf(
  { imported, pin, trust }: ImportQuestion,
  { verdict }: ImportJudgement,
): ImportThreshold | undefined {
  const { policy, chain, statements } = imported;
  if (policy === undefined) return undefined;
  const counts = verdict === "imported" || (agrees(verdict) && (isTrusted(trust) || isAllImported(pin)));
  if (!counts) return undefined;
  const head = statements.find(({ sha256 }) => sha256 === chain?.head);
  const said = head === undefined ? undefined : stateAfter(head.statement).threshold;
  const release = (policy.release ?? 0) > (said?.release ?? 0) ? policy.release : undefined;
  const handover = said === undefined ? policy.handover : undefined;
  if (release === undefined && handover === undefined) return undefined;
  return { ...(release === undefined ? {} : { release }), ...(handover === undefined ? {} : { handover }) };
}

function agrees(verdict: ImportJudgement["verdict"]): boolean {
  return verdict === "import-unchanged" || verdict === "handover-applied";
}

/** Bytes are noted where nobody disputes who signs; of a file that lists others than are known here, the rest. */
function artifactsOf({ imported, pin }: ImportQuestion, { verdict }: ImportJudgement): readonly ImportedArtifact[] {
  switch (verdict) {
    case "imported":
    case "import-unchanged":
    case "handover-applied":
      return imported.artifacts;
    case "hash-differs-from-import":
      return imported.artifacts.filter((row) => !pin.artifacts.has(artifactKey(row)));
    case "import-conflict":
    case "artifact-changed":
      return [];
  }
}

function rowOf(row: ImportedSigner, effect: ImportEffect): ImportRow {
  const { standing, basis } = row;
  return {
    key: row.signer,
    effect,
    state: standing.kind,
    roles: [...row.roles],
    basis: basis === undefined ? undefined : basis.kind === "handover" ? `handover:${basis.seq}` : basis.kind,
    first: row.first,
    last: row.last,
    releases: row.releases,
    days: row.days,
    until: row.until,
    cutoff: standing.kind === "retired" ? standing.cutoff : undefined,
    reason: standing.kind === "retired" ? standing.reason : undefined,
    hard: standing.kind === "revoked" ? standing.hard : undefined,
    since: standing.kind === "revoked" || standing.kind === "distrusted" ? standing.since : undefined,
    extras: extrasOf(row),
  };
}

function extrasOf({ extras }: ImportedSigner): readonly string[] | undefined {
  if (extras.length === 0) return undefined;
  const kept = extras.map(({ name, value }) => `${name}=${value}`).filter((pair) => pair.length <= MAX_EXTRA);
  return kept.length === 0 ? undefined : kept.slice(0, MAX_EXTRAS);
}

interface Part {
  readonly rows: readonly ImportRow[];
  readonly artifacts?: readonly ImportArtifact[];
}

/** An event has an end: a package with hundreds of signers or files is told in several, written at once. */
function chunks(rows: readonly ImportRow[], artifacts: readonly ImportedArtifact[]): readonly Part[] {
  if (artifacts.length === 0) return rows.length === 0 ? [{ rows: [] }] : split(rows).map((some) => ({ rows: some }));
  const noted = artifacts.map(({ name, version, sha256, unpacked, first }) => ({
    name,
    version,
    sha256,
    unpacked,
    first,
  }));
  const parts: Part[] = split(rows).map((some) => ({ rows: some }));
  const [last, ...rest] = split(noted);
  const tail = parts.pop() ?? { rows: [] };
  parts.push(last === undefined ? tail : { ...tail, artifacts: last });
  return [...parts, ...rest.map((some) => ({ rows: [], artifacts: some }))];
}

function split<T extends ImportRow | ImportArtifact>(items: readonly T[]): readonly (readonly T[])[] {
  // Most packages have one signer.
  if (items.length === 1) return [items];
  const parts: T[][] = [];
  let [text, part]: [number, T[] | undefined] = [0, undefined];
  for (const item of items) {
    const size = sizeOf(item);
    if (part === undefined || text + size > MAX_EVENT_TEXT) {
      part = [];
      parts.push(part);
      text = 0;
    }
    part.push(item);
    text += size;
  }
  return parts;
}

/** More than the item will be as JSON, field names, digests and escapes included. */
function sizeOf(item: ImportRow | ImportArtifact): number {
  if ("key" in item) return 500 + 3 * item.key.length + 3 * (item.extras ?? []).join().length;
  return 400 + 3 * item.name.length + (item.version?.length ?? 0);
}
