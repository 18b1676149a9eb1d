import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../cli/main.ts";
import { TOPICS } from "../../cli/topics.ts";
import { fakeWorld } from "./fake-world.ts";

test("there is help about an alarm, about limits, and about what an ok rests on", () => {
  assert.deepEqual([...TOPICS.keys()], ["alarm", "limits", "what-this-proves"]);
});

for (const topic of TOPICS.keys())
  test(`tofu help ${topic} fits a screen and asks nobody`, async () => {
    const { world, stdout, requests } = fakeWorld();
    assert.equal(await main(["help", topic], world), 0);
    const lines = stdout().trimEnd().split("\n");
    assert.ok(lines.length > 5 && lines.length <= 20, `${lines.length} lines`);
    for (const line of lines) assert.ok(line.length <= 80, line);
    assert.doesNotMatch(stdout(), /[^\n -~]|!/, "plain ASCII, no exclamation marks");
    assert.deepEqual(requests, []);
  });

test("a mistyped topic gets the nearest one", async () => {
  const { world, stderr } = fakeWorld();
  assert.equal(await main(["help", "alarms"], world), 2);
  assert.match(stderr(), /tofu help alarm/);
});
