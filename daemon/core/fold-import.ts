import type { Event, Resolve } from "./event.ts";
import type { Import, ImportArtifact, ImportRow, ImportThreshold } from "./event-import.ts";
import { retire, revoke } from "./fold-standing.ts";
import { EMPTY_CHAIN } from "./handover-chain.ts";
import { LayeredSet } from "./layered-map.ts";
import { artifactKey, type ImportedHistory, type ImportSource, type KnownArtifact, type SignerBasis } from "./pin.ts";
import { type Draft, type DraftSigner, newSigner } from "./pin-draft.ts";
import type { SignerId } from "./signer.ts";
import { type UnixMs, unixMs } from "./time.ts";

/** Pin files that a pin remembers having been told by. */
const MAX_IMPORT_NOTES = 64;
const MAX_OPINIONS = 64;

/** Folds what a pin file said of the package, as it was judged when it came (rules.md, 3.7). */
export function applyImport(draft: Draft, body: Import, event: Event): void {
  const source = sourceOf(body);
  const { verdict } = body;
  draft.imports = [...draft.imports.filter((note) => note.file !== body.file || note.stand !== body.stand)]
    .concat({ ...source, verdict, at: event.mono })
    .slice(-MAX_IMPORT_NOTES);
  for (const row of body.rows) applyRow(draft, row, { source, event });
  if (verdict === "import-conflict") noteConflict(draft, body, event.mono);
  else for (const signer of body.here ?? []) makeWay(draft, signer, event.mono);
  draft.importedThreshold = stricter(draft.importedThreshold, body.threshold);
  for (const artifact of body.artifacts ?? []) noteArtifact(draft, artifact, source, event.mono);
}

/** The user's word about a pin file that differs: the pin stays as it is, or what the file says takes its place. */
export function resolveImport(draft: Draft, body: Resolve, event: Event): void {
  const conflict = draft.importConflict;
  draft.importConflict = undefined;
  if (conflict === undefined || body.keep !== "theirs") return;
  // Statements that lead here have no say any more: the user chose another side.
  draft.chain = EMPTY_CHAIN;
  draft.vouched = LayeredSet.of();
  for (const signer of conflict.here) makeWay(draft, signer, event.mono);
  for (const row of conflict.theirs)
    if (isActing(row.state)) take(draft, { ...row, effect: "taken" }, { source: conflict, event });
}

interface Told {
  readonly source: ImportSource;
  readonly event: Event;
}

function applyRow(draft: Draft, row: ImportRow, told: Told): void {
  switch (row.effect) {
    case "taken":
      take(draft, row, told);
      break;
    case "agrees":
      agree(draft.signers.get(row.key), row, told);
      break;
    case "stops":
      stop(draft, row, told);
      break;
    case "opinion":
      draft.opinions = [...draft.opinions.filter((one) => one.row.key !== row.key || one.file !== told.source.file)]
        .concat({ ...told.source, row })
        .slice(-MAX_OPINIONS);
      break;
    case "none":
      break;
  }
}

/** The signer is pinned as the file says it; never against bad news that is known here. */
function take(draft: Draft, row: ImportRow, { source, event }: Told): void {
  const basis = basisOf(row, source, event.n);
  const signer = draft.signers.get(row.key) ?? newSigner(row.key, basis, event.mono);
  if (signer.distrust !== undefined || signer.revocation !== undefined) return;
  draft.signers.set(row.key, signer);
  draft.exists = true;
  draft.everSigned = true;
  const isChained = draft.chain.links.some(({ after }) => after.keys.has(row.key) || after.recovery.has(row.key));
  if (!isChained) signer.roles = new Set(row.roles);
  signer.isLocal = !isChained && row.basis === "trust" && !signer.roles.has("handover");
  signer.basis = basis;
  signer.until = row.until;
  if (row.state === "retired") {
    signer.state = "active";
    retire(signer, row.reason ?? "retired", row.cutoff ?? event.mono);
  } else if (isActing(row.state) && !isWaiting(signer)) {
    signer.state = row.state;
    signer.retirement = undefined;
  }
  note(signer, row, source);
}

/** A signer whom both sides have: what is known of it there is kept beside what was seen here. */
function agree(signer: DraftSigner | undefined, row: ImportRow, { source }: Told): void {
  if (signer === undefined) return;
  if (signer.basis.kind === "import") {
    if (row.until !== undefined) signer.until = least(signer.until, row.until);
    const { cutoff } = row;
    if (signer.retirement !== undefined && cutoff !== undefined && cutoff < signer.retirement.cutoff)
      signer.retirement = { ...signer.retirement, cutoff };
  }
  note(signer, row, source);
}

function note(signer: DraftSigner, row: ImportRow, { stand, signer: by }: ImportSource): void {
  if (signer.strength === "tofu") signer.strength = "imported";
  if (by !== undefined && stand === "configured") signer.signedBy = [...new Set([...signer.signedBy, by])].sort();
  signer.imported = mergeHistories(signer.imported, row);
}

function mergeHistories(before: ImportedHistory | undefined, row: ImportRow): ImportedHistory {
  const extras = new Map([...(row.extras ?? []), ...(before?.extras ?? [])].map((pair) => [pair.split("=")[0], pair]));
  const bases = [before?.basis, row.basis].filter((basis) => basis !== undefined).sort();
  return {
    basis: bases[0],
    first: least(before?.first, row.first),
    last: most(before?.last, row.last),
    releases: most(before?.releases, row.releases),
    days: most(before?.days, row.days),
    extras: [...extras.values()].sort(),
  };
}

function stop(draft: Draft, row: ImportRow, { source, event }: Told): void {
  const known = draft.signers.get(row.key);
  const signer = known ?? newSigner(row.key, basisOf(row, source, event.n), event.mono);
  draft.signers.set(row.key, signer);
  if (known === undefined) {
    signer.roles = new Set(row.roles);
    signer.imported = mergeHistories(undefined, row);
  }
  if (row.state === "distrusted") {
    signer.state = "distrusted";
    signer.distrust = { reason: `so says ${source.label}`, at: event.mono };
  } else if (row.hard === true) revoke(signer, row.since, event.mono);
  else retire(signer, "retired", row.since ?? event.mono);
}

function makeWay(draft: Draft, key: SignerId, mono: UnixMs): void {
  const signer = draft.signers.get(key);
  if (signer !== undefined) retire(signer, "superseded", mono);
}

function noteConflict(draft: Draft, body: Import, at: UnixMs): void {
  const before = draft.importConflict;
  // A package with many signers comes in several events.
  const earlier = before?.file === body.file ? before.theirs : [];
  if (before?.holds === true && earlier.length === 0 && body.holds !== true) return;
  draft.importConflict = {
    ...sourceOf(body),
    holds: body.holds === true,
    theirs: [...earlier, ...body.rows],
    here: body.here ?? [],
    at,
  };
}

/** From a trusted file, bytes are known as those seen here are; from any other they are hearsay. */
function noteArtifact(draft: Draft, row: ImportArtifact, source: ImportSource, mono: UnixMs): void {
  const key = artifactKey(row);
  const known: KnownArtifact = {
    name: row.name,
    version: row.version,
    sha256: row.sha256,
    signedDigest: row.unpacked,
    // Nobody sees tomorrow: a date that is still to come proves nothing before today.
    firstSeen: unixMs(Math.min(row.first ?? mono, mono)),
    signers: [],
    imported: { ...source, first: row.first },
  };
  if (source.stand === "unsigned" || source.stand === "stranger") {
    draft.hearsay.set(key, earlier(draft.hearsay.get(key), known));
    return;
  }
  const before = draft.artifacts.get(key);
  if (before === undefined || before.sha256 === known.sha256) draft.artifacts.set(key, earlier(before, known));
  const same = draft.bySha256.get(known.sha256);
  draft.bySha256.set(known.sha256, earlier(same, known));
}

/** Of the same bytes under the same name, the earlier first sighting; of different ones, the first that came. */
function earlier(before: KnownArtifact | undefined, now: KnownArtifact): KnownArtifact {
  if (before === undefined) return now;
  if (before.sha256 !== now.sha256 || artifactKey(before) !== artifactKey(now)) return before;
  const { firstSeen, imported } = now;
  return firstSeen < before.firstSeen ? { ...before, firstSeen, imported } : before;
}

function stricter(
  before: ImportThreshold | undefined,
  after: ImportThreshold | undefined,
): ImportThreshold | undefined {
  if (before === undefined || after === undefined) return before ?? after;
  return { release: most(before.release, after.release), handover: most(before.handover, after.handover) };
}

function sourceOf({ file, label, stand, signer }: Import): ImportSource {
  return { file, label, stand, signer };
}

/** Who only waits for a statement keeps that statement as its basis, so that it goes with it. */
function basisOf({ state, basis }: ImportRow, { label }: ImportSource, n: number): SignerBasis {
  const seq = /^handover:(\d+)$/.exec(basis ?? "")?.[1];
  if ((state === "frozen" || state === "contested") && seq !== undefined)
    return { kind: "handover", n, seq: Number(seq) };
  return { kind: "import", n, label };
}

function isActing(state: ImportRow["state"]): state is "active" | "frozen" | "contested" {
  return state === "active" || state === "frozen" || state === "contested";
}

function isWaiting({ state }: DraftSigner): boolean {
  return state === "pending" || state === "frozen" || state === "contested";
}

function least<T extends number>(a: T | undefined, b: T | undefined): T | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}

function most<T extends number>(a: T | undefined, b: T | undefined): T | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a > b ? a : b;
}
