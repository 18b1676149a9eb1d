import assert from "node:assert/strict";
import { it } from "node:test";
import { begun, offer, release } from "../core/handover-row.ts";
import { offered } from "../core/offers.ts";
import { Scene, signer } from "../core/scene.ts";

it("A12: a recovery key alone replaces everybody", () => {
  const scene = new Scene();
  const on = begun(scene, { keys: "A", recovery: "R" });
  const answer = offer(scene, "2026-11-30", offered({ on, keys: "M", remove: { A: "compromised" }, by: "R M" }));
  assert.equal(release(scene, "2026-11-30", "M").exit, 3);
  assert.equal(answer?.verdict, "handover-pending");
  assert.equal(release(scene, "2026-12-01", "A").exit, 0);
  assert.deepEqual([...scene.active()].sort(), [signer("A"), signer("R")].sort());
});
