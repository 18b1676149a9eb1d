import type { JournalName } from "../core/event.ts";
import type { StoreHead } from "./anchor.ts";
import { type ChainEnd, EMPTY_CHAIN, endAfter, type Sealed, sealAsGiven } from "./chain.ts";
import type { Append, AppendedMany } from "./journal.ts";
import type { LevelReader } from "./level-reader.ts";
import type { LevelStore } from "./level-store.ts";
import { type Batch, putCompanions, putEach, putHead } from "./level-writer.ts";

/**
 * Events of one piece: LevelDB writes so many at once several times as fast as one by one, and hardly faster more. With
 * more of them, whoever else asks waits longer, and what a piece takes outside of V8's heap stays there for longer: with
 * a thousand an import of 100,000 pins came to 340 MiB instead of 240.
 */
const PIECE_EVENTS = 250;

/** What is written in one batch, which has the events: of them no more is kept here than where their journals end. */
interface Piece {
  readonly batch: Batch;
  /** Subkeys that it lists. */
  readonly listed: Set<string>;
  /** Where the journals that it adds to end with it. */
  readonly ends: Map<JournalName, ChainEnd>;
  appends: number;
  events: number;
}

/**
 * Appends many, in pieces that are each written whole; the last write waits for the disk, and with it all before it,
 * since LevelDB's log is one file in order. The caller lets one append run at a time.
 */
export async function writeMany(
  store: LevelStore,
  reader: LevelReader,
  appends: Iterable<Append>,
  onWritten: (count: number) => void,
): Promise<AppendedMany> {
  const names = await namesOf(reader);
  const writer = new PieceWriter(store, reader, onWritten);
  try {
    for (const append of appends) {
      const { name, expectedVersion } = append;
      const end = writer.endOf(name) ?? (names.has(name) ? reader.end(name) : EMPTY_CHAIN);
      if (end.n !== expectedVersion) {
        const count = await writer.finish();
        return { kind: "conflict", count, name, version: end.n };
      }
      names.add(name);
      await writer.add(append, sealAsGiven(end, append, append.events));
    }
  } catch (cause) {
    // What is on its way to the disk has its end before anything else begins.
    await writer.abandon();
    throw cause;
  }
  return { kind: "appended", count: await writer.finish() };
}

/** Writes one piece while the next is being made. */
class PieceWriter {
  readonly #store: LevelStore;
  readonly #reader: LevelReader;
  readonly #onWritten: (count: number) => void;
  readonly #begun: number;
  #head: StoreHead;
  #written = 0;
  #at: Append["at"] | undefined;
  #piece: Piece;
  /** The piece before, until it is written. */
  #writing: { readonly piece: Piece; readonly done: Promise<void> } | undefined;

  constructor(store: LevelStore, reader: LevelReader, onWritten: (count: number) => void) {
    this.#store = store;
    this.#reader = reader;
    this.#onWritten = onWritten;
    this.#head = reader.head();
    this.#begun = this.#head.count;
    this.#piece = newPiece(store);
  }

  /** @returns where a journal ends by what was added and may not be in the store yet. */
  endOf(name: JournalName): ChainEnd | undefined {
    return this.#piece.ends.get(name) ?? this.#writing?.piece.ends.get(name);
  }

  async add(append: Append, sealed: readonly Sealed[]): Promise<void> {
    const piece = this.#piece;
    putCompanions(piece.batch, this.#reader, append, piece.listed);
    this.#head = putEach(piece.batch, this.#head, sealed);
    const last = sealed.at(-1);
    if (last !== undefined) piece.ends.set(append.name, endAfter(last));
    this.#at = append.at;
    piece.appends += 1;
    piece.events += sealed.length;
    if (piece.events < PIECE_EVENTS) return;
    await this.#write({ sync: false });
    this.#piece = newPiece(this.#store);
  }

  /** Writes what is left. @returns how many appends are on disk now, with the anchor that knows of them. */
  async finish(): Promise<number> {
    // With nothing left there is still the piece before, for which nobody has waited.
    if (this.#piece.appends === 0 && !this.#hasEvents) await this.#piece.batch.close();
    else await this.#write({ sync: true });
    await this.#arrived();
    if (this.#hasEvents && this.#at !== undefined) await this.#store.anchor(this.#head, this.#at, { seal: true });
    return this.#written;
  }

  /** Gives up what is not written, and waits for what is being written, whatever becomes of it. */
  async abandon(): Promise<void> {
    await this.#piece.batch.close();
    await this.#writing?.done.catch(() => undefined);
  }

  get #hasEvents(): boolean {
    return this.#head.count !== this.#begun;
  }

  async #write({ sync }: { readonly sync: boolean }): Promise<void> {
    await this.#arrived();
    const piece = this.#piece;
    if (this.#hasEvents) putHead(piece.batch, this.#head);
    const done = this.#store.writeBatch(piece.batch, { sync });
    // Whoever waits for it gets the failure; until then it is nobody's.
    done.catch(() => undefined);
    this.#writing = { piece, done };
  }

  async #arrived(): Promise<void> {
    if (this.#writing === undefined) return;
    const { piece, done } = this.#writing;
    await done;
    this.#reader.noteAppendedMany(piece.ends.keys());
    this.#written += piece.appends;
    this.#writing = undefined;
    this.#onWritten(this.#written);
  }
}

function newPiece(store: LevelStore): Piece {
  return { batch: store.batch(), listed: new Set(), ends: new Map(), appends: 0, events: 0 };
}

/** Whether a journal has begun is asked of each; one walk over their names is quicker than as many questions. */
async function namesOf(reader: LevelReader): Promise<Set<JournalName>> {
  const names = new Set<JournalName>();
  for await (const name of reader.names("h")) names.add(name);
  return names;
}
