import { it } from "node:test";
import { begun, offer } from "../core/handover-row.ts";
import { offered } from "../core/offers.ts";
import { Scene } from "../core/scene.ts";
import { assertHeld } from "./aftermath.ts";

it("A8: a key disappears without a word", () => {
  const scene = new Scene();
  const on = begun(scene, { keys: "A B" });
  const answer = offer(scene, "2026-02-01", offered({ on, keys: "A", by: "A" }));
  assertHeld(scene, answer, { verdict: "handover-rejected", detail: /^set$/, signers: "A B" });
});
