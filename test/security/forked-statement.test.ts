import assert from "node:assert/strict";
import { it } from "node:test";
import { begun, offer, release } from "../core/handover-row.ts";
import { offered } from "../core/offers.ts";
import { Scene } from "../core/scene.ts";

it("a thief and the owner each hand over: nobody whom only one of them names passes", () => {
  const scene = new Scene();
  const on = begun(scene, { keys: "A B:r" });
  const owner = offered({ on, keys: "N B:r", remove: { A: "superseded" }, by: "A N" });
  const thief = offered({ on, keys: "A B:r M", by: "A M" });
  scene.offer("2026-02-01", thief);
  assert.equal(offer(scene, "2026-02-02", owner)?.verdict, "handover-fork");
  for (const letter of ["A", "M", "N"]) assert.equal(release(scene, "2026-02-03", letter).verdict, "handover-fork");
  assert.equal(release(scene, "2026-02-04", "B").verdict, "match");
});
