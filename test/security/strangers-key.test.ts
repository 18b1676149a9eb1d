import assert from "node:assert/strict";
import { it } from "node:test";
import { pinned, release } from "../core/handover-row.ts";
import { offered } from "../core/offers.ts";
import { Scene, signer } from "../core/scene.ts";

it("a stranger's key, with and without a statement of his own", () => {
  const scene = new Scene();
  pinned(scene);
  assert.equal(release(scene, "2026-02-01", "M").verdict, "unexpected-signer");
  const own = offered({ keys: "M", by: "M" });
  const judgement = release(scene, "2026-02-02", "M", [own]);
  assert.equal(judgement.verdict, "unexpected-signer");
  assert.equal(judgement.exit, 4);
  assert.deepEqual(scene.active(), [signer("A")]);
});
