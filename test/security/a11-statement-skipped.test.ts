import { it } from "node:test";
import { begun, offer } from "../core/handover-row.ts";
import { offered } from "../core/offers.ts";
import { Scene } from "../core/scene.ts";
import { assertHeld } from "./aftermath.ts";

it("A11: a later statement while the one between is withheld", () => {
  const scene = new Scene();
  const on = begun(scene, { keys: "A" });
  const withheld = offered({ on, keys: "A B", handover: 2, by: "A B" });
  const answer = offer(scene, "2026-02-01", offered({ on: withheld, keys: "A B M", handover: 2, by: "A B M" }));
  assertHeld(scene, answer, { verdict: "handover-gap", detail: /^statement 3, known are 1$/, signers: "A" });
});
