import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { LayeredMap, LayeredSet } from "../../daemon/core/layered-map.ts";

/** What is done to one of the branches that are there: an entry set, or one more branch made. */
type Step =
  | { readonly kind: "set"; readonly branch: number; readonly key: number; readonly value: number }
  | { readonly kind: "branch"; readonly branch: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("set"), branch: fc.nat(), key: fc.nat(30), value: fc.nat() }) },
  fc.record({ kind: fc.constant("branch"), branch: fc.nat() }),
);

describe("a layered map", () => {
  test("each of its branches is what a copied Map would be, in the same order", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const pairs = [{ layered: LayeredMap.of<number, number>(), copied: new Map<number, number>() }];
        for (const one of steps) {
          const { layered, copied } = pairs[one.branch % pairs.length] ?? assert.fail();
          if (one.kind === "branch") pairs.push({ layered: LayeredMap.branchOf(layered), copied: new Map(copied) });
          else {
            layered.set(one.key, one.value);
            copied.set(one.key, one.value);
          }
        }
        for (const { layered, copied } of pairs) {
          assert.deepEqual([...layered], [...copied]);
          assert.equal(layered.size, copied.size);
          for (let key = 0; key <= 30; key += 1) {
            assert.equal(layered.get(key), copied.get(key));
            assert.equal(layered.has(key), copied.has(key));
          }
        }
      }),
    );
  });

  test("the set behaves as a copied Set", () => {
    const first = LayeredSet.of(["a", "b"]);
    const second = LayeredSet.branchOf(first).add("c").add("a");
    first.add("d");
    assert.deepEqual(
      [[...first], [...second]],
      [
        ["a", "b", "d"],
        ["a", "b", "c"],
      ],
    );
    assert.deepEqual([first.size, second.size, second.has("d")], [3, 3, false]);
  });

  test("a value that is undefined is there all the same", () => {
    const map = LayeredMap.branchOf(LayeredMap.of<string, string | undefined>([["a", undefined]]));
    assert.deepEqual([map.has("a"), map.get("a"), [...map]], [true, undefined, [["a", undefined]]]);
  });
});
