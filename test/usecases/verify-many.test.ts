import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import type { EventBody } from "../../daemon/core/event.ts";
import { parsePackageName } from "../../daemon/core/package-name.ts";
import { unixMs } from "../../daemon/core/time.ts";
import { TofuError } from "../../daemon/core/tofu-error.ts";
import type { Append, Journal } from "../../daemon/journal/journal.ts";
import { createMemoryJournal } from "../../daemon/journal/memory-journal.ts";
import { passingOn } from "../../daemon/journal/passing-on.ts";
import type { Answer } from "../../daemon/protocol/answer.ts";
import type { VerifyRequest } from "../../daemon/protocol/request.ts";
import { verify } from "../../daemon/usecases/verify.ts";
import { must } from "../core/event-arbitrary.ts";
import { type GpgPlace, openGpgPlace } from "../evidence/gpg.ts";
import { worldAround } from "./world.ts";

const NOW = unixMs(Date.now() + 60_000);
let place: GpgPlace;
/** So few that each is recorded by itself. */
let few: readonly string[];
let files: readonly string[];

/** Packages of one signer and of another, versions of one package, a file nobody signed, one that is gone, one twice. */
before(() => {
  place = openGpgPlace();
  const alice = place.makeKey("alice@example.org");
  const bob = place.makeKey("bob@example.org");
  place.exportKey(alice, "KEYS");
  place.exportKey(bob, "bob.asc");
  const release = (name: string, key: string): string => {
    const path = place.write(`${name}.tar.gz`, `the bytes of ${name}`);
    place.gpg("--armor", "--local-user", key, "--output", `${path}.asc`, "--detach-sign", path);
    return path;
  };
  const signed = ["a-1.0", "b-1.0", "c-1.0", "a-1.1", "d-1.0", "a-1.2", "e-1.0"].map((name) => release(name, alice));
  const others = ["b-1.1", "f-1.0", "a-2.0"].map((name) => release(name, bob));
  const gone = place.write("g-1.0.tar.gz", "");
  rmSync(gone);
  const again = release("h-1.0", alice);
  const more = ["i-1.0", "j-1.0", "a-1.3", "f-1.1", "k-1.0"].map((name) => release(name, alice));
  const copy = place.write("l-1.0.tar.gz", "the bytes of a-1.0");
  few = [...signed, place.write("b-1.2.tar.gz", "unsigned"), ...others, gone, again, again];
  files = [...few, ...more, copy, ...more];
});
after(() => place.close());

interface Outcome {
  readonly exits: ReadonlySet<number>;
  readonly told: readonly Answer[];
  readonly recorded: readonly EventBody[];
}

async function ask(
  journal: Journal,
  asked: readonly (readonly string[])[],
  dryRun: boolean,
  onAnswer: (answer: Answer) => void = () => undefined,
): Promise<Outcome> {
  const told: Answer[] = [];
  const tell = (answer: Answer): void => {
    onAnswer(answer);
    told.push(answer);
  };
  const exits = new Set<number>();
  for (const some of asked) {
    const claimed = { pid: 1, parent: "test" };
    const words = { signatures: [], keys: [], offline: true, via: "verify", claimed, dryRun };
    const request: VerifyRequest = { do: "verify", files: some, ...words };
    exits.add(await verify(worldAround(journal, NOW), request, tell));
  }
  const recorded: EventBody[] = [];
  for await (const { event } of journal.follow(0)) recorded.push(event.body);
  return { exits, recorded, told: told.filter(({ type }) => type === "judgement" || type === "fault") };
}

function oneByOne(paths: readonly string[]): readonly (readonly string[])[] {
  return paths.map((path) => [path]);
}

describe("many files in one request", () => {
  for (const count of ["few", "many"])
    test(`are told, and recorded, as one after another would be, the first time and again: ${count}`, async () => {
      const asked = count === "few" ? few : files;
      const [together, alone] = [createMemoryJournal(), createMemoryJournal()];
      for (let round = 0; round < 2; round += 1) {
        const many = await ask(together, [asked], false);
        const each = await ask(alone, oneByOne(asked), false);
        assert.deepEqual(many.told, each.told);
        assert.deepEqual(many.recorded, each.recorded);
        assert.equal(many.told.length, asked.length);
        assert.deepEqual([...many.exits], [4]);
      }
      assert.ok((await together.count()) >= few.length - 3);
    });

  test("are told only when what is told was written", async () => {
    const journal = createMemoryJournal();
    const written = new Set<string>();
    const note = (appends: readonly Append[]): void => {
      for (const { events } of appends)
        for (const body of events) if ("artifact" in body) written.add(body.artifact?.sha256 ?? "");
    };
    const noting: Journal = {
      ...passingOn(journal),
      append: async (append) => {
        const outcome = await journal.append(append);
        note([append]);
        return outcome;
      },
      appendTogether: async (appends) => {
        const outcomes = await journal.appendTogether(appends);
        note(appends);
        return outcomes;
      },
    };
    let judged = 0;
    await ask(noting, [files], false, (answer) => {
      if (answer.type !== "judgement" || answer.recorded !== true) return;
      judged += 1;
      assert.ok(written.has(answer.artifact.sha256), answer.sentence);
    });
    assert.ok(judged > few.length / 2);
  });

  test("are judged one after another where the first write fails", async () => {
    const [failing, alone] = [createMemoryJournal(), createMemoryJournal()];
    let failures = 0;
    const journal: Journal = {
      ...passingOn(failing),
      appendTogether: async () => {
        failures += 1;
        throw new TofuError("store-unwritable", "the disk is full");
      },
    };
    const many = await ask(journal, [files], false);
    const each = await ask(alone, oneByOne(files), false);
    assert.deepEqual([many.told, many.recorded, failures], [each.told, each.recorded, 1]);
  });

  test("are judged on what another writer put between, and told in their order", async () => {
    const [shared, alone] = [createMemoryJournal(), createMemoryJournal()];
    const intrude = (): Promise<unknown> =>
      shared.append({
        name: must(parsePackageName("pkg:generic/c")),
        expectedVersion: 0,
        events: [{ kind: "require", requirement: { noRollback: true }, reason: "we said so" }],
        at: NOW,
        actor: "user:other",
        certificates: [],
        objects: [],
      });
    let conflicts = 0;
    const journal: Journal = {
      ...passingOn(shared),
      appendTogether: async (appends) => {
        await intrude();
        const outcomes = await shared.appendTogether(appends);
        conflicts += outcomes.filter(({ kind }) => kind === "conflict").length;
        return outcomes;
      },
    };
    const many = await ask(journal, [files], false);
    const each = await ask(alone, oneByOne(files), false);
    assert.ok(conflicts > 1);
    const judged = (told: readonly Answer[]): readonly unknown[] =>
      told.map((answer) => (answer.type === "judgement" ? [answer.package, answer.verdict] : answer.type));
    assert.deepEqual(judged(many.told), judged(each.told));
    const others = many.recorded.filter((body) => body.kind !== "require");
    assert.deepEqual(others, each.recorded);
    assert.equal(many.recorded.length, each.recorded.length + 1);
  });

  test("leave nothing behind in a dry run", async () => {
    const journal = createMemoryJournal();
    const { told, recorded } = await ask(journal, [files], true);
    assert.deepEqual([told.length, recorded.length], [files.length, 0]);
  });

  test("are given up where nobody waits for them", async () => {
    const journal = createMemoryJournal();
    const gone = new AbortController();
    const claimed = { pid: 1, parent: "test" };
    const words = { signatures: [], keys: [], offline: true, via: "verify", claimed, dryRun: false };
    const told: Answer[] = [];
    const asking = verify(
      worldAround(journal, NOW),
      { do: "verify", files: few, ...words },
      (answer) => {
        told.push(answer);
        gone.abort();
      },
      { gone: () => gone.signal },
    );
    await assert.rejects(asking, /nobody waits/);
    assert.ok(told.length > 0 && told.length < few.length);
  });
});
