import assert from "node:assert/strict";
import { it } from "node:test";
import { both, RealProject } from "./real-project.ts";

it("a replayed statement moves nothing, however often and in whatever order it comes", async (t) => {
  const project = new RealProject();
  t.after(() => project.place.close());
  const alice = project.newKey("alice");
  const bob = project.newKey("bob");
  const carol = project.newKey("carol");
  const one = project.statement({ keys: [both(alice)] });
  const two = project.statement({ keys: [both(bob)], more: [`remove openpgp:${alice} retired`] }, one);
  const three = project.statement({ keys: [both(carol)], more: [`remove openpgp:${bob} retired`] }, two, 3);
  const files = [
    one + project.sign(one, alice),
    two + project.sign(two, alice, bob),
    three + project.sign(three, bob, carol),
  ];
  assert.equal((await project.offer(files.join("")))?.verdict, "handover-applied");
  const version = project.pin.version;
  for (const file of [...files, files.slice(1).join(""), files.slice(0, 2).join(""), files.join("")])
    assert.equal((await project.offer(file))?.verdict, "handover-known");
  assert.equal(project.pin.version, version, "nothing was written down");
  assert.deepEqual(project.active(), [carol]);
});
