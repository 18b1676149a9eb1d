import assert from "node:assert/strict";
import { test } from "node:test";
import { foldEvents } from "../../daemon/core/fold.ts";
import { LayeredSet } from "../../daemon/core/layered-map.ts";
import { parsePackageName } from "../../daemon/core/package-name.ts";
import type { ChainEnd } from "../../daemon/journal/chain.ts";
import { type KeptPin, KeptPins } from "../../daemon/journal/kept-pins.ts";
import { digestOf, must } from "../core/event-arbitrary.ts";
import type { sunpy } from "./kit.ts";

const END: ChainEnd = { n: 1, hash: digestOf("end"), mono: undefined };
const nameOf = (index: number): typeof sunpy => must(parsePackageName(`pkg:generic/p${index}`));

function pinOf(entries: number): KeptPin {
  const vouched = LayeredSet.of(Array.from({ length: entries }, (_, index) => digestOf(`${index}`)));
  return { end: END, pin: { ...foldEvents([]), vouched }, snapshotAt: 0, isCurrent: true };
}

test("what was used last is kept, within the bound on all entries", () => {
  const pins = new KeptPins();
  for (let index = 0; index < 3; index += 1) pins.keep(nameOf(index), pinOf(30_000));
  pins.get(nameOf(0));
  pins.keep(nameOf(3), pinOf(30_000));
  assert.deepEqual(
    [0, 1, 2, 3].map((index) => pins.get(nameOf(index)) !== undefined),
    [true, false, true, true],
  );
});

test("a pin longer than the bound is kept, and stays while others are asked for; of two the older makes way", () => {
  const pins = new KeptPins();
  const kept = (): readonly boolean[] => [0, 1, 2].map((index) => pins.get(nameOf(index)) !== undefined);
  pins.keep(nameOf(0), pinOf(10));
  pins.keep(nameOf(1), pinOf(300_000));
  assert.deepEqual(kept(), [true, true, false]);
  pins.get(nameOf(0));
  pins.keep(nameOf(2), pinOf(300_001));
  assert.deepEqual(kept(), [true, false, true]);
});

test("a long pin makes way when others were used as much", () => {
  const pins = new KeptPins();
  pins.keep(nameOf(0), pinOf(300_000));
  for (let index = 1; index <= 3; index += 1) pins.keep(nameOf(index), pinOf(19_000));
  assert.deepEqual(
    [0, 1, 2, 3].map((index) => pins.get(nameOf(index)) !== undefined),
    [false, true, true, true],
  );
});

test("nothing is kept of a package without events, and nothing after clearing", () => {
  const pins = new KeptPins();
  pins.keep(nameOf(0), { ...pinOf(1), end: { ...END, n: 0 } });
  pins.keep(nameOf(1), pinOf(1));
  pins.clear();
  assert.deepEqual([pins.get(nameOf(0)), pins.get(nameOf(1))], [undefined, undefined]);
});
