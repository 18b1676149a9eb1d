import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseConfig, SECTIONS } from "../../daemon/config/config.ts";
import { PROJECT } from "../checks/places.ts";

const text = readFileSync(join(PROJECT, "docs/config.md"), "utf8");

test("the table in docs/config.md names every key that is read, and no other", () => {
  const documented = [...text.matchAll(/^\| `([a-z-]+\.[a-z-]+)` \|/gm)].map(([, key]) => key);
  const read = [...SECTIONS].flatMap((section) => {
    // What a section knows it says itself, of a key that nobody ever had.
    const parsed = parseConfig(`[${section}]\nno-such-key = 1\n`, "config.toml");
    assert.ok(!parsed.ok && parsed.error.code === "unknown-key" && parsed.error.line === 2, section);
    const known = /^settings here: (.+)$/.exec(parsed.error.detail)?.[1] ?? assert.fail(parsed.error.detail);
    return known.split(", ").map((key) => `${section}.${key}`);
  });
  assert.deepEqual(documented.toSorted(), read.toSorted());
});

test("the example in docs/config.md can be read", () => {
  const [, example = ""] = /^```toml\n(.*?)^```$/ms.exec(text) ?? [];
  const parsed = parseConfig(example, "config.toml");
  assert.ok(parsed.ok, parsed.ok ? "" : JSON.stringify(parsed.error));
});
