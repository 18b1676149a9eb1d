import type { Event, JournalName } from "../core/event.ts";
import { foldEvents, foldMachine, type Machine } from "../core/fold.ts";
import type { PackageName } from "../core/package-name.ts";
import type { Pin } from "../core/pin.ts";
import type { StoreHead } from "./anchor.ts";
import { assertChainEnd, type ChainEnd, EMPTY_CHAIN, endAfter, readNext, type Sealed, unknownEvent } from "./chain.ts";
import { ChainCache } from "./chain-cache.ts";
import { sha256 } from "./digest.ts";
import { type KeptPin, KeptPins } from "./kept-pins.ts";
import { eventKey, snapshotKey } from "./level-records.ts";
import {
  formatSnapshot,
  isSnapshotDue,
  MAX_ENTRIES_BESIDE_EVENTS,
  MIN_SNAPSHOT_EVENTS,
  parseSnapshot,
} from "./pin-snapshot.ts";

/** What is asked of the store: a record, and where a journal's chain is recorded to end. */
export interface ChainStore {
  readonly text: (key: string) => string | undefined;
  readonly recordedEnd: (name: JournalName) => StoreHead;
}

/** A record to be written beside events. */
export interface StoredSnapshot {
  readonly key: string;
  readonly text: string;
}

const NO_PIN: Pin = foldEvents([]);
const NO_MACHINE = { end: EMPTY_CHAIN, machine: foldMachine([]), isCurrent: false };

/**
 * Reads the chains of a store, and keeps what was read and found sound: this process alone has the store open, and a
 * chain only grows, by appends that are told here.
 */
export class ChainFolds {
  readonly #store: ChainStore;
  readonly #chains = new ChainCache();
  readonly #pins = new KeptPins();
  #machine: { readonly end: ChainEnd; readonly machine: Machine; readonly isCurrent: boolean } = NO_MACHINE;

  constructor(store: ChainStore) {
    this.#store = store;
  }

  /** The events of one journal, each checked against the one before and the last against the recorded end. */
  chain(name: JournalName): readonly Event[] {
    const kept = this.#chains.get(name);
    const walk = this.#walk(name, kept?.end ?? EMPTY_CHAIN);
    const more = [...walk.events()];
    const events = more.length === 0 && kept !== undefined ? kept.events : [...(kept?.events ?? []), ...more];
    this.#chains.keep(name, { end: walk.end(), events });
    return events;
  }

  /** @returns what the events of {@link chain} come to; only those are read that came since the last time. */
  pin(name: PackageName): Pin {
    const kept = this.#pins.get(name) ?? this.#fromSnapshot(name);
    if (kept?.isCurrent === true) return kept.pin;
    const walk = this.#walk(name, kept?.end ?? EMPTY_CHAIN);
    const fresh = walk.events();
    const first = fresh.next();
    const pin = first.done === true ? (kept?.pin ?? NO_PIN) : foldEvents(prepend(first.value, fresh), kept?.pin);
    this.#pins.keep(name, { end: walk.end(), pin, snapshotAt: kept?.snapshotAt ?? 0, isCurrent: true });
    return pin;
  }

  /**
   * @param sealed - events that are about to be appended to the end of their journal.
   * @returns the snapshot to be written with them, if it is time for one and the pin is at hand.
   */
  snapshotWith(name: PackageName, sealed: readonly Sealed[]): StoredSnapshot | undefined {
    const kept = this.#pins.get(name);
    const last = sealed.at(-1);
    if (kept?.isCurrent !== true || last === undefined || kept.end.n + sealed.length !== last.event.n) return undefined;
    if (!isSnapshotDue(last.event.n, kept.snapshotAt) || kept.entries > MAX_ENTRIES_BESIDE_EVENTS) return undefined;
    const pin = foldEvents(
      sealed.map(({ event }) => event),
      kept.pin,
    );
    return this.#snapshot(name, { ...kept, end: endAfter(last), pin });
  }

  /** @returns snapshots of what is kept and has grown since the last one. */
  snapshotsDue(): readonly StoredSnapshot[] {
    return this.#pins.all().flatMap(([name, kept]) => {
      const isDue = kept.isCurrent && isSnapshotDue(kept.end.n, kept.snapshotAt);
      return isDue ? (this.#snapshot(name, kept) ?? []) : [];
    });
  }

  #snapshot(name: JournalName, kept: KeptPin): StoredSnapshot | undefined {
    const text = formatSnapshot(kept, name);
    if (text === undefined) return undefined;
    // Should the write fail, the next one comes a little later than it could.
    this.#pins.noteSnapshot(name, kept.end.n);
    return { key: snapshotKey(name), text };
  }

  /**
   * The newest snapshot, where it fits the chain as it is recorded: the event that it ends with is there and is that
   * one. The events before it are not read again.
   */
  #fromSnapshot(name: PackageName): KeptPin | undefined {
    const recorded = this.#store.recordedEnd(name);
    const text = recorded.count < MIN_SNAPSHOT_EVENTS ? undefined : this.#store.text(snapshotKey(name));
    const found = text === undefined ? undefined : parseSnapshot(text, name);
    if (found === undefined || found.end.n > recorded.count) return undefined;
    const event = this.#store.text(eventKey(name, found.end.n));
    if (event === undefined || sha256(event) !== found.end.hash) return undefined;
    return { ...found, snapshotAt: found.end.n, isCurrent: false };
  }

  /** @returns what the journal of the whole machine comes to. */
  machine(): Machine {
    const before = this.#machine;
    if (before.isCurrent) return before.machine;
    const walk = this.#walk("*", before.end);
    const more = [...walk.events()];
    const machine = more.length === 0 ? before.machine : new Map([...before.machine, ...foldMachine(more)]);
    this.#machine = { end: walk.end(), machine, isCurrent: true };
    return machine;
  }

  /** Called after each append to this journal, when it is on disk. */
  noteAppended(name: JournalName): void {
    if (name === "*") this.#machine = { ...this.#machine, isCurrent: false };
    else this.#pins.noteAppended(name);
  }

  /** Drops all that was kept: the database was opened anew. */
  clear(): void {
    this.#chains.clear();
    this.#pins.clear();
    this.#machine = NO_MACHINE;
  }

  /** Reads on from where a chain was found sound, event by event, and holds the end against what is recorded. */
  #walk(
    name: JournalName,
    from: ChainEnd,
  ): { readonly events: () => Generator<Event, void, undefined>; readonly end: () => ChainEnd } {
    const store = this.#store;
    let end = from;
    const events = function* (): Generator<Event, void, undefined> {
      const recorded = store.recordedEnd(name);
      while (end.n < recorded.count) {
        const sealed = readNext(end, name, store.text(eventKey(name, end.n + 1)));
        end = endAfter(sealed);
        yield sealed.event;
      }
      assertChainEnd(name, end, recorded);
      // There may be one more by now, of an append that was finished meanwhile: then there is a new end as well, which
      // must be asked for after the event was seen.
      if (store.text(eventKey(name, end.n + 1)) !== undefined && store.recordedEnd(name).count === recorded.count)
        throw unknownEvent(name, end.n + 1);
    };
    return { events, end: () => end };
  }
}

function* prepend<T>(first: T, rest: Iterable<T>): Generator<T, void, undefined> {
  yield first;
  yield* rest;
}
