import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { nearest } from "../../cli/nearest.ts";

const WORDS = ["verify", "why", "list", "log", "status", "trust", "distrust", "key import"];

for (const [typed, meant] of [
  ["verfy", "verify"],
  ["evrify", "verify"],
  ["VERIFY", "verify"],
  ["lst", "list"],
  ["turst", "trust"],
  ["distrst", "distrust"],
  ["key improt", "key import"],
  ["w", undefined],
  ["install", undefined],
  ["", undefined],
  ["verify".repeat(100), undefined],
] as const)
  test(`${JSON.stringify(typed.slice(0, 20))} may mean ${meant ?? "nothing"}`, () =>
    assert.equal(nearest(typed, WORDS), meant));

test("a word itself is always nearest, and one lost letter of a long one is found", () => {
  fc.assert(
    fc.property(fc.constantFrom(...WORDS), fc.nat(), (word, at) => {
      assert.equal(nearest(word, WORDS), word);
      const cut = at % word.length;
      if (word.length > 3) assert.equal(nearest(word.slice(0, cut) + word.slice(cut + 1), WORDS), word);
    }),
  );
});
