import assert from "node:assert/strict";
import { it } from "node:test";
import { both, RealProject } from "./real-project.ts";

it("A7: an unknown field, another alphabet's letter or an empty line in a genuine statement", async (t) => {
  const project = new RealProject();
  t.after(() => project.place.close());
  const alice = project.newKey("alice");
  const bob = project.newKey("bob");
  const one = project.statement({ keys: [both(alice)] });
  await project.offer(one + project.sign(one, alice));
  const two = project.statement({ keys: [both(alice), both(bob)] }, one);
  const unclean: readonly (readonly [string, RegExp])[] = [
    [two.replace("reason", "colour red\nreason"), /^syntax line \d+$/],
    [two.replace("a test", "a t\u0435st"), /^syntax line \d+$/],
    [two.replace("reason", "\nreason"), /^syntax line \d+$/],
    [two.replace("a test", "a\ttest"), /^syntax line \d+$/],
  ];
  for (const [text, reason] of unclean) {
    const answer = await project.offer(text + project.sign(text, alice, bob));
    assert.equal(answer?.verdict, "handover-rejected");
    assert.match(answer.detail ?? "", reason);
  }
  assert.deepEqual(project.active(), [alice]);
  const answer = await project.offer(two.replaceAll("\n", "\r\n") + project.sign(two, alice, bob));
  assert.equal(answer?.verdict, "handover-applied", "CRLF on the way changes nothing");
});
