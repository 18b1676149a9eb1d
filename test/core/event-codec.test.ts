import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Event, EventBody } from "../../daemon/core/event.ts";
import {
  encodeCertain,
  encodeEvent,
  eventBodyCodec,
  MAX_EVENT_BYTES,
  parseEvent,
} from "../../daemon/core/event-codec.ts";
import { parsePackageName } from "../../daemon/core/package-name.ts";
import { parseSigner } from "../../daemon/core/signer.ts";
import { parseTime } from "../../daemon/core/time.ts";
import { actorArbitrary, eventArbitrary, eventBodyArbitraries, must, timeArbitrary } from "./event-arbitrary.ts";

const forget: Event = {
  v: 1,
  n: 1,
  prev: undefined,
  at: must(parseTime("2026-09-14T06:00:00.250Z")),
  mono: must(parseTime("2026-09-14T06:00:00Z")),
  package: must(parsePackageName("pkg:pypi/sunpy")),
  actor: "user:alice",
  body: { kind: "forget", reason: "moved" },
};
const fields: Readonly<Record<string, unknown>> = JSON.parse(encodeEvent(forget));
const key = must(parseSigner(`openpgp:${"A".repeat(40)}`));

test("an event reads as rules.md has it: keys in order, first prev null, the kind's fields flat", () => {
  assert.equal(
    encodeEvent(forget),
    '{"v":1,"n":1,"prev":null,"at":"2026-09-14T06:00:00.250Z","mono":"2026-09-14T06:00:00Z","kind":"forget",' +
      '"package":"pkg:pypi/sunpy","actor":"user:alice","reason":"moved"}',
  );
  assert.equal(Object.keys(JSON.parse(encodeEvent({ ...forget, clockStep: true }))).indexOf("clockStep"), 5);
});

describe("what was written is read back as it was", () => {
  for (const [kind, body] of Object.entries<fc.Arbitrary<EventBody>>(eventBodyArbitraries))
    test(kind, () => {
      fc.assert(
        fc.property(body, actorArbitrary, timeArbitrary, (some, actor, at) => {
          const event: Event = { ...forget, actor, at, body: some };
          const text = encodeEvent(event);
          assert.deepEqual(must(parseEvent(text)), event);
          assert.equal(encodeEvent(must(parseEvent(text))), text);
        }),
      );
    });
  test("at any place", () => {
    fc.assert(fc.property(eventArbitrary, (event) => assert.deepEqual(must(parseEvent(encodeEvent(event))), event)));
  });
});

describe("written where each part is certain to be read back, it is the same text", () => {
  for (const [kind, body] of Object.entries<fc.Arbitrary<EventBody>>(eventBodyArbitraries))
    test(kind, () => {
      fc.assert(
        fc.property(body, actorArbitrary, timeArbitrary, (some, actor, at) => {
          const event: Event = { ...forget, actor, at, body: some };
          assert.equal(encodeCertain(event), encodeEvent(event));
          // Only what is no text, number or list of them goes the long way.
          if (kind !== "require") assert.notEqual(eventBodyCodec.write(some), undefined);
        }),
      );
    });
  test("at any place", () => {
    fc.assert(fc.property(eventArbitrary, (event) => assert.equal(encodeCertain(event), encodeEvent(event))));
  });
  test("and a broken event is written by neither, or by both", () => {
    const junk = fc.oneof(
      fc.constantFrom(undefined, null, "", "x", "X", " ", '"', "\u0000", "\ud800", "é", "pkg:PyPI/A_b", "openpgp:00"),
      fc.constantFrom(Number.NaN, -1, -0, 0.5, 2 ** 53, Number.POSITIVE_INFINITY, true),
      fc.constantFrom(300, 5000, 70_000).map((length) => "x".repeat(length)),
      fc.constantFrom<unknown>(
        [],
        {},
        ["x"],
        [undefined],
        Array.from({ length: 600 }, () => "1.0"),
      ),
    );
    fc.assert(
      fc.property(eventArbitrary, fc.nat(), junk, (event, place, value) => {
        const broken = withOther(event, place, value);
        assert.equal(outcome(encodeCertain, broken), outcome(encodeEvent, broken));
      }),
      { numRuns: 3000 },
    );
  });
});

/** An event in which one part, of all that it has, is another. */
function withOther(event: Event, place: number, value: unknown): Event {
  const copy: unknown = structuredClone(event);
  const parts: (readonly [object, string])[] = [];
  const visit = (part: unknown): void => {
    if (typeof part !== "object" || part === null) return;
    for (const [name, inner] of Object.entries(part)) {
      parts.push([part, name]);
      visit(inner);
    }
  };
  visit(copy);
  const found = parts[place % parts.length];
  if (found !== undefined) Object.assign(found[0], { [found[1]]: value });
  // No event any more, whatever its type says.
  return copy as Event;
}

function outcome(encode: (event: Event) => string, event: Event): string {
  try {
    const text = encode(event);
    assert.equal(parseEvent(text).ok, true);
    return text;
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    return "refused";
  }
}

describe("refused, with the place named", () => {
  const without = (name: string): object => Object.fromEntries(Object.entries(fields).filter(([own]) => own !== name));
  const rows: readonly (readonly [string, unknown, string])[] = [
    ["no object", [], "v"],
    ["a number", 7, ""],
    ["null", null, ""],
    ["an unknown kind", { ...fields, kind: "no-such-kind" }, "kind"],
    ["a kind that every object has", { ...fields, kind: "constructor" }, "kind"],
    ["a newer schema", { ...fields, v: 2 }, "v"],
    ["an unknown field", { ...fields, note: "x" }, "note"],
    ["a field of another kind", { ...fields, key }, "key"],
    ["a field that is no field", JSON.parse(`{"__proto__":{"x":1},${encodeEvent(forget).slice(1)}`), "__proto__"],
    ["a missing field", without("reason"), "reason"],
    ["no prev at all", without("prev"), "prev"],
    ["a prev that is no digest", { ...fields, prev: "00" }, "prev"],
    ["version nought", { ...fields, n: 0 }, "n"],
    ["half a version", { ...fields, n: 1.5 }, "n"],
    ["a day that is none", { ...fields, at: "2026-02-30T00:00:00Z" }, "at"],
    ["a time as a number", { ...fields, mono: 1 }, "mono"],
    ["a package without a type", { ...fields, package: "sunpy" }, "package"],
    ["an actor of no kind", { ...fields, actor: "root" }, "actor"],
    ["an actor with an escape in his name", { ...fields, actor: "user:a\u001bb" }, "actor"],
    ["a reason that is too long", { ...fields, reason: "x".repeat(4001) }, "reason"],
    ["an item deep inside", { ...fields, claimed: { pid: "1", parent: "sh" } }, "claimed.pid"],
  ];
  for (const [name, json, path] of rows)
    test(name, () => {
      const parsed = parseEvent(JSON.stringify(json));
      assert.equal(parsed.ok ? "accepted" : parsed.error.path, path);
    });
  test("text that is no JSON", () => assert.equal(parseEvent("{").ok, false));
  test("a long list", () => {
    const listed = Array.from({ length: 257 }, () => "1.0");
    const parsed = parseEvent(JSON.stringify({ ...fields, kind: "require", requirement: { unsignedOk: listed } }));
    assert.equal(parsed.ok ? "accepted" : parsed.error.path, "requirement.unsignedOk");
  });
  test("more bytes than an event may have, counted as UTF-8", () => {
    const padding = " ".repeat(MAX_EVENT_BYTES - encodeEvent(forget).length);
    assert.equal(parseEvent(encodeEvent(forget) + padding).ok, true);
    assert.equal(parseEvent(`${encodeEvent(forget)}${padding} `).ok, false);
    const wide = encodeEvent({ ...forget, body: { kind: "forget", reason: "é" } });
    assert.equal(parseEvent(wide + " ".repeat(MAX_EVENT_BYTES - wide.length)).ok, false);
  });
});

test("what could not be read back is not written", () => {
  const tooLong = { ...forget, body: { kind: "forget", reason: "x".repeat(5000) } } as const;
  assert.throws(() => encodeEvent(tooLong), { name: "TofuError", code: "internal", message: /reason/ });
});

test("junk never throws", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => typeof parseEvent(text).ok === "boolean"));
  const text = encodeEvent({ ...forget, body: { kind: "distrust", key, scope: "*", reason: "stolen" } });
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.string({ maxLength: 2 }), (at, junk) => {
      const parsed = parseEvent(text.slice(0, at) + junk + text.slice(at + 1));
      if (parsed.ok) encodeEvent(parsed.value);
    }),
  );
});
