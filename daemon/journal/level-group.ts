import type { JournalName } from "../core/event.ts";
import { type ChainEnd, endAfter, type Sealed, seal } from "./chain.ts";
import type { StoredSnapshot } from "./chain-folds.ts";
import type { Append, Appended } from "./journal.ts";
import type { LevelReader } from "./level-reader.ts";
import type { LevelStore } from "./level-store.ts";
import { putCompanions, putEvents } from "./level-writer.ts";

/** Appends of one write. More of them would keep the first waiting for the last. */
const MAX_GROUP_APPENDS = 64;
/** Certificates and stored bytes of one write: LevelDB copies them. */
const MAX_GROUP_BYTES: number = 1 << 20;

/** What came of one append of a group; `failed`: of this one alone, before anything was written. */
export type GroupOutcome = Appended | { readonly kind: "failed"; readonly cause: unknown };

/** Appends that arrived while others were being written: they go to disk together. */
export class AppendGroup {
  readonly #appends: Append[] = [];
  #bytes = 0;
  #isClosed = false;

  /** Whether it takes one more. The first has room, whatever it brings. */
  get hasRoom(): boolean {
    return !this.#isClosed && this.#appends.length < MAX_GROUP_APPENDS && this.#bytes < MAX_GROUP_BYTES;
  }

  /** @returns its appends, in the order in which they came; from now on it takes no more. */
  close(): readonly Append[] {
    this.#isClosed = true;
    return this.#appends;
  }

  /** @returns its place in the group. */
  add(append: Append): number {
    for (const { bytes } of append.certificates) this.#bytes += bytes.length;
    for (const bytes of append.objects) this.#bytes += bytes.length;
    return this.#appends.push(append) - 1;
  }
}

/**
 * Writes appends in one batch, with what each of them would have come to after those before it: events, indexes,
 * certificates, objects and the store's new head, all or nothing. The caller lets one group be written at a time.
 *
 * @param how - `inOrder`: each rests on those before it, so from the first that is not appended on, none is.
 * @returns one outcome for each, when all of it, and then the anchor, is on disk.
 * @throws TofuError where the write fails: then none of them is acknowledged, and no conflict is known either.
 */
export async function writeGroup(
  store: LevelStore,
  reader: LevelReader,
  appends: readonly Append[],
  how: { readonly inOrder: boolean } = { inOrder: false },
): Promise<readonly GroupOutcome[]> {
  const { outcomes, accepted } = sealGroup(reader, appends, how);
  if (accepted.length === 0) return outcomes;
  const sealed = accepted.flatMap((one) => one.sealed);
  const before = reader.head();
  const snapshots = snapshotsWith(reader, sealed);
  const listed = new Set<string>();
  const head = await store.write((batch) => {
    for (const { append } of accepted) putCompanions(batch, reader, append, listed);
    for (const { key, text } of snapshots) batch.put(key, text);
    return putEvents(batch, before, sealed);
  });
  for (const { event } of sealed) reader.noteAppended(event);
  const last = accepted.filter((one) => one.sealed.length > 0).at(-1);
  if (last !== undefined) await store.anchor(head, last.append.at, { appends: accepted.length });
  return outcomes;
}

interface Accepted {
  readonly append: Append;
  readonly sealed: readonly Sealed[];
}

/** Decides each append in order: it finds its journal as those before it will leave it. */
function sealGroup(
  reader: LevelReader,
  appends: readonly Append[],
  { inOrder }: { readonly inOrder: boolean },
): { readonly outcomes: readonly GroupOutcome[]; readonly accepted: readonly Accepted[] } {
  const ends = new Map<JournalName, ChainEnd>();
  const accepted: Accepted[] = [];
  let broken: GroupOutcome | undefined;
  const outcomes = appends.map((append): GroupOutcome => {
    if (broken !== undefined) return broken;
    const outcome = sealOne(append);
    if (inOrder && outcome.kind !== "appended") broken = outcome;
    return outcome;
  });
  return { outcomes, accepted };

  function sealOne(append: Append): GroupOutcome {
    try {
      const end = ends.get(append.name) ?? reader.end(append.name);
      if (end.n !== append.expectedVersion) return { kind: "conflict", version: end.n };
      const sealed = seal(end, append, append.events);
      const last = sealed.at(-1);
      ends.set(append.name, last === undefined ? end : endAfter(last));
      accepted.push({ append, sealed });
      return { kind: "appended", events: sealed.map(({ event }) => event) };
    } catch (cause) {
      // A damaged journal, or an event that could not be read back, is no reason to refuse the others.
      return { kind: "failed", cause };
    }
  }
}

function snapshotsWith(reader: LevelReader, sealed: readonly Sealed[]): readonly StoredSnapshot[] {
  const byName = new Map<JournalName, Sealed[]>();
  for (const one of sealed) {
    const { package: name } = one.event;
    const events = byName.get(name) ?? [];
    events.push(one);
    byName.set(name, events);
  }
  return [...byName].flatMap(([name, events]) => reader.snapshotWith(name, events) ?? []);
}
