import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Notifier } from "../../daemon/watch/notify.ts";

function place(t: TestContext, script?: string): { readonly env: NodeJS.ProcessEnv; readonly told: () => string } {
  const folder = mkdtempSync(join(tmpdir(), "tofu-notify-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const told = join(folder, "told");
  writeFileSync(told, "");
  if (script !== undefined)
    writeFileSync(join(folder, "notify-send"), `#!/bin/sh\n${script.replace("TOLD", told)}\n`, { mode: 0o755 });
  return { env: { PATH: `${folder}:/usr/bin:/bin` }, told: () => readFileSync(told, "utf8") };
}

const BODY = `shift 4; printf '%s\\n' "$1" >> TOLD`;

test("outside text is neither markup nor escapes nor options, and never two lines", async (t) => {
  const { env, told } = place(t, BODY);
  const notifier = new Notifier({ env, maxInWindow: 9, windowMs: 60_000, onFailure: assert.fail });
  notifier.refused({ key: "a", sentence: "--help <b>a&b</b>\nsecond \u202e \\\\n" });
  await notifier.close();
  assert.equal(told(), "--help &lt;b&gt;a&amp;b&lt;/b&gt;\\\\x0asecond \\\\u{202e} \\\\\\\\n\n");
});

test("an event is told once, and too many in one sentence", async (t) => {
  const { env, told } = place(t, BODY);
  const notifier = new Notifier({ env, maxInWindow: 2, windowMs: 300, onFailure: assert.fail });
  for (const key of ["a", "a", "b", "c", "d"]) notifier.refused({ key, sentence: key });
  while (!told().includes("more")) await new Promise((resolve) => setImmediate(resolve));
  await notifier.close();
  const lines = told().trimEnd().split("\n");
  assert.deepEqual([...lines.slice(0, 2)].sort(), ["a", "b"]);
  assert.equal(lines[2], "2 more files were refused; tofu status lists them");
});

test("without notify-send nothing is shown, and the reason is told to whoever keeps the log", async (t) => {
  const { env } = place(t);
  const failures: string[] = [];
  const notifier = new Notifier({
    env: { PATH: env["PATH"]?.split(":")[0] },
    maxInWindow: 9,
    windowMs: 60_000,
    onFailure: (code) => failures.push(code),
  });
  notifier.refused({ key: "a", sentence: "a" });
  await notifier.close();
  assert.deepEqual(failures, ["ENOENT"]);
});
