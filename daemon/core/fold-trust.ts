import type { Distrust, Event, Trust } from "./event.ts";
import { retire } from "./fold-standing.ts";
import { EMPTY_CHAIN, handoverKeys } from "./handover-chain.ts";
import { type Draft, newSigner } from "./pin-draft.ts";
import { mergeRequirements } from "./policy.ts";
import type { SignerId } from "./signer.ts";

/** A person's word for a signer, or for one file. */
export function applyTrust(draft: Draft, body: Trust, event: Event): void {
  if (body.scope === "artifact") {
    if (body.artifact !== undefined)
      draft.acceptedOnce.set(body.artifact.sha256, { signer: body.key, overridden: body.overridden, at: event.mono });
    return;
  }
  const replaced = body.replaces === undefined ? undefined : draft.signers.get(body.replaces);
  if (replaced !== undefined) {
    retire(replaced, "lost", event.mono);
    leaveDeadChain(draft);
  }
  const hadActive = [...draft.signers.values()].some((signer) => signer.state === "active");
  const signer = draft.signers.get(body.key) ?? newSigner(body.key, { kind: "trust", n: event.n }, event.mono);
  if (body.undoDistrust === true) {
    signer.distrust = undefined;
    signer.undistrustedAt = event.mono;
  }
  if (signer.distrust === undefined && signer.revocation === undefined) {
    // Beside an active signer a newcomer may release, no more: who may hand over is not widened in passing.
    signer.roles.add("release");
    signer.isLocal = hadActive && replaced === undefined && !signer.roles.has("handover");
    if (!hadActive || replaced?.roles.has("handover") === true) signer.roles.add("handover");
    signer.state = "active";
    signer.retirement = undefined;
    signer.until = body.until;
  }
  draft.signers.set(body.key, signer);
  draft.exists = true;
  draft.everSigned = true;
}

/**
 * Where nobody who is left can go on with the chain, the package has changed hands outside of it: the pin leaves it, so
 * that whoever came after can begin one. Its statements stay in the journal, and offered again they bind nobody here.
 */
function leaveDeadChain(draft: Draft): void {
  const head = draft.chain.links.at(-1)?.after;
  if (head === undefined) return;
  const acts = (signer: SignerId): boolean => draft.signers.get(signer)?.state === "active";
  const canGoOn = handoverKeys(head).filter(acts).length >= head.threshold.handover || [...head.recovery].some(acts);
  if (canGoOn) return;
  draft.chain = { ...EMPTY_CHAIN, competitors: draft.chain.competitors };
  // How many must sign a release was the old team's word, and nobody has taken it back.
  const releaseThreshold = Math.max(head.threshold.release, draft.requirement.releaseThreshold ?? 1);
  draft.requirement = mergeRequirements(draft.requirement, { releaseThreshold });
}

/** A person's word against a signer. */
export function applyDistrust(draft: Draft, body: Distrust, event: Event): void {
  const known = draft.signers.get(body.key) ?? newSigner(body.key, { kind: "trust", n: event.n }, event.mono);
  draft.signers.set(body.key, { ...known, state: "distrusted", distrust: { reason: body.reason, at: event.mono } });
}
