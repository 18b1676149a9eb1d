import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { test } from "node:test";
import { DAY_MS, formatTime, unixMs } from "../../daemon/core/time.ts";
import { checkLayer } from "../../daemon/doctor/layer-check.ts";
import { openLayers } from "../../daemon/layer/layer-source.ts";
import { machinePlaces } from "../layer/places.ts";

const PIN = "pkg:pypi/sunpy openpgp:AEA08C8DE882D15EB8590DC028B8B19AD578A535\n";
const NOW = unixMs(Date.UTC(2026, 10, 21));
const ends = (days: number): string => `@format 1\n@expires ${formatTime(unixMs(NOW + days * DAY_MS))}\n`;

for (const [name, text, found, sentence] of [
  ["no file", undefined, "ok", /has no pin files of its own/],
  ["a file", PIN, "ok", /this machine's pins: 1 package in 1 file, root's alone/],
  ["a file with a long time to go", ends(200) + PIN, "ok", /1 package/],
  ["a file that runs out in ten days", ends(10) + PIN, "decide", /run out: .*known_keys on 2026-12-01/],
  ["a file that ran out", ends(-1) + PIN, "refused", /ran out: .*known_keys on 2026-11-20; their packages are refused/],
] as const) {
  test(`the doctor says of ${name}: ${found}`, async (t) => {
    const places = machinePlaces(t);
    if (text !== undefined) places.write("known_keys", text);
    const told = await checkLayer(
      openLayers(places, () => undefined),
      NOW,
    );
    assert.equal(told.class, found);
    assert.match(told.sentence, sentence);
  });
}

test("a file that can't be used is a fault with its remedy", async (t) => {
  const places = machinePlaces(t);
  chmodSync(places.write("known_keys", PIN), 0o666);
  const looking = checkLayer(
    openLayers(places, () => undefined),
    NOW,
  );
  await assert.rejects(looking, /can't be used: .*known_keys has mode 0666.*; as root: chmod go-w /);
});
