import type { JournalName } from "../core/event.ts";
import type { StoreHead } from "./anchor.ts";
import { type ChainEnd, EMPTY_CHAIN, endAfter, type Sealed, seal } from "./chain.ts";
import type { Append, AppendedMany } from "./journal.ts";
import type { LevelReader } from "./level-reader.ts";
import type { LevelStore } from "./level-store.ts";
import { putCompanions, putEvents } from "./level-writer.ts";

/** Events of one piece: LevelDB writes a thousand at once several times as fast as one by one, and hardly faster more. */
const PIECE_EVENTS = 1000;

interface Piece {
  readonly appends: Append[];
  readonly sealed: Sealed[];
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
  let head = reader.head();
  const begun = head.count;
  let written = 0;
  let at: Append["at"] | undefined;
  const ends = new Map<JournalName, ChainEnd>();
  const flush = async ({ appends: some, sealed }: Piece, { sync }: { readonly sync: boolean }): Promise<void> => {
    if (some.length === 0) return;
    const listed = new Set<string>();
    head = await store.write((batch): StoreHead => {
      for (const append of some) putCompanions(batch, reader, append, listed);
      return putEvents(batch, head, sealed);
    }, sync);
    for (const { event } of sealed) reader.noteAppended(event);
    written += some.length;
    ends.clear();
    onWritten(written);
  };
  const finish = async (): Promise<void> => {
    if (head.count !== begun && at !== undefined) await store.anchor(head, at, { seal: true });
  };
  let piece: Piece = { appends: [], sealed: [] };
  for (const append of appends) {
    const { name, expectedVersion } = append;
    const end = ends.get(name) ?? (names.has(name) ? reader.end(name) : EMPTY_CHAIN);
    if (end.n !== expectedVersion) {
      await flush(piece, { sync: true });
      await finish();
      return { kind: "conflict", count: written, name, version: end.n };
    }
    const sealed = seal(end, append, append.events);
    const last = sealed.at(-1);
    if (last !== undefined) ends.set(name, endAfter(last));
    names.add(name);
    at = append.at;
    piece.appends.push(append);
    piece.sealed.push(...sealed);
    if (piece.sealed.length < PIECE_EVENTS) continue;
    await flush(piece, { sync: false });
    piece = { appends: [], sealed: [] };
  }
  await flush(piece, { sync: true });
  await finish();
  return { kind: "appended", count: written };
}

/** Whether a journal has begun is asked of each; one walk over their names is quicker than as many questions. */
async function namesOf(reader: LevelReader): Promise<Set<JournalName>> {
  const names = new Set<JournalName>();
  for await (const name of reader.names("h")) names.add(name);
  return names;
}
