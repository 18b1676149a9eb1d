import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { EventBody } from "../../daemon/core/event.ts";
import type { VerifiedSignature } from "../../daemon/core/evidence.ts";
import { foldEvents } from "../../daemon/core/fold.ts";
import { plain } from "./plain.ts";
import { type Arrival, Scene, signed, signer, time } from "./scene.ts";

const LETTERS = ["A", "B", "C", "M"] as const;
const letter = fc.constantFrom(...LETTERS);
const day = fc.integer({ min: 1, max: 28 }).map((n) => `2026-02-${String(n).padStart(2, "0")}`);

const standing: fc.Arbitrary<VerifiedSignature["standing"]> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ kind: "entitled" as const, selfSignatureNewer: false, weakBinding: false }) },
  fc.constantFrom(
    { kind: "unproven" as const },
    { kind: "older-than-key" as const },
    { kind: "no-self-signature" as const },
  ),
  fc.constant({ kind: "primary-expired" as const, expiredAt: time("2025-01-01") }),
);

const arrival: fc.Arbitrary<Arrival> = fc.record({
  at: day,
  bytes: fc.constantFrom("one", "two", "three", "four"),
  version: fc.constantFrom("1.0", "1.1", "2.0", "0.9"),
  signatures: fc.array(
    fc
      .tuple(letter, standing, fc.boolean())
      .map(([who, how, weak]) =>
        signed(who, { standing: how, weaknesses: weak ? [{ algorithm: "sha1", degree: "weak" }] : [] }),
      ),
    { maxLength: 3 },
  ),
});

type Act =
  | { readonly kind: "arrive"; readonly arrival: Arrival }
  | { readonly kind: "append"; readonly at: string; readonly body: EventBody };

const word: fc.Arbitrary<EventBody> = fc.oneof(
  letter.map((who): EventBody => ({ kind: "trust", key: signer(who), scope: "package", reason: "said so" })),
  letter.map((who): EventBody => ({ kind: "distrust", key: signer(who), scope: "package", reason: "said so" })),
  letter.map(
    (who): EventBody => ({
      kind: "retire",
      key: signer(who),
      reason: "superseded",
      by: "cert",
      cutoff: time("2026-02-10"),
    }),
  ),
  letter.map((who): EventBody => ({ kind: "revoke", key: signer(who), hard: true, by: "cert" })),
  fc.constant<EventBody>({ kind: "forget", reason: "start again" }),
);

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 5, arbitrary: arrival.map((one): Act => ({ kind: "arrive", arrival: one })) },
  fc.tuple(day, word).map(([at, body]): Act => ({ kind: "append", at, body })),
);

function play(acts: readonly Act[], check: (scene: Scene, done: Act) => void = () => undefined): Scene {
  const scene = new Scene();
  for (const one of acts) {
    if (one.kind === "arrive") scene.arrive(one.arrival);
    else scene.append(one.at, one.body);
    check(scene, one);
  }
  return scene;
}

describe("the fold", () => {
  it("gives the same pin however the events are batched", () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 25 }), fc.nat(), (acts, seed) => {
        const { events } = play(acts);
        const cut = events.length === 0 ? 0 : seed % (events.length + 1);
        const whole = foldEvents(events);
        const start = foldEvents(events.slice(0, cut));
        const before = plain(start);
        assert.deepEqual(plain(foldEvents(events.slice(cut), start)), plain(whole));
        assert.deepEqual(plain(start), before, "the pin that the fold goes on from is left as it is");
      }),
    );
  });

  it("never gains a signer from an artifact once a pin exists", () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 30 }), (acts) => {
        let before = new Set<string>();
        let existed = false;
        play(acts, (scene, done) => {
          const { pin } = scene;
          const active = new Set(scene.active());
          if (done.kind === "arrive" && existed) assert.ok([...active].every((one) => before.has(one)));
          before = active;
          existed = pin.exists;
        });
      }),
    );
  });

  it("never lets a revoked or distrusted signer pass", () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 30 }), arrival, (acts, last) => {
        const scene = play(acts);
        const bad = new Set(
          [...scene.pin.signers.values()]
            .filter(({ state }) => state === "revoked" || state === "distrusted")
            .map((one) => one.signer),
        );
        const judgement = scene.arrive({ ...last, at: "2026-03-01" });
        const signers = last.signatures?.flatMap((one) => (one.kind === "verified" ? [one.signer] : [])) ?? [];
        if (signers.length > 0 && signers.every((one) => bad.has(one)))
          assert.notEqual(judgement.exit, 0, judgement.sentence);
      }),
    );
  });

  it("answers the same question the same way, and a dry run changes nothing", () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 20 }), arrival, (acts, last) => {
        const scene = play(acts);
        const events = scene.events.length;
        const first = scene.arrive({ ...last, dryRun: true });
        assert.deepEqual(scene.arrive({ ...last, dryRun: true }), first);
        assert.equal(scene.events.length, events);
      }),
    );
  });
});
