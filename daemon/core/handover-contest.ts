import type { EventBody } from "./event.ts";
import { type ChainLink, type ChainState, type Competitor, handoverKeys, MAX_COMPETITORS } from "./handover-chain.ts";
import { bindingOf, checkSigned } from "./handover-checks.ts";
import { rejected, type StatementJudgement, type StatementQuestion, signedStatement } from "./handover-judgement.ts";
import { countSigners, quorumOf, recoverersOf, type Signers } from "./handover-signers.ts";
import { RECOVERY_WINDOW_MS } from "./handover-window.ts";
import { currentState, type Pin, type PinnedSigner } from "./pin.ts";
import type { SignerId } from "./signer.ts";
import type { Statement } from "./statement.ts";

/** The place is taken: a thief and the owner, or two owners, or a replay of somebody who has left (rows 49, 49a, 4.6). */
export function compete(question: StatementQuestion, statement: Statement, ours: ChainLink): StatementJudgement {
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

/** @returns a statement kept as evidence beside ours, and what that means. */
export function contest(
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
export function competesStill({ chain }: Pin, { rule }: Competitor): StatementJudgement {
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
