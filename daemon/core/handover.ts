import type { EventBody, SignedStatement } from "./event.ts";
import {
  type ChainLink,
  type ChainState,
  type Competitor,
  handoverKeys,
  MAX_COMPETITORS,
  type PendingStatement,
  stateAfter,
} from "./handover-chain.ts";
import { bindingOf, checkPossession, checkSigned, checkState, checkTimes, type Standing } from "./handover-checks.ts";
import { countSigners, quorumOf, recoverersOf, type Signers } from "./handover-signers.ts";
import type { OfferedStatement } from "./offer.ts";
import type { PackageName } from "./package-name.ts";
import { currentState, type Pin, type PinnedSigner } from "./pin.ts";
import { shortSigner } from "./sentence.ts";
import type { Sha256 } from "./sha256.ts";
import type { SignerId } from "./signer.ts";
import type { Statement } from "./statement.ts";
import { DAY_MS, type UnixMs } from "./time.ts";

/** Everything a judgement about one statement depends on. */
export interface StatementQuestion {
  readonly package: PackageName;
  readonly pin: Pin;
  readonly offer: OfferedStatement;
  readonly now: UnixMs;
  /** What came along; a statement judged by itself came alone. */
  readonly batch?: Batch | undefined;
}

/** Statements that were seen together. */
export interface Batch {
  /** What was in force, or waited, before any of them was seen. */
  readonly seenBefore: ReadonlySet<Sha256>;
  readonly offered: ReadonlySet<Sha256>;
}

export type StatementVerdict =
  | "handover-applied"
  | "handover-recovered"
  | "handover-pending"
  | "handover-contested"
  | "handover-known"
  | "handover-gap"
  | "handover-rejected"
  | "handover-fork"
  | "first-use"
  | "unsupported";

/** What a statement comes to, and the events that say so. */
export interface StatementJudgement {
  readonly verdict: StatementVerdict;
  /** The reason, as rules.md, 3.6, names it: `quorum (1 of 2)`, `possession 135E 14B1 …`, `syntax line 4`. */
  readonly detail: string | undefined;
  readonly events: readonly EventBody[];
  readonly notices: readonly ("signer-expired" | "recovery-dropped" | "trusted-here-only" | "handover-contested")[];
}

/** Recovery has this long, from the first sighting of what it contests (rules.md, 4.6). */
export const RECOVERY_WINDOW_MS: number = 7 * DAY_MS;
const MIN_WINDOW_DAYS = 3;

/**
 * Judges one statement against a pin (rules.md, 3.6 and 4.3 to 4.6): statements prove themselves, wherever they come
 * from, and a refused one changes nothing. Reasons are tried in the order syntax, package, gap or fork, genesis, set,
 * role, thresholds, future, quorum, possession, quorum of the new set.
 */
export function judgeStatement(question: StatementQuestion): StatementJudgement {
  const { offer, pin } = question;
  if (!offer.parsed.ok) {
    const { code, line } = offer.parsed.error;
    if (code === "newer-format") return { verdict: "unsupported", detail: "newer format", events: [], notices: [] };
    return rejected(question, `syntax line ${line}`);
  }
  const statement = offer.parsed.value;
  if (!statement.packages.includes(question.package)) return rejected(question, "package");
  const { links, pending } = pin.chain;
  if (links.some((link) => link.sha256 === offer.sha256)) return known();
  if (pending?.link.sha256 === offer.sha256)
    return { verdict: "handover-pending", detail: pending.why, events: [], notices: [] };
  const competitor = pin.chain.competitors.find(({ link }) => link.sha256 === offer.sha256);
  if (competitor !== undefined) return competesStill(pin, competitor);
  if (pin.requirement.noHandover === true) return rejected(question, "policy (no handover)");
  return place(question, statement);
}

/** @returns events for pending statements whose time has come; asked before each judgement, there is no timer. */
export function dueEvents({ chain, requirement, signers }: Pin, now: UnixMs): readonly EventBody[] {
  const { pending, freeze } = chain;
  if (pending === undefined || freeze !== undefined || requirement.noHandover === true) return [];
  if (!stillStands(pending, signers)) return [];
  const { link, why, days, seenElsewhere } = pending;
  if (why === "not-before") {
    const { notBefore } = link.statement;
    return notBefore === undefined || now >= notBefore
      ? [{ kind: "handover-active", sha256: link.sha256, by: "not-before" }]
      : [];
  }
  const over = now >= link.at + RECOVERY_WINDOW_MS && days.size >= MIN_WINDOW_DAYS && seenElsewhere;
  return over ? [{ kind: "handover-active", sha256: link.sha256, by: "window" }] : [];
}

/** Who was revoked as stolen or distrusted while a statement waited does not speak for it any more (rows 53, 53b). */
function stillStands({ link, why }: PendingStatement, signers: Pin["signers"]): boolean {
  const speaks = (signer: SignerId): boolean => {
    const known = signers.get(signer);
    return link.signers.includes(signer) && known?.state !== "distrusted" && known?.revocation === undefined;
  };
  if (why === "recovery") return [...link.before.recovery].some(speaks);
  return handoverKeys(link.before).filter(speaks).length >= link.before.threshold.handover;
}

/** Where in the chain the statement stands decides which state it is judged against. */
function place(question: StatementQuestion, statement: Statement): StatementJudgement {
  const { pin } = question;
  const { links } = pin.chain;
  const head = links.at(-1);
  if (head === undefined) return pin.exists ? placeOnPin(question, statement) : placeOnNothing(question, statement);
  if (statement.seq > head.statement.seq + 1) return gap(`statement ${statement.seq}, known are ${head.statement.seq}`);
  const ours = links.find((link) => link.statement.previous === statement.previous);
  const isNext = statement.previous === head.sha256;
  if (ours === undefined && !isNext) return rejected(question, "genesis");
  const seq = ours?.statement.seq ?? head.statement.seq + 1;
  if (statement.seq !== seq) return rejected(question, `seq (${statement.seq}, its place is ${seq})`);
  return ours === undefined
    ? extend(question, statement, { before: head.after, as: "next" })
    : compete(question, statement, ours);
}

/** A package without a pin: only a whole chain from its beginning says anything (row 61). */
function placeOnNothing(question: StatementQuestion, statement: Statement): StatementJudgement {
  if (statement.previous !== undefined) return gap(`statement ${statement.seq}, none is known`);
  const signers = countSigners(question.offer, question.pin, question.now);
  const after = stateAfter(statement);
  const listed = [...after.keys.keys(), ...after.recovery];
  const early = checkState(after) ?? checkTimes(question, statement, signers.future.size > 0);
  if (early !== undefined) return rejected(question, early);
  const unsigned = checkPossession(signers, listed);
  if (unsigned !== undefined) {
    // Signed by all, one of whom was revoked since: from here the owner's word and a thief's look alike (row 53b).
    const stolen = listed.find((signer) => signers.revoked.has(signer) && !signers.counted.has(signer));
    const isComplete = checkPossession({ ...signers, counted: allWho(signers) }, listed) === undefined;
    return stolen !== undefined && isComplete ? leaning(question, shortSigner(stolen)) : rejected(question, unsigned);
  }
  // Nothing is in force before its time, and here there is nothing that it could wait beside (row 56).
  if (isEarly(statement, question.now))
    return { verdict: "handover-pending", detail: "not-before", events: [], notices: [] };
  const event: EventBody = {
    kind: "handover",
    statement: signedStatement(question, signers),
    state: "active",
    via: "first-use",
  };
  return { verdict: "first-use", detail: undefined, events: [event], notices: [] };
}

/** A pin that never saw a statement: the first one is bound to it, or it joins a chain in the middle (row 62). */
function placeOnPin(question: StatementQuestion, statement: Statement): StatementJudgement {
  const before = currentState(question.pin);
  const { previous } = statement;
  const judgement = extend(question, statement, { before, as: bindingOf(statement) });
  // Where nothing ties it to this pin, what it follows might: that is missing, not wrong (row 50).
  const isMissing = previous !== undefined && question.batch?.offered.has(previous) !== true;
  return judgement.detail === "genesis" && isMissing ? gap(`statement ${statement.seq}, none is known`) : judgement;
}

/** The ordinary case: the next statement (rules.md, 4.3). */
function extend(question: StatementQuestion, statement: Statement, { before, as }: Standing): StatementJudgement {
  const signers = countSigners(question.offer, question.pin, question.now);
  const checked = checkSigned(question, statement, { before, signers, as, atHead: true });
  if (checked.kind === "rejected") return rejected(question, checked.detail);
  if (checked.kind === "contested") return leaning(question, checked.by);
  if (question.pin.chain.freeze !== undefined)
    return { verdict: "handover-fork", detail: "frozen until you resolve it", events: [], notices: [] };
  const quorum = checked.kind === "quorum" ? checked.quorum : [];
  return accept(question, statement, { before, signers, quorum, as });
}

function allWho({ counted, revoked }: Signers): ReadonlySet<SignerId> {
  return new Set([...counted, ...revoked]);
}

function leaning({ offer }: StatementQuestion, by: string): StatementJudgement {
  const detail = `leans on ${by}, revoked since; it leads to ${offer.sha256}`;
  return { verdict: "handover-contested", detail, events: [], notices: [] };
}

interface Accepted extends Standing {
  readonly signers: Signers;
  /** Empty where a recovery key spoke. */
  readonly quorum: readonly SignerId[];
}

function accept(question: StatementQuestion, statement: Statement, accepted: Accepted): StatementJudgement {
  const { signers, quorum } = accepted;
  const { pending } = question.pin.chain;
  // A recovery that waits is outranked by two or more keys, not by one that may be the stolen one (rules.md, 4.6).
  if (pending?.why === "recovery" && quorum.length < 2) return contest(question, signers, pending.link, "recovery");
  if (pending?.why === "not-before" && quorum.length > 0) return contest(question, signers, pending.link, "fork");
  if (quorum.length === 0) return pend(question, statement, signers, "recovery");
  if (isEarly(statement, question.now)) return pend(question, statement, signers, "not-before");
  return apply(question, statement, accepted);
}

function isEarly({ notBefore }: Statement, now: UnixMs): boolean {
  return notBefore !== undefined && notBefore > now;
}

/** The place is taken: a thief and the owner, or two owners, or a replay of somebody who has left (rows 49, 49a, 4.6). */
function compete(question: StatementQuestion, statement: Statement, ours: ChainLink): StatementJudgement {
  const { pin, now } = question;
  const { before } = ours;
  const as = ours === pin.chain.links[0] ? bindingOf(statement) : "next";
  const signers = countSigners(question.offer, withoutBranch(pin, ours), now);
  const checked = checkSigned(question, statement, { before, signers, as, atHead: false });
  switch (checked.kind) {
    case "rejected":
      return rejected(question, checked.detail);
    case "contested":
      return rejected(question, "spent");
    case "recovery":
      return recover(question, statement, { before, signers, ours });
    case "quorum": {
      // A recovery key outranks one handover key also where both signed.
      const recovered = checked.quorum.length < 2 ? recover(question, statement, { before, signers, ours }) : undefined;
      if (recovered !== undefined && recovered.verdict !== "handover-rejected") return recovered;
      const head = currentState(pin);
      const alive = quorumOf(head, signers.counted, pin, true);
      const need = Math.max(before.threshold.handover, head.threshold.handover);
      if (alive.length >= need) return contest(question, signers, ours, "fork");
      // A thief may have removed the owner's key; that it signed too takes nothing from the recovery key's word.
      const recovers = recoverersOf(before, signers.counted, pin, false).length > 0;
      return recovers
        ? recover(question, statement, { before, signers, ours })
        : contest(question, signers, ours, "spent");
    }
  }
}

/** What a branch says of the keys that it removed has no say in whether the branch stands. */
function withoutBranch(pin: Pin, ours: ChainLink): Pin {
  const { links } = pin.chain;
  const branch = links.slice(links.indexOf(ours));
  const removed = new Set(branch.flatMap(({ statement }) => statement.removed.map(({ signer }) => signer)));
  const signers = [...pin.signers].map(([key, entry]): [SignerId, PinnedSigner] => {
    const byBranch = removed.has(key) && entry.revocation !== undefined && entry.revocation.seenAt >= ours.at;
    return [key, byBranch ? { ...entry, revocation: undefined } : entry];
  });
  return { ...pin, signers: new Map(signers) };
}

/** The stolen key race: recovery wins at once against a branch that a quorum of one began, while its window is open. */
function recover(
  question: StatementQuestion,
  statement: Statement,
  { before, signers, ours }: { readonly before: ChainState; readonly signers: Signers; readonly ours: ChainLink },
): StatementJudgement {
  const { links } = question.pin.chain;
  const branch = links.slice(links.indexOf(ours));
  const beganWith = handoverKeys(before).filter((signer) => ours.signers.includes(signer)).length;
  const recoverers = recoverersOf(before, signers.counted, question.pin, false).filter(
    (key) => !branch.some((link) => link.signers.includes(key)),
  );
  if (recoverers.length === 0) return rejected(question, "spent");
  if (ours.via === "recovery" || beganWith >= 2)
    return rejected(question, `quorum (0 of ${before.threshold.handover})`);
  // First seen together, nothing tells which was first: `issued` is what the thief writes.
  if (isSeenTogether(question, ours)) return contest(question, signers, ours, "recovery");
  // Too late to undo anything, and still a second word at this place (row 49a).
  if (question.now - ours.at > RECOVERY_WINDOW_MS) return contest(question, signers, ours, "spent");
  const event: EventBody = {
    kind: "handover",
    statement: signedStatement(question, signers),
    state: "active",
    via: "recovery",
    rewind: true,
  };
  return { verdict: "handover-recovered", detail: `statement ${statement.seq}`, events: [event], notices: [] };
}

function isSeenTogether({ batch, now }: StatementQuestion, ours: ChainLink): boolean {
  return batch === undefined ? now === ours.at : !batch.seenBefore.has(ours.sha256);
}

function contest(
  question: StatementQuestion,
  signers: Signers,
  ours: ChainLink,
  rule: "fork" | "spent" | "recovery",
): StatementJudgement {
  const { competitors } = question.pin.chain;
  if (rule === "spent" && competitors.length >= MAX_COMPETITORS) return recompete(rule);
  const event: EventBody = {
    kind: "handover-contest",
    statement: signedStatement(question, signers),
    against: ours.sha256,
    rule,
  };
  return { ...recompete(rule), events: [event] };
}

/** Offered again: no news, and no question either where the user has answered it. */
function competesStill({ chain }: Pin, { rule }: Competitor): StatementJudgement {
  const isAnswered = rule === "fork" && chain.freeze === undefined;
  return { ...recompete(isAnswered ? "spent" : rule), notices: [] };
}

function recompete(rule: "fork" | "spent" | "recovery"): StatementJudgement {
  switch (rule) {
    case "fork":
      return { verdict: "handover-fork", detail: "two statements by quorums at one place", events: [], notices: [] };
    case "spent":
      return { verdict: "handover-rejected", detail: "spent", events: [], notices: ["handover-contested"] };
    case "recovery":
      return {
        verdict: "handover-contested",
        detail: "a recovery of the same state is pending",
        events: [],
        notices: [],
      };
  }
}

function pend(
  question: StatementQuestion,
  statement: Statement,
  signers: Signers,
  why: "recovery" | "not-before",
): StatementJudgement {
  const via = why === "recovery" ? "recovery" : "quorum";
  const event: EventBody = { kind: "handover", statement: signedStatement(question, signers), state: "pending", via };
  return { verdict: "handover-pending", detail: `${why}, statement ${statement.seq}`, events: [event], notices: [] };
}

function apply(
  question: StatementQuestion,
  statement: Statement,
  { signers, before, as }: Accepted,
): StatementJudgement {
  const { pin } = question;
  const after = stateAfter(statement);
  const via = as === "join" ? "join" : "quorum";
  const event: EventBody = { kind: "handover", statement: signedStatement(question, signers), state: "active", via };
  const local = [...pin.signers.values()].some(
    ({ isLocal, state, signer }) => isLocal && state === "active" && !after.keys.has(signer),
  );
  const dropped = [...before.recovery].some((key) => !after.recovery.has(key));
  return {
    verdict: "handover-applied",
    detail: `statement ${statement.seq}`,
    events: [event],
    notices: [
      ...(signers.expired.size > 0 ? (["signer-expired"] as const) : []),
      ...(dropped ? (["recovery-dropped"] as const) : []),
      ...(local ? (["trusted-here-only"] as const) : []),
    ],
  };
}

function signedStatement({ offer }: StatementQuestion, { counted }: Signers): SignedStatement {
  const { sha256, text, place: from, blocks } = offer;
  return { sha256, text, signers: [...counted], place: from, ...(blocks === undefined ? {} : { blocks }) };
}

function rejected({ offer }: StatementQuestion, detail: string): StatementJudgement {
  const told = offer.fitsOnlyRaw ? `${detail}; a signature fits only the file with CRLF line ends` : detail;
  return {
    verdict: "handover-rejected",
    detail: told,
    events: [{ kind: "handover-refused", sha256: offer.sha256, detail: told, place: offer.place }],
    notices: [],
  };
}

function gap(detail: string): StatementJudgement {
  return { verdict: "handover-gap", detail, events: [], notices: [] };
}

/** @returns what a statement comes to that is in force already, or was before what this pin knows. */
export function known(): StatementJudgement {
  return { verdict: "handover-known", detail: undefined, events: [], notices: [] };
}
