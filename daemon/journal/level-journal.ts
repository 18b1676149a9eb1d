import type { Event, JournalName } from "../core/event.ts";
import { type Fingerprint, parseFingerprint } from "../core/fingerprint.ts";
import type { Machine } from "../core/fold.ts";
import type { PackageName } from "../core/package-name.ts";
import type { Pin } from "../core/pin.ts";
import { escapeText } from "../core/printable.ts";
import type { Sha256 } from "../core/sha256.ts";
import type { SignerId } from "../core/signer.ts";
import type { UnixMs } from "../core/time.ts";
import { TofuError } from "../core/tofu-error.ts";
import { readNext } from "./chain.ts";
import { type CopiedStore, copyStore } from "./copy-store.ts";
import { runningHash, sha256 } from "./digest.ts";
import type { Append, Appended, AppendedMany, Few, Journal } from "./journal.ts";
import { writeMany } from "./level-bulk.ts";
import { AppendGroup, type GroupOutcome, writeGroup } from "./level-group.ts";
import type { LevelReader } from "./level-reader.ts";
import { certificateKey, objectKey, subkeyKey } from "./level-records.ts";
import { type LevelStore, openStore, type StoreOptions } from "./level-store.ts";
import { unwrapCertificate } from "./level-writer.ts";
import { verifyStore } from "./verify-store.ts";

/** The journal on disk. */
export interface LevelJournal extends Journal {
  /** The store was begun with `--at`: its times are not the wall clock's. */
  readonly replay: boolean;
  /** What a user must be told of the store, in sentences; empty where all is well. */
  readonly findings: readonly string[];
  /** Copies the store as it is now into a new folder, verified; see `copyStore`. */
  readonly copyTo: (target: string) => Promise<CopiedStore>;
}

/**
 * Opens the store in a folder, or begins one, and compares it with the anchor beside the folder. One process has a
 * store open at a time.
 *
 * @throws TofuError `store-in-use`, `store-damaged`, `store-rolled-back`, `store-unwritable`, `store-foreign`,
 * `store-newer`, or `replay-mismatch` for a live store opened as a replay.
 */
export async function openLevelJournal(options: StoreOptions): Promise<LevelJournal> {
  return new DiskJournal(await openStore(options));
}

/**
 * Opens a store that a copy or a repair has just made, and reads all of it.
 *
 * @returns what its events name and it does not hold, in sentences.
 * @throws TofuError `store-damaged` if anything in it is wrong.
 */
export async function verifyFolder(folder: string, now: UnixMs): Promise<readonly string[]> {
  const journal = await openLevelJournal({ folder, replay: false, lockWaitMs: 0, now: () => now });
  try {
    const absent: string[] = [];
    for await (const { kind, place, problem } of verifyStore(journal)) {
      if (kind === "damaged") throw new TofuError("store-damaged", `the new store is damaged: ${place}: ${problem}`);
      absent.push(`${place}: ${problem}`);
    }
    return absent;
  } finally {
    await journal.close();
  }
}

class DiskJournal implements LevelJournal {
  readonly replay: boolean;
  readonly #store: LevelStore;
  #closing: Promise<void> | undefined;
  /** The end of the queue: one write after another. */
  #turn: Promise<void> = Promise.resolve();
  /** The appends at the end of the queue; absent where something else is last in it. */
  #gathering: { readonly group: AppendGroup; readonly written: Promise<readonly GroupOutcome[]> } | undefined;

  constructor(store: LevelStore) {
    this.#store = store;
    this.replay = store.replay;
  }

  get findings(): readonly string[] {
    return this.#store.findings;
  }

  async read(name: JournalName): Promise<readonly Event[]> {
    const reader = await this.#reader();
    return reader.chain(name);
  }

  async pin(name: PackageName): Promise<Pin> {
    const reader = await this.#reader();
    return reader.pin(name);
  }

  async machine(): Promise<Machine> {
    const reader = await this.#reader();
    return reader.machine();
  }

  async append(append: Append): Promise<Appended> {
    this.#assertOpen();
    if (this.#gathering?.group.hasRoom !== true) this.#gathering = this.#newGroup();
    const { group, written } = this.#gathering;
    const place = group.add(append);
    const outcome = (await written)[place];
    if (outcome === undefined) throw new TofuError("internal", "an append was lost from its group");
    if (outcome.kind === "failed") throw outcome.cause;
    return outcome;
  }

  async appendTogether(appends: readonly Append[]): Promise<readonly Appended[]> {
    this.#assertOpen();
    const outcomes = await this.#inTurn(async () =>
      writeGroup(this.#store, await this.#store.reader(), appends, { inOrder: true }),
    );
    // Those before it are on disk; by itself it fails with its own words.
    return outcomes.map((outcome, at) =>
      outcome.kind === "failed" ? { kind: "conflict", version: appends[at]?.expectedVersion ?? 0 } : outcome,
    );
  }

  async appendMany(appends: Iterable<Append>, onWritten: (count: number) => void = noNews): Promise<AppendedMany> {
    this.#assertOpen();
    return this.#inTurn(async () => writeMany(this.#store, await this.#store.reader(), appends, onWritten));
  }

  async certificate(primary: Fingerprint): Promise<Uint8Array | undefined> {
    const reader = await this.#reader();
    const stored = reader.bytes(certificateKey(primary));
    if (stored === undefined) return undefined;
    return unwrapCertificate(stored) ?? damagedBytes(`the certificate ${primary}`);
  }

  async primaryOf(subkey: Fingerprint): Promise<Fingerprint | undefined> {
    const reader = await this.#reader();
    const text = reader.text(subkeyKey(subkey));
    if (text === undefined) return undefined;
    const parsed = parseFingerprint(text);
    return parsed.ok ? parsed.value : damagedBytes(`what is noted of the subkey ${subkey}`);
  }

  async object(digest: Sha256): Promise<Uint8Array | undefined> {
    const reader = await this.#reader();
    const bytes = reader.bytes(objectKey(digest));
    if (bytes === undefined || sha256(bytes) === digest) return bytes;
    return damagedBytes(`the object ${digest}`);
  }

  async *packages(): AsyncGenerator<PackageName, void, undefined> {
    const reader = await this.#reader();
    for await (const name of reader.names("h")) if (name !== "*") yield name;
  }

  async packagesOfSigner(signer: SignerId, few?: Few): Promise<readonly PackageName[]> {
    return this.#packagesAt(["s", signer], few);
  }

  async packagesOfArtifact(digest: Sha256, few?: Few): Promise<readonly PackageName[]> {
    return this.#packagesAt(["a", digest], few);
  }

  async *follow(from: number): AsyncGenerator<{ readonly position: number; readonly event: Event }, void, undefined> {
    const { count } = (await this.#reader()).head();
    for (let position = from; position < count; position += 1) {
      const reader = await this.#reader();
      yield { position, event: eventAt(reader, position) };
    }
  }

  async count(): Promise<number> {
    return (await this.#reader()).head().count;
  }

  async copyTo(target: string): Promise<CopiedStore> {
    const reader = await this.#reader();
    const now = this.#store.now();
    const verify = async (folder: string): Promise<void> => {
      await verifyFolder(folder, now);
    };
    return copyStore(this.#store.copySource(reader), target, { now, verify });
  }

  close(): Promise<void> {
    this.#closing ??= this.#inTurn(() => this.#store.close());
    return this.#closing;
  }

  async #packagesAt(parts: readonly string[], few: Few | undefined): Promise<readonly PackageName[]> {
    const reader = await this.#reader();
    return reader.packagesAt(parts, few?.limit);
  }

  async #reader(): Promise<LevelReader> {
    this.#assertOpen();
    // After a failed write the database is opened anew, and that is not to happen twice at once.
    return this.#store.isReady ? this.#store.reader() : this.#inTurn(() => this.#store.reader());
  }

  /** Whoever appends while the writes before it are under way shares this one, and its two flushes. */
  #newGroup(): { readonly group: AppendGroup; readonly written: Promise<readonly GroupOutcome[]> } {
    const group = new AppendGroup();
    const written = this.#inTurn(async () => {
      const appends = group.close();
      return writeGroup(this.#store, await this.#store.reader(), appends);
    });
    return { group, written };
  }

  #inTurn<T>(job: () => Promise<T>): Promise<T> {
    // What comes later is not put before this job.
    this.#gathering = undefined;
    const done = this.#turn.then(job);
    // Whoever asked gets the failure; the next in turn goes on either way.
    this.#turn = done.then(
      () => undefined,
      () => undefined,
    );
    return done;
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new TofuError("internal", "the journal is closed");
  }
}

/** One event in the order of the store, checked against the running hash and against its own package's place. */
function eventAt(reader: LevelReader, position: number): Event {
  const { name, n, text, hash, before } = reader.entryAt(position);
  const place = { n: n - 1, hash: reader.digestBefore(name, n), mono: undefined };
  const { event } = readNext(place, name, text);
  if (runningHash(before, text) !== hash) damagedBytes(`event ${n} of ${name}`);
  return event;
}

function damagedBytes(what: string): never {
  throw new TofuError("store-damaged", `the store is damaged: ${escapeText(what)} is not as it was written`);
}

function noNews(): void {
  // Nobody wants to know how far it is.
}
