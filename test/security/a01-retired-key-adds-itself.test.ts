import assert from "node:assert/strict";
import { it } from "node:test";
import { both, RealProject } from "./real-project.ts";

it("A1: the thief of a retired key adds himself", async (t) => {
  const project = new RealProject();
  t.after(() => project.place.close());
  const alice = project.newKey("alice");
  const bob = project.newKey("bob");
  const thief = project.newKey("thief");
  const one = project.statement({ keys: [both(alice)] });
  const two = project.statement({ keys: [both(bob)], more: [`remove openpgp:${alice} superseded`] }, one);
  await project.offer(one + project.sign(one, alice) + two + project.sign(two, alice, bob));
  const three = project.statement({ keys: [both(bob), both(thief)] }, two, 3);
  const answer = await project.offer(three + project.sign(three, alice, thief));
  assert.deepEqual([answer?.verdict, answer?.detail], ["handover-rejected", "quorum (0 of 1)"]);
  assert.deepEqual(project.active(), [bob]);
});
