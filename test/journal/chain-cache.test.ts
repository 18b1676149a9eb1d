import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePackageName } from "../../daemon/core/package-name.ts";
import { unixMs } from "../../daemon/core/time.ts";
import { EMPTY_CHAIN, seal } from "../../daemon/journal/chain.ts";
import { ChainCache, type CheckedChain } from "../../daemon/journal/chain-cache.ts";
import { must } from "../core/event-arbitrary.ts";
import { forget, sunpy } from "./kit.ts";

const [event] = seal(EMPTY_CHAIN, { name: sunpy, at: unixMs(1), actor: "daemon" }, [forget("1")]);
const chainOf = (length: number): CheckedChain => ({
  end: EMPTY_CHAIN,
  events: Array.from({ length }, () => (event ?? assert.fail()).event),
});
const nameOf = (index: number): typeof sunpy => must(parsePackageName(`pkg:generic/p${index}`));

test("what was used last is kept, within the bound on all events", () => {
  const cache = new ChainCache();
  for (let index = 0; index < 4; index += 1) cache.keep(nameOf(index), chainOf(500));
  cache.keep(nameOf(0), chainOf(500));
  cache.keep(nameOf(4), chainOf(500));
  const kept = [0, 1, 2, 3, 4].filter((index) => cache.get(nameOf(index)) !== undefined);
  assert.deepEqual(kept, [0, 2, 3, 4]);
});

test("a chain longer than the bound is not kept, and pushes nothing out", () => {
  const cache = new ChainCache();
  cache.keep(nameOf(0), chainOf(10));
  cache.keep(nameOf(1), chainOf(2001));
  assert.notEqual(cache.get(nameOf(0)), undefined);
  assert.equal(cache.get(nameOf(1)), undefined);
});

test("nothing is kept of a few events, and nothing after clearing", () => {
  const cache = new ChainCache();
  cache.keep(nameOf(0), chainOf(7));
  assert.equal(cache.get(nameOf(0)), undefined);
  cache.keep(nameOf(1), chainOf(8));
  assert.notEqual(cache.get(nameOf(1)), undefined);
  cache.clear();
  assert.deepEqual([cache.get(nameOf(0)), cache.get(nameOf(1))], [undefined, undefined]);
});
