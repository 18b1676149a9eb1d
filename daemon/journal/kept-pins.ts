import type { JournalName } from "../core/event.ts";
import type { Pin } from "../core/pin.ts";
import type { ChainEnd } from "./chain.ts";

/** Entries of pins kept in all; one takes about a quarter of a KiB. */
const MAX_ENTRIES = 100_000;
/** What a pin takes besides, in the same measure. */
const PIN_ENTRIES = 8;
/**
 * The most that one pin counts for, whatever it takes: a longer one is not put out by the first question about another
 * package, which would have all of it read again. Two such pins are too many: some 50 MiB each with 100,000 files.
 */
const MOST_COUNTED = 60_000;

/** The fold of a chain that was read and found sound, as far as it went then. */
export interface KeptPin {
  readonly end: ChainEnd;
  readonly pin: Pin;
  /** Version of the newest snapshot in the store; 0 where there is none. */
  readonly snapshotAt: number;
  /** Nothing was appended since. */
  readonly isCurrent: boolean;
}

/** The pins that were used last. One that is longer than all that are kept is among them, until others were used as much. */
export class KeptPins {
  /** In the order of use: the one that was not used for longest comes first. */
  readonly #pins = new Map<JournalName, KeptPin & { readonly entries: number }>();
  /** Entries of all of them, of one as many as count. */
  #counted = 0;

  get(name: JournalName): (KeptPin & { readonly entries: number }) | undefined {
    const found = this.#pins.get(name);
    if (found === undefined) return undefined;
    this.#pins.delete(name);
    this.#pins.set(name, found);
    return found;
  }

  keep(name: JournalName, kept: KeptPin): void {
    this.#drop(name);
    if (kept.end.n === 0) return;
    const entries = entriesOf(kept.pin);
    this.#pins.set(name, { ...kept, entries });
    this.#counted += counted(entries);
    for (const oldest of this.#pins.keys()) {
      if (this.#counted <= MAX_ENTRIES) break;
      this.#drop(oldest);
    }
  }

  /** Called after each append to this journal: what is kept of it is behind. */
  noteAppended(name: JournalName): void {
    const kept = this.#pins.get(name);
    if (kept !== undefined) this.#pins.set(name, { ...kept, isCurrent: false });
  }

  /** Called when a snapshot is about to be written. */
  noteSnapshot(name: JournalName, version: number): void {
    const kept = this.#pins.get(name);
    if (kept !== undefined) this.#pins.set(name, { ...kept, snapshotAt: version });
  }

  /** @returns those kept, the one that was not used for longest first. */
  all(): readonly (readonly [JournalName, KeptPin])[] {
    return [...this.#pins];
  }

  clear(): void {
    this.#pins.clear();
    this.#counted = 0;
  }

  #drop(name: JournalName): void {
    this.#counted -= counted(this.#pins.get(name)?.entries ?? 0);
    this.#pins.delete(name);
  }
}

function counted(entries: number): number {
  return Math.min(entries, MOST_COUNTED);
}

function entriesOf({ artifacts, bySha256, acceptedOnce, refusals, listed, vouched, signers, today }: Pin): number {
  const maps = [artifacts, bySha256, acceptedOnce, refusals, listed, vouched, today.entries];
  const releases = [...signers.values()].map((signer) => signer.releases);
  return [...maps, ...releases].reduce((sum, { size }) => sum + size, PIN_ENTRIES + signers.size);
}
