import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { formatPinFile } from "../../daemon/pinfile/format.ts";
import { parsePinFile } from "../../daemon/pinfile/parse.ts";
import { must, pinFileArbitrary } from "./samples.ts";

test("the manual's example is a pin file, in the order and the form that tofu writes", () => {
  const [, example = ""] = readFileSync("docs/known_keys.md", "utf8").split("```\n");
  assert.match(example, /^# tofu known_keys\n/);
  assert.equal(formatPinFile(must(parsePinFile(Buffer.from(example)))), example);
});

test("the manual names every marker and every pair that a pin file can have", () => {
  const manual = readFileSync("docs/man/known_keys.5", "utf8");
  const files = fc.sample(pinFileArbitrary, { numRuns: 300, seed: 6 });
  const words = files.flatMap((file) => formatPinFile(file).match(/^@[a-z]+| [a-z]+=(?=[^=\s])|(?<= )hard$/gm) ?? []);
  const distinct = [...new Set(words.map((word) => word.trim()))].sort();
  assert.ok(distinct.length > 20, distinct.join(" "));
  for (const word of distinct) assert.ok(manual.includes(word), word);
});
