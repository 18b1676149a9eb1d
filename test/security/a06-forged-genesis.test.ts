import { it } from "node:test";
import { offer, pinned } from "../core/handover-row.ts";
import { offered } from "../core/offers.ts";
import { Scene } from "../core/scene.ts";
import { assertHeld } from "./aftermath.ts";

it("A6: a first statement that says the pinned key was lost", () => {
  const scene = new Scene();
  pinned(scene);
  const answer = offer(
    scene,
    "2026-02-01",
    offered({ keys: "M", remove: { A: "lost" }, by: "M", reason: "Alice lost her key." }),
  );
  assertHeld(scene, answer, { verdict: "handover-rejected", detail: /^genesis$/, signers: "A" });
});
