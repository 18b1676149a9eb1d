import type { EventBody } from "./event.ts";
import { stateAfter } from "./handover-chain.ts";
import { bindingOf, checkPossession, checkSigned, checkState, checkTimes, type Standing } from "./handover-checks.ts";
import { compete, competesStill, contest } from "./handover-contest.ts";
import {
  gap,
  known,
  rejected,
  type StatementJudgement,
  type StatementQuestion,
  signedStatement,
} from "./handover-judgement.ts";
import { countSigners, type Signers } from "./handover-signers.ts";
import { currentState } from "./pin.ts";
import { shortSigner } from "./sentence.ts";
import type { SignerId } from "./signer.ts";
import type { Statement } from "./statement.ts";
import type { UnixMs } from "./time.ts";

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
