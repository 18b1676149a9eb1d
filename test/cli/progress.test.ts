import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../cli/main.ts";
import { Progress } from "../../cli/progress.ts";
import { judgement } from "./answers.ts";
import { fakeWorld } from "./fake-world.ts";

/** A terminal that shows what is left of what was written to it: one line, with carriage returns. */
function played(env: Readonly<Record<string, string>>, isTerminal: boolean) {
  let nowMs = 0;
  let written = "";
  const output = {
    isTerminal,
    columns: 80,
    write: (text: string) => {
      written += text;
    },
  };
  const progress = new Progress(output, env, () => nowMs);
  const show = (atMs: number, done: number): void => {
    nowMs = atMs;
    progress.show({ schemaVersion: 1, type: "progress", file: "/tmp/a\u001b[2J.tar.gz", done, total: 200 });
  };
  return { progress, show, written: () => written };
}

test("progress comes after 300 ms, then at most every 100 ms, on one line, and leaves nothing", () => {
  const { progress, show, written } = played({}, true);
  show(299, 10);
  assert.equal(written(), "");
  show(300, 50);
  const first = "reading /tmp/a\\x1b[2J.tar.gz, 25 %";
  assert.equal(written(), first);
  show(399, 60);
  assert.equal(written(), first);
  show(400, 100);
  const blank = `\r${" ".repeat(first.length)}\r`;
  assert.equal(written(), `${first}${blank}${first.replace("25", "50")}`);
  progress.erase();
  progress.erase();
  assert.equal(written(), `${first}${blank}${first.replace("25", "50")}${blank}`);
});

for (const [name, env, isTerminal] of [
  ["where stderr is no terminal", {}, false],
  ["with TOFU_PROGRESS=off", { TOFU_PROGRESS: "off" }, true],
  ["with CI", { CI: "true" }, true],
] as const)
  test(`there is no progress ${name}`, () => {
    const { show, written } = played(env, isTerminal);
    show(5000, 1);
    assert.equal(written(), "");
  });

test("the line is gone before an answer is written", async () => {
  const { world, stderr, stdout } = fakeWorld({
    terminal: 80,
    answers: [
      { schemaVersion: 1, type: "progress", file: "/0", done: 1, total: 2 },
      judgement({ artifact: { path: "/0", sha256: "00", size: 0 } }),
    ],
  });
  let calls = 0;
  const now = world.now;
  const later = () => {
    calls += 1;
    return calls > 2 ? ((now() + 1000) as ReturnType<typeof now>) : now();
  };
  await main(["verify", "/0", "--no-color"], { ...world, now: later });
  assert.equal(stderr(), `reading /0, 50 %\r${" ".repeat("reading /0, 50 %".length)}\r`);
  assert.match(stdout(), /^ok {7}sunpy/);
});
