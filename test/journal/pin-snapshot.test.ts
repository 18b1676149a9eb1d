import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { Level } from "level";
import { foldEvents } from "../../daemon/core/fold.ts";
import { isSamePin } from "../../daemon/core/pin-text.ts";
import type { StoreHead } from "../../daemon/journal/anchor.ts";
import { ChainFolds } from "../../daemon/journal/chain-folds.ts";
import { sha256 } from "../../daemon/journal/digest.ts";
import type { LevelJournal } from "../../daemon/journal/level-journal.ts";
import { chainKey, parseHead, snapshotKey } from "../../daemon/journal/level-records.ts";
import { isSnapshotDue, MIN_SNAPSHOT_EVENTS } from "../../daemon/journal/pin-snapshot.ts";
import { verifyStore } from "../../daemon/journal/verify-store.ts";
import { plain } from "../core/plain.ts";
import { alice, appendOf, forget, sighting, sunpy } from "./kit.ts";
import { openStoreIn, scratchFolder } from "./scratch.ts";

const newFolder = scratchFolder();
const EVENTS = MIN_SNAPSHOT_EVENTS + 40;

/** A package with a history that is long enough, written by appends of twenty, each of them after a look at the pin. */
async function longStore(): Promise<string> {
  const folder = newFolder();
  const journal = await openStoreIn(folder);
  for (let n = 0; n < EVENTS; n += 20) {
    await journal.pin(sunpy);
    const events = Array.from({ length: 20 }, (_, at) => sighting(`file-${n + at}`, alice));
    await journal.append(appendOf(sunpy, n, events));
  }
  await journal.close();
  return folder;
}

/** Changes records behind the store's back; without its seals every table is one that nobody vouches for. */
async function edit(folder: string, change: (db: Level<string, string>) => Promise<void>): Promise<void> {
  const db = new Level<string, string>(join(folder, "journal"));
  await db.open();
  await change(db);
  await db.close();
  await rm(join(folder, "tables"), { force: true });
}

async function opened<T>(folder: string, ask: (journal: LevelJournal) => Promise<T>): Promise<T> {
  const journal = await openStoreIn(folder);
  try {
    return await ask(journal);
  } finally {
    await journal.close();
  }
}

async function readSnapshot(folder: string): Promise<string> {
  let text = "";
  await edit(folder, async (db) => {
    text = (await db.get(snapshotKey(sunpy))) ?? "";
  });
  return text;
}

describe("a snapshot of a pin", () => {
  test("is due when the history has grown by its share", () => {
    const rows = [
      [255, 0, false],
      [256, 0, true],
      [511, 256, false],
      [512, 256, true],
      [100_000, 88_000, false],
      [100_000, 87_000, true],
    ] as const;
    for (const [version, last, expected] of rows) assert.equal(isSnapshotDue(version, last), expected, `${version}`);
  });

  test("spares the events before it, and gives what they would", async () => {
    const folder = await longStore();
    const events = await opened(folder, (journal) => journal.read(sunpy));
    await edit(folder, async (db) => {
      const asked: string[] = [];
      const text = (key: string): string | undefined => {
        asked.push(key);
        return db.getSync(key);
      };
      const recordedEnd = (): StoreHead => parseHead(db.getSync(chainKey(sunpy)) ?? "") ?? assert.fail();
      const pin = new ChainFolds({ text, recordedEnd }).pin(sunpy);
      assert.deepEqual(plain(pin), plain(foldEvents(events)));
      // The event that the snapshot ends with, those behind it, and the place behind the last.
      const eventsAsked = asked.filter((key) => key !== snapshotKey(sunpy));
      assert.ok(eventsAsked.length < EVENTS - MIN_SNAPSHOT_EVENTS + 10, `${eventsAsked.length}`);
    });
  });

  test("goes on from where it ends, and the next one is written in time", async () => {
    const folder = await longStore();
    await opened(folder, async (journal) => {
      for (let n = 0; n < 5; n += 1) {
        const { version } = await journal.pin(sunpy);
        const events = Array.from({ length: 64 }, (_, at) => sighting(`more-${n}-${at}`, alice));
        await journal.append(appendOf(sunpy, version, [...events, forget(`round ${n}`)]));
        assert.deepEqual(plain(await journal.pin(sunpy)), plain(foldEvents(await journal.read(sunpy))));
      }
    });
    const text = await readSnapshot(folder);
    assert.match(text, /^[0-9a-f]{64}\n[0-9a-f]{64} (?:5[2-9]|6)\d+ /);
    await opened(folder, async (journal) => {
      assert.deepEqual(plain(await journal.pin(sunpy)), plain(foldEvents(await journal.read(sunpy))));
    });
  });

  test("of a large pin is written on closing and not beside events", async () => {
    const folder = newFolder();
    await opened(folder, async (journal) => {
      for (let n = 0; n < 5000; n += 1000) {
        const { version } = await journal.pin(sunpy);
        const events = Array.from({ length: 1000 }, (_, at) => sighting(`file-${n + at}`, alice));
        await journal.append(appendOf(sunpy, version, events));
      }
    });
    // The pin had more than 10,000 entries from event 4,000 on, and nobody asked for it after the last append.
    assert.match(await readSnapshot(folder), /^\S+\n\S+ 4000 /);
    await opened(folder, async (journal) => {
      assert.equal((await journal.pin(sunpy)).version, 5000);
      await journal.append(appendOf(sunpy, 5000, [forget("all")]));
      assert.equal((await journal.pin(sunpy)).version, 5001);
    });
    assert.match(await readSnapshot(folder), /^\S+\n\S+ 5001 /);
  });

  const sealedAs = (body: string): string => `${sha256(body)}\n${body}`;
  const bodyOf = (text: string): string => text.slice(text.indexOf("\n") + 1);
  const rows: readonly (readonly [string, (text: string) => string])[] = [
    ["is damaged", (text) => text.replace("file-7", "file-8")],
    ["is cut", (text) => text.slice(0, -100)],
    ["is empty", () => ""],
    ["ends with another event", (text) => sealedAs(bodyOf(text).replace(/^(\S+ \S+) \S+/, `$1 ${"0".repeat(64)}`))],
    ["ends behind the journal", (text) => sealedAs(bodyOf(text).replace(/^(\S+) \d+/, "$1 9999"))],
    ["was folded by other code", (text) => sealedAs(bodyOf(text).replace(/^\S+/, "f".repeat(64)))],
    ["is another package's", (text) => sealedAs(bodyOf(text).replace("pkg:pypi/sunpy\n", "pkg:pypi/other\n"))],
  ];
  for (const [name, change] of rows)
    test(`is as good as none where it ${name}`, async () => {
      const folder = await longStore();
      const text = await readSnapshot(folder);
      assert.notEqual(change(text), text);
      await edit(folder, (db) => db.put(snapshotKey(sunpy), change(text)));
      await opened(folder, async (journal) => {
        assert.deepEqual(plain(await journal.pin(sunpy)), plain(foldEvents(await journal.read(sunpy))));
      });
    });

  test("that somebody wrote who knows its form is believed, and found when the whole store is read", async () => {
    const folder = await longStore();
    const text = await readSnapshot(folder);
    const forged = sealedAs(bodyOf(text).replace('"exists":false', '"exists":true'));
    assert.notEqual(forged, text);
    await edit(folder, (db) => db.put(snapshotKey(sunpy), forged));
    await opened(folder, async (journal) => {
      assert.equal(isSamePin(await journal.pin(sunpy), foldEvents(await journal.read(sunpy))), false);
      const problems = [];
      for await (const { place, problem } of verifyStore(journal)) problems.push(`${place}: ${problem}`);
      assert.match(problems.join("\n"), /pkg:pypi\/sunpy: .*what is kept of its state is not what its events come to/);
    });
  });
});
