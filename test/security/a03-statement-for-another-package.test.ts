import assert from "node:assert/strict";
import { it } from "node:test";
import { both, RealProject } from "./real-project.ts";

it("A3: a genuine statement of a sister project", async (t) => {
  const project = new RealProject();
  t.after(() => project.place.close());
  const alice = project.newKey("alice");
  const bob = project.newKey("bob");
  const one = project.statement({ keys: [both(alice)] });
  await project.offer(one + project.sign(one, alice));
  const lines = { packages: ["pkg:pypi/astropy"], keys: [both(bob)], more: [`remove openpgp:${alice} retired`] };
  const sister = project.statement(lines, one);
  const answer = await project.offer(sister + project.sign(sister, alice, bob));
  assert.deepEqual([answer?.verdict, answer?.detail], ["handover-rejected", "package"]);
  assert.deepEqual(project.active(), [alice]);
});
