import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { TofuError } from "../../daemon/core/tofu-error.ts";
import type { Append, Journal } from "../../daemon/journal/journal.ts";
import { createMemoryJournal } from "../../daemon/journal/memory-journal.ts";
import { StagedJournal } from "../../daemon/journal/staged-journal.ts";
import { digestOf } from "../core/event-arbitrary.ts";
import { plain } from "../core/plain.ts";
import { alice, appendOf, bob, curl, forget, primary, sighting, subkey, sunpy } from "./kit.ts";

const NAMES = [sunpy, curl] as const;
const FILES = ["a", "b", "c"] as const;
const CERTIFICATE = { primary, subkeys: [subkey], bytes: Uint8Array.of(1, 2, 3) };

/** All that a judgement may ask of a journal. */
async function seenIn(journal: Journal): Promise<unknown> {
  const packages: string[] = [];
  for await (const name of journal.packages()) packages.push(name);
  const each = NAMES.map(async (name) => ({
    pin: plain(await journal.pin(name)),
    // Which event one follows is known when it is written.
    events: (await journal.read(name)).map(({ prev: _, ...event }) => event),
  }));
  return {
    packages,
    each: await Promise.all(each),
    count: await journal.count(),
    certificate: await journal.certificate(primary),
    primary: await journal.primaryOf(subkey),
    object: await journal.object(digestOf("object")),
    signers: await Promise.all([alice, bob].map((signer) => journal.packagesOfSigner(signer, { limit: 1 }))),
    artifacts: await Promise.all(FILES.map((file) => journal.packagesOfArtifact(digestOf(file)))),
  };
}

describe("a staged journal", () => {
  const step = fc.record({
    name: fc.constantFrom(...NAMES),
    file: fc.constantFrom(...FILES),
    signer: fc.constantFrom(alice, bob),
    hours: fc.integer({ min: -3, max: 3 }),
    more: fc.boolean(),
    doWrite: fc.boolean(),
  });

  test("answers as if everything had been appended, before and after it is written", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const [below, alone] = [createMemoryJournal(), createMemoryJournal()];
        const staged = new StagedJournal(below);
        for (const { name, file, signer, hours, more, doWrite } of steps) {
          const { version } = await alone.pin(name);
          const events = more ? [sighting(file, signer), forget(file)] : [sighting(file, signer)];
          const beside = more ? { certificates: [CERTIFICATE], objects: [new TextEncoder().encode("object")] } : {};
          const base = appendOf(name, version, events, beside);
          // The clock may go back.
          const append: Append = { ...base, at: (base.at + hours * 3_600_000) as Append["at"] };
          assert.equal((await staged.append(append)).kind, "appended");
          assert.equal((await alone.append(append)).kind, "appended");
          assert.deepEqual(await seenIn(staged), await seenIn(alone));
          if (!doWrite) continue;
          const { size } = staged;
          assert.equal(await staged.write(), size);
          assert.deepEqual(await seenIn(below), await seenIn(alone));
        }
        await staged.write();
        assert.deepEqual(await below.read(sunpy), await alone.read(sunpy));
      }),
      { numRuns: 100 },
    );
  });

  test("writes up to the first that no longer fits, and reads what is there instead", async () => {
    const below = createMemoryJournal();
    const staged = new StagedJournal(below);
    await staged.append(appendOf(sunpy, 0, [forget("1")]));
    await staged.append(appendOf(curl, 0, [forget("2")]));
    await staged.append(appendOf(sunpy, 1, [forget("3")]));
    await below.append(appendOf(curl, 0, [forget("another's")]));
    assert.equal(await staged.write(), 1);
    assert.deepEqual(
      [await staged.read(sunpy), await staged.read(curl)].map((events) => events.map(({ body }) => body)),
      [[forget("1")], [forget("another's")]],
    );
    assert.equal(staged.size, 0);
  });

  test("says at once that an append no longer fits, and takes none for the whole machine", async () => {
    const staged = new StagedJournal(createMemoryJournal());
    await staged.append(appendOf(sunpy, 0, [forget("1")]));
    assert.deepEqual(await staged.append(appendOf(sunpy, 0, [forget("2")])), { kind: "conflict", version: 1 });
    await assert.rejects(
      staged.append(appendOf("*", 0, [forget("3")])),
      (error) => error instanceof TofuError && error.code === "internal",
    );
  });
});
