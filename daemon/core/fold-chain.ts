import type { Event, Handover, HandoverActive, HandoverContest, Resolve, SignedStatement } from "./event.ts";
import { dropShadows, shadow, thaw } from "./fold-shadow.ts";
import {
  addedBy,
  type ChainLink,
  type ChainState,
  type Competitor,
  leansOn,
  MAX_COMPETITORS,
  stateAfter,
} from "./handover-chain.ts";
import { LayeredMap, LayeredSet } from "./layered-map.ts";
import { currentState, type KnownArtifact, type Pin, type PinnedSigner } from "./pin.ts";
import { type Draft, type DraftSigner, newSigner } from "./pin-draft.ts";
import type { Sha256 } from "./sha256.ts";
import type { SignerId } from "./signer.ts";
import { parseStatement, type Statement } from "./statement.ts";
import { asciiBytes } from "./statement-text.ts";
import type { Removal } from "./statement-value.ts";
import { DAY_MS, formatDate, type UnixMs, unixMs } from "./time.ts";
import { compareVersions } from "./version.ts";

/** A revocation for theft this soon after a statement that leaned on the key puts that statement in doubt (row 53a). */
export const CONTEST_WINDOW_MS: number = 30 * DAY_MS;

/** Folds a statement that takes effect, or will when its time has come. */
export function applyHandover(draft: Draft, body: Handover, event: Event): void {
  const statement = readStatement(body.statement);
  if (body.rewind === true) rewindTo(draft, statement.previous);
  const link = linkOf(draft, body.statement, { statement, via: body.via, at: event.mono });
  draft.exists = true;
  draft.everSigned = true;
  if (body.state === "active") {
    enforce(draft, link, event);
    return;
  }
  draft.chain = {
    ...draft.chain,
    pending: { link, why: body.via === "recovery" ? "recovery" : "not-before", days: new Set(), seenElsewhere: false },
  };
  shadow(draft, link, "pending", event);
}

/** The time of a pending statement has come. */
export function applyHandoverActive(draft: Draft, body: HandoverActive, event: Event): void {
  const { pending } = draft.chain;
  if (pending?.link.sha256 === body.sha256) enforce(draft, { ...pending.link, before: currentState(draft) }, event);
}

/** A second statement at a place that is taken: kept, and if both have a quorum, everything not in both is frozen. */
export function applyContest(draft: Draft, { statement: signed, against, rule }: HandoverContest, event: Event): void {
  const statement = readStatement(signed);
  const { links, pending } = draft.chain;
  const ours = links.find(({ sha256 }) => sha256 === against);
  const before = stateAt(draft, statement.previous);
  const link: ChainLink = { ...linkOf(draft, signed, { statement, via: "quorum", at: event.mono }), before };
  compete(draft, { link, against, rule, at: event.mono });
  if (rule === "fork") freeze(draft, link, ours === undefined ? pending?.link : undefined, event);
  if (rule === "recovery" && ours !== undefined) {
    doubt(draft, ours);
    shadow(draft, link, "contested", event);
  }
}

function compete(draft: Draft, competitor: Competitor): void {
  const competitors = [...draft.chain.competitors, competitor].slice(-MAX_COMPETITORS);
  draft.chain = { ...draft.chain, competitors };
}

/** Only who was there before, and is there in both branches, passes until the user decides (rules.md, 4.6). */
function freeze(draft: Draft, theirs: ChainLink, waiting: ChainLink | undefined, event: Event): void {
  const states = [currentState(draft), theirs.after, ...(waiting === undefined ? [] : [waiting.after])];
  const passing = new Set(
    [...theirs.before.keys.keys()].filter((signer) => states.every(({ keys }) => keys.has(signer))),
  );
  draft.chain = { ...draft.chain, freeze: { competitor: theirs.sha256, passing } };
  for (const signer of draft.signers.values())
    if ((signer.state === "active" || signer.state === "pending") && !passing.has(signer.signer))
      signer.state = "frozen";
  shadow(draft, theirs, "frozen", event);
}

/** The user's word ends a freeze or a doubt: our branch holds, or the named statement takes its place. */
export function applyResolve(draft: Draft, body: Resolve, event: Event): void {
  thaw(draft);
  const chosen = draft.chain.competitors.find(({ link }) => link.sha256 === body.keep);
  if (chosen === undefined) return;
  rewindTo(draft, chosen.link.statement.previous);
  enforce(draft, { ...chosen.link, before: currentState(draft) }, event);
}

/**
 * Row 53a: a key was stolen, says its owner, soon after a statement needed its signature: what that statement added is
 * in doubt until the user, a recovery statement, or a statement without that key says more.
 */
export function doubtStatementsOf(draft: Draft, stolen: SignerId, mono: UnixMs): void {
  for (const link of draft.chain.links) {
    if (leansOn(link, stolen) && mono - link.at <= CONTEST_WINDOW_MS) doubt(draft, link);
  }
}

function doubt(draft: Draft, { before, after }: ChainLink): void {
  for (const added of addedBy(before, after)) {
    const signer = draft.signers.get(added);
    if (signer?.state === "active") signer.state = "contested";
  }
}

/** @returns the state that a statement with this predecessor builds on; for the first one, what was before the chain. */
export function stateAt(pin: Pin, previous: Sha256 | undefined): ChainState {
  const { links } = pin.chain;
  const parent = links.find((link) => link.sha256 === previous);
  if (parent !== undefined) return parent.after;
  return links[0]?.before ?? currentState(pin);
}

/** @throws where a stored event does not hold what was stored: the journal checks its bytes, so this is a bug. */
function readStatement({ text, sha256 }: SignedStatement): Statement {
  const parsed = parseStatement(asciiBytes(text));
  if (!parsed.ok) throw new Error(`the stored statement ${sha256} no longer parses: line ${parsed.error.line}`);
  return parsed.value;
}

function linkOf(
  draft: Draft,
  { sha256, signers }: SignedStatement,
  rest: Pick<ChainLink, "statement" | "via" | "at">,
): ChainLink {
  return { ...rest, sha256, signers, before: currentState(draft), after: stateAfter(rest.statement) };
}

function enforce(draft: Draft, link: ChainLink, event: Event): void {
  const strength = strengthOf(draft, link);
  dropShadows(draft);
  for (const [signer, roles] of link.after.keys)
    install(draft, { signer, roles: new Set(roles), strength }, link, event);
  for (const signer of link.after.recovery)
    install(draft, { signer, roles: new Set(["recovery"] as const), strength }, link, event);
  const removed = new Map(link.statement.removed.map((removal) => [removal.signer, removal]));
  for (const signer of draft.signers.values()) {
    const stays = link.after.keys.has(signer.signer) || link.after.recovery.has(signer.signer) || signer.isLocal;
    if (!stays) dismiss(draft, signer, removed.get(signer.signer), event.mono);
  }
  for (const vouch of link.statement.vouches) draft.vouched.add(vouch.sha256);
  draft.chain = { ...draft.chain, links: [...draft.chain.links, link], pending: undefined };
}

interface Installed {
  readonly signer: SignerId;
  readonly roles: DraftSigner["roles"];
  readonly strength: PinnedSigner["strength"];
}

function install(draft: Draft, { signer, roles, strength }: Installed, link: ChainLink, event: Event): void {
  const known = draft.signers.get(signer);
  const entry = known ?? {
    ...newSigner(signer, { kind: "handover", n: event.n, seq: link.statement.seq }, event.mono),
    strength,
  };
  // What the user trusted here releases on, whatever a statement says of it.
  entry.roles = entry.isLocal ? new Set([...roles, "release"]) : roles;
  entry.isLocal = false;
  if (entry.distrust === undefined && entry.revocation === undefined) {
    entry.state = "active";
    entry.retirement = undefined;
  }
  draft.signers.set(signer, entry);
}

/** A signer that the new state does not have. A recovery key that goes needs no line and leaves nothing behind. */
function dismiss(draft: Draft, signer: DraftSigner, removal: Removal | undefined, mono: UnixMs): void {
  if (removal?.reason === "compromised") {
    signer.revocation ??= { since: removal.since, seenAt: mono };
    if (signer.state !== "distrusted") signer.state = "revoked";
    return;
  }
  if (signer.roles.has("recovery") && signer.firstSeen === undefined) {
    draft.signers.delete(signer.signer);
    return;
  }
  if (signer.state !== "active" && signer.state !== "frozen" && signer.state !== "contested") return;
  signer.state = "retired";
  signer.retirement = { reason: removal?.reason ?? "superseded", cutoff: mono };
}

/** A branch lost: its signers go as if they had never been, those it removed are back, its bytes are no longer known. */
function rewindTo(draft: Draft, previous: Sha256 | undefined): void {
  const { links } = draft.chain;
  const keep = links.findIndex((link) => link.statement.previous === previous);
  const [first, ...rest] = keep < 0 ? [] : links.slice(keep);
  if (first === undefined) return;
  thaw(draft);
  const lost = [first, ...rest];
  const { before } = first;
  const gained = new Set(lost.flatMap((link) => addedBy(before, link.after)));
  for (const signer of gained) withdraw(draft, signer, first.at);
  for (const [key, roles] of before.keys) restore(draft, key, new Set(roles), lost);
  for (const key of before.recovery) restore(draft, key, new Set(["recovery"] as const), lost);
  const kept = links.slice(0, keep);
  draft.chain = { ...draft.chain, links: kept, pending: undefined };
  draft.vouched = LayeredSet.of(kept.flatMap(({ statement }) => statement.vouches.map(({ sha256 }) => sha256)));
  // Offered again, it is known for what it is, and freezes nothing.
  compete(draft, { link: first, against: first.sha256, rule: "spent", at: first.at });
  undoArtifacts(draft, gained, first.at);
}

/** What a lost branch made of a signer goes; what was known of it before, and bad news, stay. */
function withdraw(draft: Draft, key: SignerId, since: UnixMs): void {
  const signer = draft.signers.get(key);
  if (signer === undefined) return;
  if (signer.since >= since && signer.distrust === undefined && signer.revocation === undefined) {
    draft.signers.delete(key);
    return;
  }
  signer.isLocal = signer.basis.kind === "trust" && signer.state === "active";
  signer.roles = new Set(signer.isLocal ? (["release"] as const) : []);
  if (signer.state !== "active" || signer.isLocal) return;
  signer.state = "retired";
  signer.retirement = { reason: "superseded", cutoff: since };
}

function restore(draft: Draft, key: SignerId, roles: DraftSigner["roles"], lost: readonly ChainLink[]): void {
  const since = lost[0]?.at ?? (0 as UnixMs);
  const entry = draft.signers.get(key) ?? newSigner(key, { kind: "handover", n: 0, seq: 0 }, since);
  const isRemoved = lost.some((link) => link.statement.removed.some(({ signer }) => signer === key));
  entry.roles = roles;
  if (isRemoved && entry.revocation !== undefined && entry.revocation.seenAt >= since) entry.revocation = undefined;
  if (entry.retirement !== undefined && entry.retirement.cutoff >= since) entry.retirement = undefined;
  if (entry.distrust === undefined && entry.revocation === undefined && entry.retirement === undefined)
    entry.state = "active";
  draft.signers.set(key, entry);
}

/** Bytes that nobody but the lost branch's signers vouched for: they leave the map, and no version of theirs is the highest. */
function undoArtifacts(draft: Draft, gained: ReadonlySet<SignerId>, since: UnixMs): void {
  const stands = (signer: SignerId): boolean => draft.signers.has(signer) && !gained.has(signer);
  const isUndone = ({ firstSeen, signers }: KnownArtifact): boolean =>
    firstSeen >= since && signers.some((signer) => gained.has(signer)) && !signers.some(stands);
  const undone = [...draft.artifacts.values()].filter(isUndone);
  draft.artifacts = LayeredMap.of([...draft.artifacts].filter(([, known]) => !isUndone(known)));
  draft.bySha256 = LayeredMap.of([...draft.bySha256].filter(([, known]) => !isUndone(known)));
  draft.undone = [...draft.undone, ...undone];
  if (undone.some(({ version }) => version === draft.highest?.version)) draft.highest = highestOf(draft);
}

/** When its signature was made is no longer known, so nothing counts as signed before it. */
function highestOf({ artifacts }: Draft): Draft["highest"] {
  let highest: Draft["highest"];
  for (const { version, firstSeen, signers } of artifacts.values()) {
    if (version === undefined || signers.length === 0) continue;
    if (highest === undefined || compareVersions(version, highest.version) > 0)
      highest = { version, sigCreated: unixMs(0), at: firstSeen };
  }
  return highest;
}

/** Keys gained by a statement are as trustworthy as the weakest of those who signed it (rules.md, strength). */
function strengthOf(draft: Draft, { before, signers }: ChainLink): PinnedSigner["strength"] {
  const spoke = signers.filter((signer) => before.keys.has(signer) || before.recovery.has(signer));
  const strengths = spoke.flatMap((signer) => draft.signers.get(signer)?.strength ?? []);
  if (strengths.length === 0 || strengths.includes("tofu")) return "tofu";
  return strengths.includes("imported") ? "imported" : "verified";
}

/** A pending recovery waits for days on which this machine looked around, not for the calendar alone (rules.md, 4.6). */
export function notePendingDay(draft: Draft, { body, mono }: Event): void {
  const { pending } = draft.chain;
  if (pending === undefined || !("source" in body)) return;
  const days = new Set([...pending.days, formatDate(mono)]);
  const seenElsewhere = pending.seenElsewhere || body.source.sameStatement !== true;
  draft.chain = { ...draft.chain, pending: { ...pending, days, seenElsewhere } };
}
