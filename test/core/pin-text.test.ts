import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { foldEvents } from "../../daemon/core/fold.ts";
import { LayeredMap, LayeredSet } from "../../daemon/core/layered-map.ts";
import type { Pin } from "../../daemon/core/pin.ts";
import { formatPinText, isSamePin, parsePinText } from "../../daemon/core/pin-text.ts";
import { plain } from "./plain.ts";
import { Scene, signed } from "./scene.ts";

/** Releases, a stranger, a forgotten pin: more kinds of history are played in `test/sim/`. */
function someScene(): Scene {
  const scene = new Scene();
  scene.arrive({ at: "2026-02-01", bytes: "one", version: "1.0", signatures: [signed("A")] });
  scene.arrive({ at: "2026-02-02", bytes: "two", version: "1.1", signatures: [signed("A")] });
  scene.arrive({ at: "2026-02-03", bytes: "three", version: "1.2", signatures: [signed("M")] });
  return scene;
}

function again(pin: Pin): Pin {
  return parsePinText(formatPinText(pin)) ?? assert.fail();
}

describe("a pin as text", () => {
  test("is read back whole, in its order, and goes on being folded", () => {
    const { events } = someScene();
    for (let cut = 0; cut <= events.length; cut += 1) {
      const start = foldEvents(events.slice(0, cut));
      assert.deepEqual(plain(again(start)), plain(start));
      assert.deepEqual(plain(foldEvents(events.slice(cut), again(start))), plain(foldEvents(events)));
    }
  });

  test("keeps one object one: artifacts are listed twice and held once", () => {
    const pin = again(foldEvents(someScene().events));
    const [known] = [...pin.artifacts.values()];
    assert.ok(known !== undefined && pin.bySha256.get(known.sha256) === known);
  });

  test("keeps maps that branch, and fields that are there without a value", () => {
    const pin = again(foldEvents([]));
    assert.ok(pin.artifacts instanceof LayeredMap && pin.vouched instanceof LayeredSet);
    assert.ok("latest" in pin && pin.latest === undefined);
  });

  test("is not made of text of another form", () => {
    for (const text of ["", "{", "[]", '["other"]', '{"version":["#",7]}', "7", "null", '["list"]'])
      assert.equal(parsePinText(text), undefined, text);
  });

  test("tells two pins apart by anything that they say", () => {
    const pin = foldEvents(someScene().events);
    assert.ok(isSamePin(pin, again(pin)));
    assert.ok(
      isSamePin(
        { ...pin, undone: [...pin.artifacts.values()] },
        { ...pin, undone: structuredClone([...pin.artifacts.values()]) },
      ),
    );
    assert.equal(isSamePin(pin, { ...pin, exists: !pin.exists }), false);
    assert.equal(isSamePin(pin, { ...pin, refusals: LayeredMap.of() }), false);
  });

  test("holds nothing but data", () => {
    const odd = { ...foldEvents([]), latest: new Date() };
    assert.throws(() => formatPinText(odd as unknown as Pin), TypeError);
  });
});
