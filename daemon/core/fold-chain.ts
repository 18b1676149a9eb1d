import type { Event, Handover, HandoverActive, HandoverContest, Resolve, SignedStatement } from "./event.ts";
import {
  addedBy,
  type ChainLink,
  type ChainState,
  handoverKeys,
  MAX_COMPETITORS,
  stateAfter,
} from "./handover-chain.ts";
import { currentState, type Pin, type PinnedSigner } from "./pin.ts";
import { type Draft, type DraftSigner, newSigner } from "./pin-draft.ts";
import type { Sha256 } from "./sha256.ts";
import type { SignerId } from "./signer.ts";
import { parseStatement, type Statement } from "./statement.ts";
import { asciiBytes } from "./statement-text.ts";
import type { Removal } from "./statement-value.ts";
import { DAY_MS, formatDate, type UnixMs } from "./time.ts";

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
  for (const signer of addedBy(link.before, link.after)) {
    if (draft.signers.has(signer)) continue;
    const entry = newSigner(signer, { kind: "handover", n: event.n, seq: statement.seq }, event.mono);
    draft.signers.set(signer, {
      ...entry,
      state: "pending",
      roles: new Set(link.after.keys.get(signer) ?? ["recovery"]),
    });
  }
}

/** The time of a pending statement has come. */
export function applyHandoverActive(draft: Draft, body: HandoverActive, event: Event): void {
  const { pending } = draft.chain;
  if (pending?.link.sha256 === body.sha256) enforce(draft, { ...pending.link, before: currentState(draft) }, event);
}

/** A second statement at a place that is taken: kept, and if both have a quorum, everything not in both is frozen. */
export function applyContest(draft: Draft, body: HandoverContest, event: Event): void {
  const statement = readStatement(body.statement);
  const before = stateAt(draft, statement.previous);
  const link: ChainLink = { ...linkOf(draft, body.statement, { statement, via: "quorum", at: event.mono }), before };
  const competitors = [
    ...draft.chain.competitors,
    { link, against: body.against, rule: body.rule, at: event.mono },
  ].slice(-MAX_COMPETITORS);
  draft.chain = { ...draft.chain, competitors };
  if (body.rule !== "fork") return;
  const current = currentState(draft);
  const passing = new Set(
    [...before.keys.keys()].filter((signer) => current.keys.has(signer) && link.after.keys.has(signer)),
  );
  draft.chain = { ...draft.chain, freeze: { competitor: body.statement.sha256, passing } };
  for (const signer of draft.signers.values())
    if (signer.state === "active" && !passing.has(signer.signer)) signer.state = "frozen";
}

/** The user's word ends a freeze or a doubt: our branch holds, or the named statement takes its place. */
export function applyResolve(draft: Draft, body: Resolve, event: Event): void {
  for (const signer of draft.signers.values())
    if (signer.state === "frozen" || signer.state === "contested") signer.state = "active";
  draft.chain = { ...draft.chain, freeze: undefined };
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
    const capable = handoverKeys(link.before);
    const others = link.signers.filter((signer) => signer !== stolen && capable.includes(signer));
    const needed = link.signers.includes(stolen) && others.length < link.before.threshold.handover;
    if (!needed || mono - link.at > CONTEST_WINDOW_MS) continue;
    for (const added of addedBy(link.before, link.after)) {
      const signer = draft.signers.get(added);
      if (signer?.state === "active") signer.state = "contested";
    }
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
  const strength = strengthOf(draft, link.signers);
  dropPending(draft);
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

function dropPending(draft: Draft): void {
  for (const [key, signer] of draft.signers) if (signer.state === "pending") draft.signers.delete(key);
}

/** A branch lost: its signers go as if they had never been, those it removed are back, its bytes are no longer known. */
function rewindTo(draft: Draft, previous: Sha256 | undefined): void {
  const { links } = draft.chain;
  const keep = links.findIndex((link) => link.sha256 === previous) + 1;
  const lost = links.slice(keep);
  const [first] = lost;
  if (first === undefined) return;
  const { before } = first;
  const gained = new Set(lost.flatMap((link) => addedBy(before, link.after)));
  for (const signer of gained) draft.signers.delete(signer);
  for (const [key, roles] of before.keys) restore(draft, key, new Set(roles), lost);
  for (const key of before.recovery) restore(draft, key, new Set(["recovery"] as const), lost);
  draft.chain = { ...draft.chain, links: links.slice(0, keep), pending: undefined, freeze: undefined };
  undoArtifacts(draft, gained, first.at);
}

function restore(draft: Draft, key: SignerId, roles: DraftSigner["roles"], lost: readonly ChainLink[]): void {
  const entry =
    draft.signers.get(key) ?? newSigner(key, { kind: "handover", n: 0, seq: 0 }, lost[0]?.at ?? (0 as UnixMs));
  const removedByLost = lost.some((link) => link.statement.removed.some(({ signer }) => signer === key));
  entry.roles = roles;
  if (removedByLost || entry.state === "retired" || entry.state === "frozen" || entry.state === "contested") {
    entry.retirement = undefined;
    if (removedByLost) entry.revocation = undefined;
    if (entry.distrust === undefined && entry.revocation === undefined) entry.state = "active";
  }
  draft.signers.set(key, entry);
}

function undoArtifacts(draft: Draft, gained: ReadonlySet<SignerId>, since: UnixMs): void {
  const isUndone = ({
    firstSeen,
    signers,
  }: {
    readonly firstSeen: UnixMs;
    readonly signers: readonly SignerId[];
  }): boolean => firstSeen >= since && signers.length > 0 && signers.every((signer) => gained.has(signer));
  const undone = [...draft.artifacts.values()].filter(isUndone);
  draft.artifacts = new Map([...draft.artifacts].filter(([, known]) => !isUndone(known)));
  draft.bySha256 = new Map([...draft.bySha256].filter(([, known]) => !isUndone(known)));
  draft.undone = [...draft.undone, ...undone];
}

/** Keys gained by a statement are as trustworthy as the weakest of those who signed it (rules.md, strength). */
function strengthOf(draft: Draft, signers: readonly SignerId[]): PinnedSigner["strength"] {
  const strengths = signers.flatMap((signer) => draft.signers.get(signer)?.strength ?? []);
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
