import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseArtifactFileName } from "../../daemon/core/artifact-name.ts";
import type { EventBody, JournalName } from "../../daemon/core/event.ts";
import { encodeEvent } from "../../daemon/core/event-codec.ts";
import { type Fingerprint, parseFingerprint } from "../../daemon/core/fingerprint.ts";
import { foldEvents, foldMachine } from "../../daemon/core/fold.ts";
import { type PackageName, parsePackageName } from "../../daemon/core/package-name.ts";
import { parseSigner, type SignerId } from "../../daemon/core/signer.ts";
import { unixMs } from "../../daemon/core/time.ts";
import { sha256 } from "../../daemon/journal/digest.ts";
import type { Append, Appended, Journal } from "../../daemon/journal/journal.ts";
import { digestOf, must } from "../core/event-arbitrary.ts";
import { plain } from "../core/plain.ts";

/** A journal under test, opened empty; `reopen` closes it and opens the same store again, where an engine keeps one. */
export interface OpenedJournal {
  readonly journal: Journal;
  readonly reopen?: () => Promise<Journal>;
}

export const sunpy: PackageName = must(parsePackageName("pkg:pypi/sunpy"));
export const curl: PackageName = must(parsePackageName("pkg:generic/curl"));
export const primary: Fingerprint = must(parseFingerprint("A".repeat(40)));
export const subkey: Fingerprint = must(parseFingerprint("B".repeat(40)));
export const otherPrimary: Fingerprint = must(parseFingerprint("C".repeat(40)));
export const alice: SignerId = must(parseSigner(`openpgp:${primary}`));
export const bob: SignerId = must(parseSigner(`openpgp:${otherPrimary}`));
const noon = unixMs(Date.parse("2026-09-14T12:00:00Z"));

/** @returns an append to a journal, at a fixed time, with nothing beside the events. */
export function appendOf(
  name: JournalName,
  expectedVersion: number,
  events: readonly EventBody[],
  more: Partial<Append> = {},
): Append {
  return { name, expectedVersion, events, at: noon, actor: "daemon", certificates: [], objects: [], ...more };
}

/** @returns the simplest event, told apart by its reason. */
export function forget(reason: string): EventBody {
  return { kind: "forget", reason };
}

/** @returns a sighting of bytes made of the file's name, signed by these signers. */
export function sighting(fileName: string, ...signers: readonly SignerId[]): EventBody {
  return {
    kind: "sighting",
    keys: signers.map((key) => ({ key, subkey, sigCreated: noon, hash: "sha512", algo: "ed25519" })),
    artifact: { name: must(parseArtifactFileName(fileName)), sha256: digestOf(fileName), size: fileName.length },
    verdict: "match",
    source: { via: "verify" },
    listed: [bob],
  };
}
async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

function versions(appended: Appended): readonly number[] | string {
  return appended.kind === "conflict" ? `conflict at ${appended.version}` : appended.events.map((event) => event.n);
}

/** What every engine promises; a behaviour that is not pinned down here is not promised. */
export function journalKit(label: string, open: () => Promise<OpenedJournal>): void {
  const withJournal = (name: string, body: (journal: Journal, opened: OpenedJournal) => Promise<void>): void => {
    test(name, async () => {
      const opened = await open();
      try {
        await body(opened.journal, opened);
      } finally {
        await opened.journal.close();
      }
    });
  };
  describe(`${label}: one journal`, () => chainTests(withJournal));
  describe(`${label}: what comes with events`, () => companionTests(withJournal));
  describe(`${label}: many at once`, () => manyTests(withJournal));
  describe(`${label}: the whole store`, () => storeTests(withJournal));
}

type WithJournal = (name: string, body: (journal: Journal, opened: OpenedJournal) => Promise<void>) => void;

function chainTests(withJournal: WithJournal): void {
  withJournal("nothing is read where nothing was written", async (journal) => {
    assert.deepEqual(await journal.read(sunpy), []);
    assert.deepEqual(await journal.read("*"), []);
    assert.equal(await journal.count(), 0);
    assert.deepEqual(await all(journal.packages()), []);
    assert.deepEqual(await all(journal.follow(0)), []);
    assert.equal(await journal.certificate(primary), undefined);
    assert.equal(await journal.primaryOf(subkey), undefined);
    assert.equal(await journal.object(digestOf("x")), undefined);
    assert.deepEqual(await journal.packagesOfSigner(alice), []);
    assert.deepEqual(await journal.packagesOfArtifact(digestOf("x")), []);
  });

  withJournal("what was appended is read back, in its place in the chain", async (journal) => {
    const appended = await journal.append(
      appendOf(sunpy, 0, [sighting("a", alice), forget("b")], { actor: "user:al" }),
    );
    assert.deepEqual(versions(appended), [1, 2]);
    const read = await journal.read(sunpy);
    assert.deepEqual(read, appended.kind === "appended" ? appended.events : []);
    const [first, second] = read;
    assert.equal(first?.prev, undefined);
    assert.equal(second?.prev, first === undefined ? "none" : sha256(encodeEvent(first)));
    assert.deepEqual(
      read.map(({ v, n, at, mono, package: name, actor }) => ({ v, n, at, mono, name, actor })),
      [
        { v: 1, n: 1, at: noon, mono: noon, name: sunpy, actor: "user:al" },
        { v: 1, n: 2, at: noon, mono: noon, name: sunpy, actor: "user:al" },
      ],
    );
    assert.deepEqual(
      read.map((event) => event.body),
      [sighting("a", alice), forget("b")],
    );
  });

  withJournal("a pin is the fold of what was read, and one that was handed out stays as it was", async (journal) => {
    const empty = await journal.pin(sunpy);
    await journal.append(appendOf(sunpy, 0, [sighting("a", alice), sighting("b", alice)]));
    const two = await journal.pin(sunpy);
    await journal.append(appendOf(sunpy, 2, [sighting("c", alice), forget("d")]));
    const four = await journal.pin(sunpy);
    assert.deepEqual([empty.version, two.version, four.version], [0, 2, 4]);
    assert.deepEqual([two.artifacts.size, four.artifacts.size], [2, 0]);
    assert.deepEqual(plain(two), plain(foldEvents((await journal.read(sunpy)).slice(0, 2))));
    assert.deepEqual(plain(four), plain(foldEvents(await journal.read(sunpy))));
  });

  withJournal("what is distrusted everywhere is the fold of the machine's journal", async (journal) => {
    assert.equal((await journal.machine()).size, 0);
    for (const [index, key] of [alice, bob].entries())
      await journal.append(appendOf("*", index, [{ kind: "distrust", key, scope: "*", reason: `${index}` }]));
    assert.deepEqual(await journal.machine(), foldMachine(await journal.read("*")));
  });

  withJournal("fields that are there and undefined come back as absent, at once and later", async (journal) => {
    const body: EventBody = { kind: "revoke", key: alice, hard: true, by: "cert", since: undefined };
    const appended = await journal.append(appendOf(sunpy, 0, [body]));
    const events = appended.kind === "appended" ? appended.events : [];
    assert.deepEqual(events, await journal.read(sunpy));
    assert.deepEqual(events[0]?.body, { kind: "revoke", key: alice, hard: true, by: "cert" });
  });

  withJournal("an append to another version than expected is a conflict, and changes nothing", async (journal) => {
    await journal.append(appendOf(sunpy, 0, [forget("1"), forget("2")]));
    const object = Buffer.from("object");
    const certificates = [{ primary, subkeys: [subkey], bytes: Buffer.from("cert") }];
    for (const expected of [0, 1, 3])
      assert.deepEqual(
        await journal.append(appendOf(sunpy, expected, [sighting("x", alice)], { certificates, objects: [object] })),
        { kind: "conflict", version: 2 },
      );
    assert.equal(versions(await journal.append(appendOf(curl, 1, [forget("1")]))), "conflict at 0");
    assert.equal((await journal.read(sunpy)).length, 2);
    assert.equal(await journal.count(), 2);
    assert.deepEqual(await all(journal.packages()), [sunpy]);
    assert.equal(await journal.certificate(primary), undefined);
    assert.equal(await journal.primaryOf(subkey), undefined);
    assert.equal(await journal.object(sha256(object)), undefined);
    assert.deepEqual(await journal.packagesOfSigner(alice), []);
    assert.deepEqual(versions(await journal.append(appendOf(sunpy, 2, [forget("3")]))), [3]);
  });

  withJournal("of appends at once to one version exactly one wins", async (journal) => {
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, index) => journal.append(appendOf(sunpy, 0, [forget(`${index}`)]))),
    );
    assert.equal(results.filter((result) => result.kind === "appended").length, 1);
    assert.deepEqual(
      results.find((result) => result.kind === "conflict"),
      { kind: "conflict", version: 1 },
    );
    assert.equal((await journal.read(sunpy)).length, 1);
  });

  withJournal("appends at once to many packages all win", async (journal) => {
    const names = Array.from({ length: 20 }, (_, index) => must(parsePackageName(`pkg:generic/p${index}`)));
    const results = await Promise.all(names.map((name) => journal.append(appendOf(name, 0, [forget("x")]))));
    assert.ok(results.every((result) => result.kind === "appended"));
    assert.equal(await journal.count(), 20);
    assert.deepEqual(
      (await all(journal.follow(0))).map(({ position }) => position),
      [...names.keys()],
    );
  });

  withJournal("an event that could not be read back is a fault, and nothing of its append is kept", async (journal) => {
    const tooLong = appendOf(sunpy, 0, [forget("fine"), forget("x".repeat(100_000))], { objects: [Buffer.from("o")] });
    await assert.rejects(journal.append(tooLong), { name: "TofuError", code: "internal" });
    assert.deepEqual(await journal.read(sunpy), []);
    assert.equal(await journal.count(), 0);
    assert.equal(await journal.object(sha256("o")), undefined);
    assert.deepEqual(versions(await journal.append(appendOf(sunpy, 0, [forget("fine")]))), [1]);
  });

  withJournal("time never goes back: the event says that the clock did", async (journal) => {
    const at = (ms: number): Partial<Append> => ({ at: unixMs(ms) });
    await journal.append(appendOf(sunpy, 0, [forget("1")], at(5000)));
    await journal.append(appendOf(sunpy, 1, [forget("2"), forget("3")], at(1000)));
    await journal.append(appendOf(sunpy, 3, [forget("4")], at(5002)));
    await journal.append(appendOf(sunpy, 4, [forget("5")], at(9000)));
    await journal.append(appendOf(curl, 0, [forget("1")], at(10)));
    const times = (await journal.read(sunpy)).map((event) => [event.at, event.mono, event.clockStep]);
    assert.deepEqual(times, [
      [5000, 5000, undefined],
      [1000, 5001, true],
      [1000, 5002, true],
      [5002, 5002, undefined],
      [9000, 9000, undefined],
    ]);
    assert.deepEqual(
      (await journal.read(curl)).map((event) => event.mono),
      [10],
    );
  });

  withJournal("1,000 events of one package", async (journal) => {
    for (let n = 0; n < 1000; n += 50) {
      const bodies = Array.from({ length: 50 }, (_, index) => forget(`${n + index}`));
      assert.equal((await journal.append(appendOf(sunpy, n, bodies))).kind, "appended");
    }
    const read = await journal.read(sunpy);
    assert.deepEqual(
      read.map((event) => event.n),
      Array.from({ length: 1000 }, (_, index) => index + 1),
    );
    assert.deepEqual(
      read.map((event) => event.body),
      Array.from({ length: 1000 }, (_, index) => forget(`${index}`)),
    );
  });
}

function companionTests(withJournal: WithJournal): void {
  withJournal("events, certificates, objects and indexes are there together", async (journal) => {
    const bytes = Buffer.from([0, 255, 10, 13, 0]);
    const certificates = [{ primary, subkeys: [subkey], bytes: Buffer.from([1, 2, 0, 200]) }];
    await journal.append(
      appendOf(sunpy, 0, [sighting("a", alice)], { certificates, objects: [bytes, Buffer.alloc(0)] }),
    );
    assert.deepEqual(await journal.certificate(primary), new Uint8Array([1, 2, 0, 200]));
    assert.equal(await journal.primaryOf(subkey), primary);
    assert.equal(await journal.primaryOf(primary), undefined);
    assert.deepEqual(await journal.object(sha256(bytes)), new Uint8Array(bytes));
    assert.deepEqual(await journal.object(sha256("")), new Uint8Array(0));
    assert.deepEqual(await journal.packagesOfSigner(alice), [sunpy]);
    assert.deepEqual(await journal.packagesOfArtifact(digestOf("a")), [sunpy]);
  });

  withJournal(
    "a certificate is replaced by the newer bytes; a subkey stays with the first that listed it",
    async (journal) => {
      const certificate = (key: Fingerprint, text: string): Partial<Append> => ({
        certificates: [{ primary: key, subkeys: [subkey], bytes: Buffer.from(text) }],
      });
      await journal.append(appendOf(sunpy, 0, [forget("1")], certificate(primary, "old")));
      await journal.append(appendOf(sunpy, 1, [forget("2")], certificate(primary, "new")));
      await journal.append(appendOf(curl, 0, [forget("1")], certificate(otherPrimary, "other")));
      assert.deepEqual(await journal.certificate(primary), new Uint8Array(Buffer.from("new")));
      assert.deepEqual(await journal.certificate(otherPrimary), new Uint8Array(Buffer.from("other")));
      assert.equal(await journal.primaryOf(subkey), primary);
    },
  );

  withJournal("certificates and objects may come without an event, under the same condition", async (journal) => {
    const append = appendOf(sunpy, 0, [], {
      certificates: [{ primary, subkeys: [], bytes: Buffer.from("cert") }],
      objects: [Buffer.from("o")],
    });
    assert.deepEqual(await journal.append(append), { kind: "appended", events: [] });
    assert.deepEqual(await journal.certificate(primary), new Uint8Array(Buffer.from("cert")));
    assert.deepEqual(await journal.object(sha256("o")), new Uint8Array(Buffer.from("o")));
    assert.deepEqual(await all(journal.packages()), []);
    assert.equal(await journal.count(), 0);
    assert.deepEqual(await journal.append({ ...append, expectedVersion: 1 }), { kind: "conflict", version: 0 });
  });

  withJournal(
    "bytes that are changed afterwards, by who gave or got them, do not change the store",
    async (journal) => {
      const given = Buffer.from("given");
      await journal.append(appendOf(sunpy, 0, [forget("1")], { objects: [given] }));
      given.fill(0);
      const got = await journal.object(sha256("given"));
      assert.deepEqual(got, new Uint8Array(Buffer.from("given")));
      got?.fill(0);
      assert.deepEqual(await journal.object(sha256("given")), new Uint8Array(Buffer.from("given")));
    },
  );

  withJournal("a signer's and a digest's packages are found, each once, in order", async (journal) => {
    await journal.append(appendOf(sunpy, 0, [sighting("a", alice), sighting("a", alice), sighting("b", alice, bob)]));
    await journal.append(
      appendOf(curl, 0, [sighting("a", alice), { kind: "distrust", key: bob, scope: "package", reason: "" }]),
    );
    await journal.append(appendOf("*", 0, [{ kind: "distrust", key: alice, scope: "*", reason: "stolen" }]));
    assert.deepEqual(await journal.packagesOfSigner(alice), [curl, sunpy]);
    assert.deepEqual(await journal.packagesOfSigner(bob), [curl, sunpy]);
    assert.deepEqual(await journal.packagesOfArtifact(digestOf("a")), [curl, sunpy]);
    assert.deepEqual(await journal.packagesOfArtifact(digestOf("b")), [sunpy]);
  });

  withJournal("a signer that a keyring only listed is not a signer of the package", async (journal) => {
    await journal.append(appendOf(sunpy, 0, [sighting("a", alice)]));
    assert.deepEqual(await journal.packagesOfSigner(bob), []);
  });
}

function storeTests(withJournal: WithJournal): void {
  withJournal("packages come in byte order, names that programs trip over among them", async (journal) => {
    const names = [
      "a/__proto__",
      "a/constructor",
      "a/b",
      "a/b-c",
      "a/b.c",
      "a/b/c",
      "a/b0",
      "aa/b",
      "a/tostring",
      "maven/B",
    ];
    for (const name of names.map((text) => must(parsePackageName(`pkg:${text}`))))
      await journal.append(appendOf(name, 0, [sighting(`${name}`.replaceAll("/", "_"), alice)]));
    await journal.append(appendOf("*", 0, [forget("everywhere")]));
    const expected = names.map((name) => `pkg:${name}`).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    assert.deepEqual(await all(journal.packages()), expected);
    assert.deepEqual(await journal.packagesOfSigner(alice), expected);
    for (const name of expected) assert.equal((await journal.read(must(parsePackageName(name)))).length, 1, name);
  });

  withJournal("the machine's own journal is one of its own", async (journal) => {
    await journal.append(appendOf("*", 0, [forget("everywhere")]));
    await journal.append(appendOf(sunpy, 0, [forget("here")]));
    assert.deepEqual(
      (await journal.read("*")).map((event) => event.body),
      [forget("everywhere")],
    );
    assert.deepEqual(
      (await journal.read(sunpy)).map((event) => event.prev),
      [undefined],
    );
    assert.deepEqual(await all(journal.packages()), [sunpy]);
  });

  withJournal("the store is followed in the order of appends, from any position", async (journal) => {
    await journal.append(appendOf(sunpy, 0, [forget("0"), forget("1")]));
    await journal.append(appendOf(curl, 0, [forget("2")]));
    await journal.append(appendOf("*", 0, [forget("3")]));
    await journal.append(appendOf(sunpy, 2, [forget("4")]));
    const followed = await all(journal.follow(0));
    assert.deepEqual(
      followed.map(({ position, event }) => [position, event.package, event.n, event.body]),
      [
        [0, sunpy, 1, forget("0")],
        [1, sunpy, 2, forget("1")],
        [2, curl, 1, forget("2")],
        [3, "*", 1, forget("3")],
        [4, sunpy, 3, forget("4")],
      ],
    );
    assert.deepEqual(await all(journal.follow(3)), followed.slice(3));
    assert.equal(await journal.count(), 5);
    assert.deepEqual(await all(journal.follow(5)), []);
    assert.deepEqual(await all(journal.follow(99)), []);
  });

  withJournal("a store that is opened again is the same, and goes on", async (journal, { reopen }) => {
    const certificates = [{ primary, subkeys: [subkey], bytes: Buffer.from("cert") }];
    await journal.append(appendOf(sunpy, 0, [sighting("a", alice)], { certificates, objects: [Buffer.from("o")] }));
    const before = await journal.read(sunpy);
    if (reopen === undefined) return;
    const again = await reopen();
    try {
      assert.deepEqual(await again.read(sunpy), before);
      assert.deepEqual(await again.packagesOfSigner(alice), [sunpy]);
      assert.deepEqual(await again.certificate(primary), new Uint8Array(Buffer.from("cert")));
      assert.equal(await again.primaryOf(subkey), primary);
      assert.deepEqual(await again.object(sha256("o")), new Uint8Array(Buffer.from("o")));
      assert.deepEqual(versions(await again.append(appendOf(sunpy, 1, [forget("2")]))), [2]);
      assert.deepEqual(
        (await all(again.follow(0))).map(({ position }) => position),
        [0, 1],
      );
    } finally {
      await again.close();
    }
  });

  withJournal("closed twice is closed; a question after that is a fault, never an empty answer", async (journal) => {
    await journal.append(appendOf(sunpy, 0, [forget("1")]));
    await journal.close();
    await journal.close();
    const closed = { name: "TofuError", code: "internal", message: /closed/ };
    await assert.rejects(journal.read(sunpy), closed);
    await assert.rejects(journal.append(appendOf(sunpy, 1, [forget("2")])), closed);
    await assert.rejects(journal.certificate(primary), closed);
    await assert.rejects(journal.primaryOf(subkey), closed);
    await assert.rejects(journal.object(digestOf("x")), closed);
    await assert.rejects(journal.packagesOfSigner(alice), closed);
    await assert.rejects(journal.packagesOfArtifact(digestOf("x")), closed);
    await assert.rejects(journal.count(), closed);
    await assert.rejects(all(journal.packages()), closed);
    await assert.rejects(all(journal.follow(0)), closed);
  });

  withJournal("an append that was begun before closing is finished first", async (journal, { reopen }) => {
    const pending = journal.append(appendOf(sunpy, 0, [forget("1")]));
    await journal.close();
    assert.equal((await pending).kind, "appended");
    if (reopen === undefined) return;
    const again = await reopen();
    assert.equal((await again.read(sunpy)).length, 1);
    await again.close();
  });
}

function manyTests(withJournal: WithJournal): void {
  withJournal("a few are appended together, each behind those before it", async (journal) => {
    const appends = [
      appendOf(sunpy, 0, [sighting("a", alice)], { objects: [new TextEncoder().encode("x")] }),
      appendOf(curl, 0, [sighting("b", bob)]),
      appendOf(sunpy, 1, [forget("c"), forget("d")]),
    ];
    const outcomes = await journal.appendTogether(appends);
    assert.deepEqual(outcomes.map(versions), [[1], [1], [2, 3]]);
    assert.deepEqual((await journal.read(sunpy)).length, 3);
    assert.deepEqual(await journal.packagesOfSigner(bob), [curl]);
    assert.notEqual(await journal.object(digestOf("x")), undefined);
    assert.deepEqual(await journal.appendTogether([]), []);
  });

  withJournal("of a few that are appended together none is behind the first that conflicts", async (journal) => {
    await journal.append(appendOf(curl, 0, [forget("another's")]));
    const outcomes = await journal.appendTogether([
      appendOf(sunpy, 0, [forget("a")]),
      appendOf(curl, 0, [forget("b")]),
      appendOf(sunpy, 1, [forget("c")]),
    ]);
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      ["appended", "conflict", "conflict"],
    );
    assert.deepEqual([(await journal.read(sunpy)).length, (await journal.read(curl)).length], [1, 1]);
    assert.equal(await journal.count(), 2);
  });

  const many = (count: number): readonly Append[] =>
    Array.from({ length: count }, (_, index) =>
      appendOf(must(parsePackageName(`pkg:generic/p${index}`)), 0, [sighting(`f${index}`, alice)]),
    );

  withJournal("are read back as if each had been appended by itself", async (journal, { reopen }) => {
    await journal.append(appendOf(sunpy, 0, [forget("before")]));
    const told: number[] = [];
    const appends = [
      appendOf("*", 0, [forget("begun")]),
      ...many(2500),
      appendOf(sunpy, 1, [forget("a"), forget("b")]),
      appendOf("*", 1, [forget("done")]),
    ];
    assert.deepEqual(await journal.appendMany(appends, (count) => told.push(count)), {
      kind: "appended",
      count: 2503,
    });
    assert.equal(told.at(-1), 2503);
    assert.deepEqual(
      told,
      [...told].sort((a, b) => a - b),
    );
    const again = reopen === undefined ? journal : await reopen();
    try {
      assert.equal(await again.count(), 2505);
      assert.deepEqual(
        (await again.read("*")).map(({ n }) => n),
        [1, 2],
      );
      assert.deepEqual(
        (await again.read(sunpy)).map(({ n }) => n),
        [1, 2, 3],
      );
      assert.equal((await again.read(must(parsePackageName("pkg:generic/p2499")))).length, 1);
      assert.equal((await again.packagesOfSigner(alice, { limit: 5000 })).length, 2500);
      let followed = 0;
      for await (const { position } of again.follow(0)) {
        assert.equal(position, followed);
        followed += 1;
      }
      assert.equal(followed, 2505);
    } finally {
      if (again !== journal) await again.close();
    }
  });

  withJournal("stop at the first that somebody else was quicker with", async (journal) => {
    await journal.append(appendOf(must(parsePackageName("pkg:generic/p1500")), 0, [forget("quicker")]));
    const appended = await journal.appendMany(many(1600));
    assert.deepEqual(appended, { kind: "conflict", count: 1500, name: "pkg:generic/p1500", version: 1 });
    assert.equal(await journal.count(), 1501);
    assert.equal((await journal.append(appendOf(sunpy, 0, [forget("goes on")]))).kind, "appended");
  });

  withJournal("of none is nothing", async (journal) => {
    assert.deepEqual(await journal.appendMany([]), { kind: "appended", count: 0 });
    assert.equal(await journal.count(), 0);
  });
}
