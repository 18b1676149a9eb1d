import { it } from "node:test";
import { begun, offer } from "../core/handover-row.ts";
import { offered } from "../core/offers.ts";
import { Scene } from "../core/scene.ts";
import { assertHeld } from "./aftermath.ts";

it("A4: a victim is named as signer without having signed", () => {
  const scene = new Scene();
  const on = begun(scene, { keys: "A" });
  const answer = offer(scene, "2026-02-01", offered({ on, keys: "A V", by: "A" }));
  assertHeld(scene, answer, { verdict: "handover-rejected", detail: /^possession /, signers: "A" });
});
