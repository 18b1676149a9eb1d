import assert from "node:assert/strict";
import { it } from "node:test";
import { packageIn } from "../../daemon/core/package-name.ts";
import { offer, pinned, release } from "../core/handover-row.ts";
import { offered } from "../core/offers.ts";
import { must, Scene, signer } from "../core/scene.ts";

it("a key that is pinned for another package", () => {
  const scene = new Scene();
  pinned(scene);
  scene.elsewhere = { signers: new Map([[signer("P"), [must(packageIn("pypi", "astropy"))]]]), sameBytes: [] };
  const judgement = release(scene, "2026-02-01", "P");
  assert.equal(judgement.verdict, "unexpected-signer");
  assert.deepEqual(
    judgement.hints.map(({ kind }) => kind),
    ["pinned-elsewhere"],
  );
  const elsewhere = offered({ packages: [must(packageIn("pypi", "astropy"))], keys: "P", by: "P" });
  assert.equal(offer(scene, "2026-02-02", elsewhere)?.detail, "package");
  assert.deepEqual(scene.active(), [signer("A")]);
});
