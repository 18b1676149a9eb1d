import type { Event, JournalName } from "../core/event.ts";
import { foldEvents, foldMachine, type Machine } from "../core/fold.ts";
import type { PackageName } from "../core/package-name.ts";
import type { Pin } from "../core/pin.ts";
import type { StoreHead } from "./anchor.ts";
import { assertChainEnd, type ChainEnd, EMPTY_CHAIN, endAfter, readNext, unknownEvent } from "./chain.ts";
import { ChainCache } from "./chain-cache.ts";
import { KeptPins } from "./kept-pins.ts";
import { eventKey } from "./level-records.ts";

/** What is asked of the store: a record, and where a journal's chain is recorded to end. */
export interface ChainStore {
  readonly text: (key: string) => string | undefined;
  readonly recordedEnd: (name: JournalName) => StoreHead;
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
    const kept = this.#pins.get(name);
    if (kept?.isCurrent === true) return kept.pin;
    const walk = this.#walk(name, kept?.end ?? EMPTY_CHAIN);
    const fresh = walk.events();
    const first = fresh.next();
    const pin = first.done === true ? (kept?.pin ?? NO_PIN) : foldEvents(prepend(first.value, fresh), kept?.pin);
    this.#pins.keep(name, { end: walk.end(), pin, isCurrent: true });
    return pin;
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
