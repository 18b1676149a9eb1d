import type { EventBody, SignedStatement } from "./event.ts";
import { stateAt } from "./fold-chain.ts";
import { addedBy, type ChainLink, type ChainState, handoverKeys, stateAfter } from "./handover-chain.ts";
import { countSigners, quorumOf, type Signers } from "./handover-signers.ts";
import type { OfferedStatement } from "./offer.ts";
import type { PackageName } from "./package-name.ts";
import { currentState, type Pin } from "./pin.ts";
import { shortSigner } from "./sentence.ts";
import type { SignerId } from "./signer.ts";
import type { Statement } from "./statement.ts";
import { DAY_MS, MINUTE_MS, type UnixMs } from "./time.ts";

/** Everything a judgement about one statement depends on. */
export interface StatementQuestion {
  readonly package: PackageName;
  readonly pin: Pin;
  readonly offer: OfferedStatement;
  readonly now: UnixMs;
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
const FUTURE_TOLERANCE_MS = 10 * MINUTE_MS;

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
  if (competitor !== undefined) return recompete(competitor.rule);
  if (pin.chain.freeze !== undefined) {
    return { verdict: "handover-fork", detail: "frozen until you resolve it", events: [], notices: [] };
  }
  if (pin.requirement.noHandover === true) return rejected(question, "policy (no handover)");
  return place(question, statement);
}

/** @returns events for pending statements whose time has come; asked before each judgement, there is no timer. */
export function dueEvents({ chain }: Pin, now: UnixMs): readonly EventBody[] {
  const { pending } = chain;
  if (pending === undefined) return [];
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

/** Where in the chain the statement stands decides which state it is judged against. */
function place(question: StatementQuestion, statement: Statement): StatementJudgement {
  const { pin } = question;
  const { links } = pin.chain;
  const head = links.at(-1);
  if (head === undefined) return pin.exists ? placeOnPin(question, statement) : placeOnNothing(question, statement);
  if (statement.previous === head.sha256) return extend(question, statement, { before: head.after, isGenesis: false });
  const isAncestor =
    statement.previous === undefined
      ? links[0]?.via !== "join"
      : links.some((link) => link.sha256 === statement.previous);
  if (isAncestor) return compete(question, statement);
  if (statement.seq > head.statement.seq + 1) return gap(`statement ${statement.seq}, known are ${head.statement.seq}`);
  return rejected(question, "genesis");
}

/** A package without a pin: only a whole chain from its beginning says anything (row 61). */
function placeOnNothing(question: StatementQuestion, statement: Statement): StatementJudgement {
  if (statement.previous !== undefined) return gap(`statement ${statement.seq}, none is known`);
  const signers = countSigners(question.offer, question.pin, question.now);
  const after = stateAfter(statement);
  const refusal =
    checkState(after) ??
    checkTimes(question, statement, signers, [...after.keys.keys()]) ??
    checkPossession(signers, [...after.keys.keys(), ...after.recovery]);
  if (refusal !== undefined) return rejected(question, refusal);
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
  if (statement.previous === undefined) return extend(question, statement, { before, isGenesis: true });
  const signers = countSigners(question.offer, question.pin, question.now);
  const joins =
    quorumOf(before, signers.counted, question.pin, true).length >= before.threshold.handover &&
    handoverKeys(before).length > 0;
  if (!joins) return rejected(question, "genesis");
  const after = stateAfter(statement);
  const refusal = checkState(after) ?? checkNewQuorum(after, signers);
  if (refusal !== undefined) return rejected(question, refusal);
  return apply(question, statement, { signers, before, via: "join" });
}

interface Standing {
  readonly before: ChainState;
  readonly isGenesis: boolean;
}

/** The ordinary case: the next statement (rules.md, 4.3). */
function extend(
  question: StatementQuestion,
  statement: Statement,
  { before, isGenesis }: Standing,
): StatementJudgement {
  const signers = countSigners(question.offer, question.pin, question.now);
  const checked = checkSigned(question, statement, { before, signers, isGenesis, atHead: true });
  switch (checked.kind) {
    case "rejected":
      return rejected(question, checked.detail);
    case "contested":
      return {
        verdict: "handover-contested",
        detail: `leans on ${checked.by}, revoked since; it leads to ${question.offer.sha256}`,
        events: [],
        notices: [],
      };
    case "recovery":
      return pend(question, statement, signers, "recovery");
    case "quorum":
      return accept(question, statement, { before, signers, quorum: checked.quorum });
  }
}

type Checked =
  | { readonly kind: "quorum"; readonly quorum: readonly SignerId[] }
  | { readonly kind: "recovery" }
  | { readonly kind: "contested"; readonly by: string }
  | { readonly kind: "rejected"; readonly detail: string };

interface Signed {
  readonly before: ChainState;
  readonly signers: Signers;
  readonly isGenesis: boolean;
  readonly atHead: boolean;
}

function checkSigned(question: StatementQuestion, statement: Statement, signed: Signed): Checked {
  const { before, signers, isGenesis, atHead } = signed;
  const after = stateAfter(statement);
  const added = isGenesis ? [...after.keys.keys(), ...after.recovery] : addedBy(before, after);
  const quorum = quorumFor(question, statement, signed);
  const need = before.threshold.handover;
  const early =
    (isGenesis ? undefined : checkSet(statement, before, after)) ??
    checkState(after) ??
    checkTimes(question, statement, signers, [...handoverKeys(before), ...added]);
  if (early !== undefined) return { kind: "rejected", detail: early };
  const byRecovery = !isGenesis && [...before.recovery].some((key) => signers.counted.has(key));
  if (quorum.length < need && !byRecovery) {
    const withRevoked = quorumOf(before, new Set([...signers.counted, ...signers.revoked]), question.pin, atHead);
    const stolen = withRevoked.find((signer) => signers.revoked.has(signer));
    if (stolen !== undefined && withRevoked.length >= need) return { kind: "contested", by: shortSigner(stolen) };
    return {
      kind: "rejected",
      detail: lackingSubkey(signers, handoverKeys(before)) ?? `quorum (${quorum.length} of ${need})`,
    };
  }
  const late = checkPossession(signers, added) ?? checkNewQuorum(after, signers);
  if (late !== undefined) return { kind: "rejected", detail: late };
  return quorum.length >= need ? { kind: "quorum", quorum } : { kind: "recovery" };
}

/** Rule 4: whom the statement itself calls compromised counts only where it is not needed, or is all there is. */
function quorumFor(
  { pin }: StatementQuestion,
  statement: Statement,
  { before, signers, atHead }: Signed,
): readonly SignerId[] {
  const quorum = quorumOf(before, signers.counted, pin, atHead);
  const compromised = new Set(
    statement.removed.filter(({ reason }) => reason === "compromised").map(({ signer }) => signer),
  );
  return before.threshold.handover === 1 ? quorum : quorum.filter((signer) => !compromised.has(signer));
}

function accept(
  question: StatementQuestion,
  statement: Statement,
  accepted: { readonly before: ChainState; readonly signers: Signers; readonly quorum: readonly SignerId[] },
): StatementJudgement {
  const { pending } = question.pin.chain;
  // A recovery is outranked by two or more keys, not by one that may be the stolen one (rules.md, 4.6).
  const isRival = pending?.why === "recovery" && pending.link.statement.previous === statement.previous;
  if (isRival && accepted.quorum.length < 2) return contest(question, accepted.signers, pending.link, "recovery");
  if (statement.notBefore !== undefined && statement.notBefore > question.now)
    return pend(question, statement, accepted.signers, "not-before");
  return apply(question, statement, { ...accepted, via: "quorum" });
}

/** The place is taken: a thief and the owner, or two owners, or a replay of somebody who has left (rows 49, 49a, 4.6). */
function compete(question: StatementQuestion, statement: Statement): StatementJudgement {
  const { pin, now } = question;
  const before = stateAt(pin, statement.previous);
  const ours = pin.chain.links.find((link) => link.statement.previous === statement.previous) ?? pin.chain.links[0];
  if (ours === undefined) return rejected(question, "genesis");
  const signers = countSigners(question.offer, pin, now);
  const checked = checkSigned(question, statement, {
    before,
    signers,
    isGenesis: statement.previous === undefined,
    atHead: false,
  });
  switch (checked.kind) {
    case "rejected":
      return rejected(question, checked.detail);
    case "contested":
      return rejected(question, "spent");
    case "recovery":
      return recover(question, statement, { before, signers, ours });
    case "quorum": {
      const head = currentState(pin);
      const alive = checked.quorum.filter(
        (signer) => head.keys.get(signer)?.has("handover") === true && pin.signers.get(signer)?.state !== "retired",
      );
      const need = Math.max(before.threshold.handover, head.threshold.handover);
      return contest(question, signers, ours, alive.length >= need ? "fork" : "spent");
    }
  }
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
  const recoverers = [...before.recovery].filter(
    (key) => signers.counted.has(key) && !branch.some((link) => link.signers.includes(key)),
  );
  if (recoverers.length === 0) return rejected(question, "spent");
  if (ours.via === "recovery" || beganWith >= 2)
    return rejected(question, `quorum (0 of ${before.threshold.handover})`);
  if (question.now - ours.at > RECOVERY_WINDOW_MS) return rejected(question, "late (the recovery window has passed)");
  const event: EventBody = {
    kind: "handover",
    statement: signedStatement(question, signers),
    state: "active",
    via: "recovery",
    rewind: true,
  };
  return { verdict: "handover-recovered", detail: `statement ${statement.seq}`, events: [event], notices: [] };
}

function contest(
  question: StatementQuestion,
  signers: Signers,
  ours: ChainLink,
  rule: "fork" | "spent" | "recovery",
): StatementJudgement {
  const event: EventBody = {
    kind: "handover-contest",
    statement: signedStatement(question, signers),
    against: ours.sha256,
    rule,
  };
  return { ...recompete(rule), events: [event] };
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
  applied: { readonly before: ChainState; readonly signers: Signers; readonly via: "quorum" | "join" },
): StatementJudgement {
  const { pin } = question;
  const { signers, before, via } = applied;
  const after = stateAfter(statement);
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

/** Row 60: the whole new state is listed, and every difference explained; nobody disappears silently. */
function checkSet({ removed }: Statement, before: ChainState, after: ChainState): string | undefined {
  const gone = [...before.keys.keys()].filter((signer) => !after.keys.has(signer));
  const explained = new Set(removed.map(({ signer }) => signer));
  const unexplained = gone.some((signer) => !explained.has(signer) && !after.recovery.has(signer));
  const strange = removed.some(
    ({ signer }) => after.keys.has(signer) || (!before.keys.has(signer) && !before.recovery.has(signer)),
  );
  return unexplained || strange ? "set" : undefined;
}

function checkState(after: ChainState): string | undefined {
  if ([...after.recovery].some((signer) => after.keys.has(signer))) return "role";
  const releasers = [...after.keys.values()].filter((roles) => roles.has("release")).length;
  const reachable = after.threshold.handover <= handoverKeys(after).length && after.threshold.release <= releasers;
  return reachable ? undefined : "thresholds";
}

/** Row 56a: only a signature that is needed can be too early. */
function checkTimes(
  { now }: StatementQuestion,
  { issued }: Statement,
  { counted, future }: Signers,
  needed: readonly SignerId[],
): string | undefined {
  if (issued > now + FUTURE_TOLERANCE_MS) return "future";
  return needed.some((signer) => future.has(signer) && !counted.has(signer)) ? "future" : undefined;
}

/** Every added key must sign: nobody is made a signer without consent (rules.md, 4.3, 2). */
function checkPossession(signers: Signers, added: readonly SignerId[]): string | undefined {
  const missing = added.filter((signer) => !signers.counted.has(signer));
  const [first] = missing;
  if (first === undefined) return undefined;
  return lackingSubkey(signers, missing) ?? `possession ${shortSigner(first)}`;
}

function checkNewQuorum(after: ChainState, { counted }: Signers): string | undefined {
  const have = handoverKeys(after).filter((signer) => counted.has(signer)).length;
  return have >= after.threshold.handover
    ? undefined
    : `quorum (${have} of ${after.threshold.handover}) of the new signers`;
}

/** Rule 7, named as such, since gpg signs with a subkey unless told otherwise. */
function lackingSubkey({ bySubkey, counted }: Signers, wanted: readonly SignerId[]): string | undefined {
  const found = wanted.find((signer) => bySubkey.has(signer) && !counted.has(signer));
  return found === undefined ? undefined : `subkey ${shortSigner(found)}`;
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

function known(): StatementJudgement {
  return { verdict: "handover-known", detail: undefined, events: [], notices: [] };
}
