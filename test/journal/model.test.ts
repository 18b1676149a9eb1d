import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { EventBody, JournalName } from "../../daemon/core/event.ts";
import { foldEvents, foldMachine } from "../../daemon/core/fold.ts";
import type { PackageName } from "../../daemon/core/package-name.ts";
import type { Pin } from "../../daemon/core/pin.ts";
import type { SignerId } from "../../daemon/core/signer.ts";
import { unixMs } from "../../daemon/core/time.ts";
import { indexTerms } from "../../daemon/journal/indexes.ts";
import type { Journal } from "../../daemon/journal/journal.ts";
import { createMemoryJournal } from "../../daemon/journal/memory-journal.ts";
import { eventBodyArbitrary, journalNameArbitrary } from "../core/event-arbitrary.ts";
import { plain } from "../core/plain.ts";
import { appendOf } from "./kit.ts";
import { openStoreIn, scratchFolder } from "./scratch.ts";

const newFolder = scratchFolder();

/** What a journal is, said as simply as can be. */
interface Model {
  readonly chains: Map<JournalName, EventBody[]>;
  readonly log: { readonly name: JournalName; readonly n: number; readonly body: EventBody }[];
}

/** A journal behind a handle, so that it can be closed and opened again in the middle. */
interface Real {
  journal: Journal;
  readonly reopen: (journal: Journal) => Promise<Journal>;
}

type Command = fc.AsyncCommand<Model, Real>;

class AppendCommand implements Command {
  readonly #name: JournalName;
  readonly #bodies: readonly EventBody[];
  readonly #off: number;
  readonly #at: number;

  constructor(name: JournalName, bodies: readonly EventBody[], off: number, at: number) {
    this.#name = name;
    this.#bodies = bodies;
    this.#off = off;
    this.#at = at;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    const chain = model.chains.get(this.#name) ?? [];
    const expected = chain.length + this.#off;
    const appended = await real.journal.append(appendOf(this.#name, expected, this.#bodies, { at: unixMs(this.#at) }));
    if (this.#off !== 0) {
      assert.deepEqual(appended, { kind: "conflict", version: chain.length });
      return;
    }
    assert.equal(appended.kind, "appended");
    for (const body of this.#bodies) model.log.push({ name: this.#name, n: chain.push(body), body });
    if (this.#bodies.length > 0) model.chains.set(this.#name, chain);
  }

  toString(): string {
    return `append ${this.#bodies.length} to ${this.#name} (${this.#off})`;
  }
}

class ReadCommand implements Command {
  readonly #name: JournalName;

  constructor(name: JournalName) {
    this.#name = name;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, { journal }: Real): Promise<void> {
    const events = await journal.read(this.#name);
    assert.deepEqual(
      events.map(({ body }) => body),
      model.chains.get(this.#name) ?? [],
    );
    for (const [index, event] of events.entries()) assert.ok(event.mono >= (events[index - 1]?.mono ?? 0));
  }

  toString(): string {
    return `read ${this.#name}`;
  }
}

/** What is kept of a fold must be what folding all of it anew comes to, or fail as that does. */
class PinCommand implements Command {
  readonly #name: JournalName;

  constructor(name: JournalName) {
    this.#name = name;
  }

  check(): boolean {
    return true;
  }

  async run(_model: Model, { journal }: Real): Promise<void> {
    const name = this.#name;
    const events = await journal.read(name);
    if (name === "*") assert.deepEqual(await journal.machine(), foldMachine(events));
    else assert.deepEqual(await told(() => journal.pin(name)), await told(async () => foldEvents(events)));
  }

  toString(): string {
    return `pin ${this.#name}`;
  }
}

/** Made-up statements can't be folded, and then nothing may be kept of them. */
async function told(fold: () => Promise<Pin>): Promise<unknown> {
  try {
    return plain(await fold());
  } catch (error) {
    return String(error);
  }
}

class SurveyCommand implements Command {
  readonly #from: number;

  constructor(from: number) {
    this.#from = from;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, { journal }: Real): Promise<void> {
    assert.equal(await journal.count(), model.log.length);
    const packages: PackageName[] = [];
    for await (const name of journal.packages()) packages.push(name);
    assert.deepEqual(packages, [...model.chains.keys()].filter((name) => name !== "*").sort());
    const followed: Model["log"] = [];
    for await (const { event } of journal.follow(this.#from))
      followed.push({ name: event.package, n: event.n, body: event.body });
    assert.deepEqual(followed, model.log.slice(this.#from));
    for (const [signer, names] of packagesBySigner(model)) {
      const sorted = [...names].sort();
      assert.deepEqual(await journal.packagesOfSigner(signer), sorted);
      assert.deepEqual(await journal.packagesOfSigner(signer, { limit: 2 }), sorted.slice(0, 2));
    }
  }

  toString(): string {
    return `survey from ${this.#from}`;
  }
}

class ReopenCommand implements Command {
  check(): boolean {
    return true;
  }

  async run(_model: Model, real: Real): Promise<void> {
    real.journal = await real.reopen(real.journal);
  }

  toString(): string {
    return "reopen";
  }
}

function packagesBySigner({ log }: Model): ReadonlyMap<SignerId, ReadonlySet<JournalName>> {
  const found = new Map<SignerId, Set<JournalName>>();
  for (const { name, body } of log)
    for (const signer of name === "*" ? [] : indexTerms(body).signers)
      found.set(signer, (found.get(signer) ?? new Set()).add(name));
  return found;
}

const off = fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.constantFrom(-1, 1, 2));
/** Few names, so that they meet. */
const someNames = fc.uniqueArray(journalNameArbitrary, { minLength: 1, maxLength: 4 });
const commandsFor = (names: readonly JournalName[]): fc.Arbitrary<Iterable<Command>> => {
  const name = fc.constantFrom(...names);
  const append = fc
    .tuple(name, fc.array(eventBodyArbitrary, { maxLength: 3 }), off, fc.nat(5000))
    .map(([journal, bodies, by, at]) => new AppendCommand(journal, bodies, by, at));
  const read = name.map((journal) => new ReadCommand(journal));
  const pin = name.map((journal) => new PinCommand(journal));
  const survey = fc.nat(10).map((from) => new SurveyCommand(from));
  return fc.commands<Model, Real, false>([append, append, read, pin, pin, survey, fc.constant(new ReopenCommand())], {
    maxCommands: 25,
  });
};

describe("any sequence of appends, reads and openings agrees with a Map", () => {
  const engines: readonly (readonly [string, () => Promise<Real>, number])[] = [
    ["memory", async () => ({ journal: createMemoryJournal(), reopen: async (journal) => journal }), 100],
    [
      "level",
      async () => {
        const folder = newFolder();
        const reopen = async (journal: Journal): Promise<Journal> => {
          await journal.close();
          return openStoreIn(folder);
        };
        return { journal: await openStoreIn(folder), reopen };
      },
      30,
    ],
  ];
  for (const [label, open, numRuns] of engines)
    test(label, async () => {
      const property = fc.asyncProperty(someNames.chain(commandsFor), async (commands) => {
        const real = await open();
        try {
          await fc.asyncModelRun(() => ({ model: { chains: new Map(), log: [] }, real }), commands);
        } finally {
          await real.journal.close();
        }
      });
      await fc.assert(property, { numRuns });
    });
});
