import { it } from "node:test";
import { begun, offer } from "../core/handover-row.ts";
import { offered } from "../core/offers.ts";
import { Scene } from "../core/scene.ts";
import { assertHeld } from "./aftermath.ts";

it("A5: a second statement at a place that is taken", () => {
  const scene = new Scene();
  const on = begun(scene, { keys: "A B" });
  scene.offer("2026-02-01", offered({ on, keys: "A B", by: "A", reason: "Nothing new." }));
  const answer = offer(scene, "2026-02-02", offered({ on, keys: "A B M", by: "A M" }));
  assertHeld(scene, answer, { verdict: "handover-fork", detail: /two statements/, signers: "A B" });
});
