import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import type { Event } from "../../daemon/core/event.ts";
import { unixMs } from "../../daemon/core/time.ts";
import { sha256 } from "../../daemon/journal/digest.ts";
import type { Append, Appended, Journal } from "../../daemon/journal/journal.ts";
import { createMemoryJournal } from "../../daemon/journal/memory-journal.ts";
import { verifyStore } from "../../daemon/journal/verify-store.ts";
import { alice, appendOf, bob, curl, forget, otherPrimary, primary, sighting, subkey, sunpy } from "./kit.ts";
import { openStoreIn, scratchFolder } from "./scratch.ts";

const newFolder = scratchFolder();
const NAMES = [sunpy, curl, "*"] as const;
const OBJECTS = ["one", "two", "three"].map((text) => Buffer.from(text));
const PRIMARIES = [primary, otherPrimary];

const certificate = fc.record({
  primary: fc.constantFrom(...PRIMARIES),
  // Both list the same subkey: the first that is written has it.
  subkeys: fc.constantFrom([], [subkey]),
  bytes: fc.constantFrom(...OBJECTS),
});

/** An append, how far off its expected version is, and whether others are let go on before it comes. */
const step = fc.record({
  name: fc.constantFrom(...NAMES),
  bodies: fc.array(fc.constantFrom(forget("x"), sighting("a", alice), sighting("b", bob), sighting("c", alice, bob)), {
    maxLength: 3,
  }),
  off: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.constantFrom(-1, 1)),
  at: fc.nat(5000),
  certificates: fc.array(certificate, { maxLength: 2 }),
  objects: fc.subarray(OBJECTS, { maxLength: 2 }),
  pause: fc.boolean(),
});

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** @returns the appends, each at the version that those before it lead to, or off it. */
function appendsOf(steps: readonly Step[]): readonly Append[] {
  const versions = new Map<string, number>();
  return steps.map(({ name, bodies, off, at, certificates, objects }) => {
    const version = versions.get(name) ?? 0;
    const events = name === "*" ? bodies.map(({ kind }) => forget(kind)) : bodies;
    if (off === 0) versions.set(name, version + events.length);
    return appendOf(name, version + off, events, { at: unixMs(at), certificates, objects });
  });
}

/** @returns all that can be asked of a journal. */
async function told(journal: Journal): Promise<unknown> {
  const events: Event[] = [];
  for await (const { event } of journal.follow(0)) events.push(event);
  const packages: string[] = [];
  for await (const name of journal.packages()) packages.push(name);
  return {
    events,
    packages,
    chains: await Promise.all(NAMES.map((name) => journal.read(name))),
    certificates: await Promise.all(PRIMARIES.map((one) => journal.certificate(one))),
    primaryOf: await journal.primaryOf(subkey),
    objects: await Promise.all(OBJECTS.map((bytes) => journal.object(sha256(bytes)))),
    signers: await Promise.all([alice, bob].map((signer) => journal.packagesOfSigner(signer))),
  };
}

function plainly(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_, one: unknown) => (one instanceof Uint8Array ? [...one] : one)));
}

describe("appends that are written together", () => {
  test("come to what they come to one by one", async () => {
    const property = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), async (steps) => {
      const [folder, oneByOne] = [newFolder(), createMemoryJournal()];
      const journal = await openStoreIn(folder);
      const [together, alone]: [Promise<Appended>[], Appended[]] = [[], []];
      for (const [index, append] of appendsOf(steps).entries()) {
        if (steps[index]?.pause === true) await setImmediate();
        together.push(journal.append(append));
        alone.push(await oneByOne.append(append));
      }
      assert.deepEqual(plainly(await Promise.all(together)), plainly(alone));
      const expected = plainly(await told(oneByOne));
      assert.deepEqual(plainly(await told(journal)), expected);
      await journal.close();
      const again = await openStoreIn(folder);
      assert.deepEqual(again.findings, []);
      assert.deepEqual(plainly(await told(again)), expected);
      for await (const { problem } of verifyStore(again)) assert.fail(problem);
      await again.close();
    });
    await fc.assert(property, { numRuns: 40 });
  });

  test("one that can't be written is refused alone", async () => {
    const journal = await openStoreIn(newFolder());
    const settled = await Promise.allSettled([
      journal.append(appendOf(sunpy, 0, [forget("a")])),
      journal.append(appendOf(curl, 0, [forget("x".repeat(1 << 21))])),
      journal.append(appendOf(sunpy, 1, [forget("b")])),
    ]);
    assert.deepEqual(
      settled.map(({ status }) => status),
      ["fulfilled", "rejected", "fulfilled"],
    );
    assert.equal((await journal.read(sunpy)).length, 2);
    assert.deepEqual(await journal.read(curl), []);
    await journal.close();
  });

  test("keep their place beside what is written otherwise", async () => {
    const journal = await openStoreIn(newFolder());
    const answers = await Promise.all([
      journal.append(appendOf(sunpy, 0, [forget("a")])),
      journal.append(appendOf(sunpy, 1, [forget("b")])),
      journal.appendMany([appendOf(sunpy, 2, [forget("c")])]),
      journal.append(appendOf(sunpy, 3, [forget("d")])),
    ]);
    assert.deepEqual(
      answers.map(({ kind }) => kind),
      ["appended", "appended", "appended", "appended"],
    );
    await journal.close();
  });

  test("more than one write takes are written in several, none of them lost", async () => {
    const journal = await openStoreIn(newFolder());
    const large = Buffer.alloc(700_000);
    const appends = Array.from({ length: 150 }, (_, n) =>
      journal.append(appendOf(sunpy, n, [forget(`${n}`)], { objects: n < 5 ? [large] : [] })),
    );
    assert.ok((await Promise.all(appends)).every(({ kind }) => kind === "appended"));
    assert.equal(await journal.count(), 150);
    await journal.close();
  });
});
