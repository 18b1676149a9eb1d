import assert from "node:assert/strict";
import { it } from "node:test";
import { gpgBlock } from "../evidence/statements.ts";
import { both, RealProject } from "./real-project.ts";

it("A9: one key signs twice, as itself and with its subkey", async (t) => {
  const project = new RealProject();
  t.after(() => project.place.close());
  const alice = project.newKey("alice");
  const bob = project.newKey("bob");
  const one = project.statement({ keys: [both(alice), both(bob)], threshold: { handover: 2 } });
  await project.offer(one + project.sign(one, alice, bob));
  project.place.gpg("--quick-add-key", alice, "ed25519", "sign", "never");
  const two = project.statement({ keys: [both(alice), both(bob)] }, one);
  const bySubkey = gpgBlock(project.place, two, alice);
  const answer = await project.offer(two + project.sign(two, alice, alice) + bySubkey);
  assert.deepEqual([answer?.verdict, answer?.detail], ["handover-rejected", "quorum (1 of 2)"]);
});
