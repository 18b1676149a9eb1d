import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { formatPinFile } from "../../daemon/pinfile/format.ts";
import { parsePinFile } from "../../daemon/pinfile/parse.ts";
import { must } from "./samples.ts";

test("the manual's example is a pin file, in the order and the form that tofu writes", () => {
  const [, example = ""] = readFileSync("docs/known_keys.md", "utf8").split("```\n");
  assert.match(example, /^# tofu known_keys\n/);
  assert.equal(formatPinFile(must(parsePinFile(Buffer.from(example)))), example);
});
