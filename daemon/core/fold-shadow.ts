import type { Event } from "./event.ts";
import { addedBy, type ChainLink } from "./handover-chain.ts";
import { currentState } from "./pin.ts";
import { type Draft, type DraftSigner, newSigner } from "./pin-draft.ts";

/** Names those whom a statement that is not in force would add, so that what they sign is told for what it is. */
export function shadow(draft: Draft, link: ChainLink, state: "pending" | "frozen" | "contested", event: Event): void {
  for (const signer of addedBy(currentState(draft), link.after)) {
    if (draft.signers.has(signer)) continue;
    const entry = newSigner(signer, { kind: "handover", n: event.n, seq: link.statement.seq }, event.mono);
    draft.signers.set(signer, { ...entry, state, roles: new Set(link.after.keys.get(signer) ?? ["recovery"]) });
  }
}

/** @returns whether no statement in force ever spoke for a signer. */
function isShadow(draft: Draft, { signer, basis, isLocal, firstSeen }: DraftSigner): boolean {
  if (isLocal || firstSeen !== undefined || basis.kind !== "handover") return false;
  return !draft.chain.links.some(({ after }) => after.keys.has(signer) || after.recovery.has(signer));
}

/** Ends every freeze and every doubt: who was in force is again, who only waited to be goes. */
export function thaw(draft: Draft): void {
  const { pending } = draft.chain;
  for (const [key, signer] of draft.signers) {
    if (signer.state !== "frozen" && signer.state !== "contested") continue;
    if (!isShadow(draft, signer)) signer.state = "active";
    else if (pending?.link.after.keys.has(key) === true) signer.state = "pending";
    else draft.signers.delete(key);
  }
  draft.chain = { ...draft.chain, freeze: undefined };
}

/** Whom a statement named that has not come into force goes without a trace. */
export function dropShadows(draft: Draft): void {
  for (const [key, signer] of draft.signers) {
    const isWaiting = signer.state === "pending" || signer.state === "frozen" || signer.state === "contested";
    if (isWaiting && isShadow(draft, signer)) draft.signers.delete(key);
  }
}
