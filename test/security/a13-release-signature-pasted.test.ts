import assert from "node:assert/strict";
import { it } from "node:test";
import { gpgBlock } from "../evidence/statements.ts";
import { both, RealProject } from "./real-project.ts";

it("A13: signatures that were made for something else, pasted under a statement", async (t) => {
  const project = new RealProject();
  t.after(() => project.place.close());
  const alice = project.newKey("alice");
  const thief = project.newKey("thief");
  const one = project.statement({ keys: [both(alice)] });
  await project.offer(one + project.sign(one, alice));
  const two = project.statement({ keys: [both(alice), both(thief)] }, one);
  const overRelease = gpgBlock(project.place, "a release", `${alice}!`);
  const byRobot = gpgBlock(project.place, two, `${alice}!`, []);
  for (const pasted of [overRelease, byRobot]) {
    const answer = await project.offer(two + pasted + project.sign(two, thief));
    assert.deepEqual([answer?.verdict, answer?.detail], ["handover-rejected", "quorum (0 of 1)"]);
  }
  assert.deepEqual(project.active(), [alice]);
});
