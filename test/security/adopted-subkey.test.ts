import assert from "node:assert/strict";
import { it } from "node:test";
import { pinned } from "../core/handover-row.ts";
import { Scene, signed, signer } from "../core/scene.ts";

it("a subkey of somebody else that a certificate claims for the pinned signer", () => {
  const scene = new Scene();
  pinned(scene);
  const adopted = signed("A", { byPrimary: false, standing: { kind: "unproven" } });
  const judgement = scene.arrive({ at: "2026-02-01", bytes: "evil", version: "2.0", signatures: [adopted] });
  assert.equal(judgement.verdict, "unexpected-signer");
  assert.deepEqual(judgement.hints, [{ kind: "unproven-subkey", signer: signer("A") }]);
});
