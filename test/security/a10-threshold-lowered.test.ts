import { it } from "node:test";
import { begun, offer } from "../core/handover-row.ts";
import { offered } from "../core/offers.ts";
import { Scene } from "../core/scene.ts";
import { assertHeld } from "./aftermath.ts";

it("A10: one of two lowers the threshold to one", () => {
  const scene = new Scene();
  const on = begun(scene, { keys: "A B", handover: 2 });
  const answer = offer(scene, "2026-02-01", offered({ on, keys: "A B", handover: 1, by: "A" }));
  assertHeld(scene, answer, { verdict: "handover-rejected", detail: /^quorum \(1 of 2\)$/, signers: "A B" });
});
