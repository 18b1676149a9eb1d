import type { JournalName } from "../core/event.ts";
import { escapeText } from "../core/printable.ts";
import { formatDate, type UnixMs } from "../core/time.ts";
import { TofuError } from "../core/tofu-error.ts";
import { type Anchor, compareWithAnchor, type StoreHead } from "./anchor.ts";
import { damaged } from "./chain.ts";
import { runningHash, sha256 } from "./digest.ts";
import type { LevelReader } from "./level-reader.ts";
import type { RepairRecord } from "./level-records.ts";

/**
 * Compares a store that was just opened with its anchor, looks at the newest events, and brings the anchor up to date.
 *
 * @param unprovenBytes - how many bytes nothing vouches for: those that LevelDB has replayed from its logs, of which it
 * drops what doesn't fit and says nothing, or all (`Infinity`), where there are tables that nobody sealed.
 * @returns what a user must be told, in sentences.
 * @throws TofuError `store-rolled-back` or `store-damaged`.
 */
export async function checkStore(
  reader: LevelReader,
  anchor: Anchor,
  { folder, unprovenBytes, now }: { readonly folder: string; readonly unprovenBytes: number; readonly now: UnixMs },
): Promise<readonly string[]> {
  const head = reader.head();
  const comparison = compareWithAnchor(anchor.reading, head, (count) => reader.hashAt(count));
  if (comparison.kind === "behind") throw behind(folder, comparison.missing, head);
  if (comparison.kind === "other") throw other(folder);
  checkNewest(reader, head, unprovenBytes);
  const known = anchor.reading.kind === "read" ? anchor.reading.state : undefined;
  const unprovenCount = comparison.kind === "unproven" ? head.count : (known?.unprovenCount ?? 0);
  // Up to date already: opening a store to read it costs no write.
  if (known?.count !== head.count) await anchor.write({ ...head, at: now, unprovenCount });
  if (comparison.kind === "sound" && unprovenCount === 0) return [];
  const repair = reader.repair();
  return [repair === undefined ? unproven(folder, unprovenCount) : repaired(repair)];
}

/**
 * Walks back from the head over all that so many bytes can have held: no gap, every running hash as it was, and every
 * journal that is met ends where the store says it does.
 */
function checkNewest(reader: LevelReader, head: StoreHead, bytes: number): void {
  const met = new Set<JournalName>();
  let { hash } = head;
  let seenBytes = 0;
  for (let position = head.count - 1; position >= 0 && seenBytes < bytes; position -= 1) {
    const { text, name, n, before } = reader.entryAt(position);
    if (runningHash(before, text) !== hash) throw damaged(name, n, "is not the one written there");
    if (!met.has(name)) reader.assertEnd(name, { count: n, hash: sha256(text) });
    met.add(name);
    hash = before;
    // UTF-16 units are never more than the bytes that were written: the walk may go too far, never not far enough.
    seenBytes += text.length;
  }
}

function unproven(folder: string, count: number): string {
  const anchor = escapeText(`${folder}.anchor`);
  const then = count === 1 ? "1 event was" : `${count} events were`;
  return `cannot prove completeness: ${anchor} was missing or unreadable when ${then} in the store; events before that may be gone`;
}

function repaired({ at, kept, lost }: RepairRecord): string {
  const gone = lost === undefined ? "nobody can say how many are gone" : `${lost} could not be recovered`;
  return `the store was repaired on ${formatDate(at)}: ${kept} of its events were taken over, and ${gone}`;
}

function behind(folder: string, missing: number, head: StoreHead): TofuError {
  const what = head.count === 0 ? "is empty" : `ends after event ${head.count}`;
  const events = missing === 1 ? "1 event is" : `${missing} events are`;
  return rolledBack(folder, `${what}, and ${events} missing: it was cut, emptied or replaced by an older copy`);
}

function other(folder: string): TofuError {
  return rolledBack(folder, "holds other events than were written to it: it was edited or replaced");
}

function rolledBack(folder: string, what: string): TofuError {
  const anchor = escapeText(`${folder}.anchor`);
  const remedy = `put its newest copy back; what should be there is noted in ${anchor}`;
  return new TofuError("store-rolled-back", `the store ${escapeText(folder)} ${what}; ${remedy}`);
}
