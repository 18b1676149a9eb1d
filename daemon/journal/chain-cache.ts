import type { Event, JournalName } from "../core/event.ts";
import type { ChainEnd } from "./chain.ts";

/** Events kept in all, about 2 KiB of memory each. Reading one from disk and checking it takes some 20 microseconds. */
const MAX_EVENTS = 2000;
/** Shorter chains are quicker read again than kept: an export asks for each of a hundred thousand once. */
const MIN_EVENTS = 8;

/** A chain that was read and found sound, as far as it went then. */
export interface CheckedChain {
  readonly end: ChainEnd;
  readonly events: readonly Event[];
}

/** The chains that were read last: a story that is asked for twice is read once. Judging needs no events, see {@link KeptPins}. */
export class ChainCache {
  /** In the order of use: the one that was not used for longest comes first. */
  readonly #chains = new Map<JournalName, CheckedChain>();
  #count = 0;

  get(name: JournalName): CheckedChain | undefined {
    return this.#chains.get(name);
  }

  keep(name: JournalName, chain: CheckedChain): void {
    this.#drop(name);
    if (chain.events.length < MIN_EVENTS || chain.events.length > MAX_EVENTS) return;
    this.#chains.set(name, chain);
    this.#count += chain.events.length;
    for (const oldest of this.#chains.keys()) {
      if (this.#count <= MAX_EVENTS) break;
      this.#drop(oldest);
    }
  }

  clear(): void {
    this.#chains.clear();
    this.#count = 0;
  }

  #drop(name: JournalName): void {
    this.#count -= this.#chains.get(name)?.events.length ?? 0;
    this.#chains.delete(name);
  }
}
