import assert from "node:assert/strict";
import type { StatementJudgement } from "../../daemon/core/handover-judgement.ts";
import { release } from "../core/handover-row.ts";
import { letters } from "../core/offers.ts";
import { type Scene, signer } from "../core/scene.ts";

/** An attack by statement came to this, and moved nothing: the same signers act, and what they sign next is no alarm. */
export function assertHeld(
  scene: Scene,
  answer: StatementJudgement | undefined,
  held: { readonly verdict: string; readonly detail: RegExp; readonly signers: string },
): void {
  assert.equal(answer?.verdict, held.verdict);
  assert.match(answer?.detail ?? "", held.detail);
  assert.deepEqual([...scene.active()].sort(), letters(held.signers).map(signer).sort());
  assert.equal(release(scene, "2026-12-01", held.signers).exit, 0);
}
