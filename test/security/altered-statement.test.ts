import assert from "node:assert/strict";
import { it } from "node:test";
import { both, RealProject } from "./real-project.ts";

it("one byte of a statement changed: the signatures fit no longer", async (t) => {
  const project = new RealProject();
  t.after(() => project.place.close());
  const alice = project.newKey("alice");
  const bob = project.newKey("bob");
  const one = project.statement({ keys: [both(alice)] });
  await project.offer(one + project.sign(one, alice));
  const two = project.statement({ keys: [both(bob)], more: [`remove openpgp:${alice} retired`] }, one);
  const answer = await project.offer(two.replace("a test", "a tesT") + project.sign(two, alice, bob));
  assert.deepEqual([answer?.verdict, answer?.detail], ["handover-rejected", "quorum (0 of 1)"]);
  assert.deepEqual(project.active(), [alice]);
  assert.equal((await project.offer(two + project.sign(two, alice, bob)))?.verdict, "handover-applied");
});
