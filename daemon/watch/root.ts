import { type FSWatcher as NodeWatcher, watch as watchNode } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { watchFolder } from "./folder-watch.ts";
import { folderIdentity, foldersBelow } from "./look.ts";

/** A folder that was asked for. */
export interface WatchedFolder {
  readonly path: string;
  /** How many levels of folders below it are watched too. */
  readonly depth: number;
  /** One of several places where things may be: it is no fault if this one is not there. */
  readonly isOptional: boolean;
}

/** What a root tells: where something happened, never what; whoever hears it looks, and tells `lost` and `found`. */
export interface RootEvents {
  /** `isNew`: it may have come, gone or been replaced, and not only been written to. */
  readonly onName: (folder: string, name: string, how: { readonly isNew: boolean }) => void;
  /** The system told something, whatever it is. */
  readonly onEvent: () => void;
  /** All of a folder is to be read. */
  readonly onFolder: (folder: string) => void;
  readonly onGone: (folder: string) => void;
  readonly onState: (state: RootState) => void;
  /** Nobody foresaw this. */
  readonly onFault: (error: unknown) => void;
}

/** `polled`: the system has no watch left (`why` is its error code), so the folder is read again every few seconds. */
export type RootState =
  | { readonly kind: "watched"; readonly isCut: boolean }
  | { readonly kind: "absent" }
  | { readonly kind: "polled"; readonly why: string };

export interface RootTimes {
  readonly pollMs: number;
  /** How long until the system is asked for watches again. */
  readonly retryMs: number;
}

export const ROOT_TIMES: RootTimes = { pollMs: 5000, retryMs: 60_000 };

/** Folders below one root: each needs one watch of the system, of which a user has a bounded number. */
const MAX_FOLDERS = 5000;
/** A folder that was there a moment ago, and not when its watch began, is looked for again so much later. */
const AGAIN_MS = 250;

/** A folder below a root, or the root itself, as it was when its watch began. */
interface Held {
  readonly identity: string;
  /** Levels below the root. */
  readonly level: number;
  readonly end: () => void;
}

/**
 * Watches one folder for as long as it is wanted, whatever becomes of it: it may not be there yet, vanish, return as
 * another one, or exceed what the system can watch. Only folders are watched, one watch each, never their files.
 */
export class Root {
  readonly folder: WatchedFolder;
  readonly #events: RootEvents;
  readonly #times: RootTimes;
  readonly #timers: Set<NodeJS.Timeout> = new Set();
  readonly #folders: Map<string, Held> = new Map();
  #ancestor: NodeWatcher | undefined;
  #place: { readonly path: string; readonly identity: string } | undefined;
  #state: RootState = { kind: "absent" };
  #isClosed = false;
  /** One change of state after the other. */
  #turn: Promise<void> = Promise.resolve();

  constructor(folder: WatchedFolder, events: RootEvents, times: RootTimes = ROOT_TIMES) {
    this.folder = folder;
    this.#events = events;
    this.#times = times;
  }

  get state(): RootState {
    return this.#state;
  }

  /** Where it really is, links resolved; `undefined` while it is not there. */
  get place(): string | undefined {
    return this.#place?.path;
  }

  /** The folder and those below it, as far as they are watched or read now and again. */
  async *below(): AsyncGenerator<string, void, undefined> {
    if (this.#state.kind === "watched") yield* [...this.#folders.keys()];
    else if (this.#place !== undefined)
      yield* foldersBelow(this.#place.path, { depth: this.folder.depth, max: MAX_FOLDERS });
  }

  /** Begins. What is there already is told by `onFolder`. */
  start(): Promise<void> {
    return this.#inTurn(() => this.#open());
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#inTurn(async () => this.#release());
  }

  /**
   * Somebody looked, and there is no such folder any more.
   *
   * @param identity - of the folder that is there now: the same one is not lost.
   */
  lost(path: string, identity?: string): void {
    const held = this.#folders.get(path);
    if (held === undefined || held.level === 0 || held.identity === identity) return;
    this.#forget(path);
  }

  /** Somebody looked, and this is a folder; it is watched if it is one that is meant. */
  found(folder: string, name: string, identity: string): void {
    const above = this.#folders.get(folder);
    const path = join(folder, name);
    if (above === undefined || name.startsWith(".") || this.#folders.has(path)) return;
    if (above.level >= this.folder.depth) return;
    if (this.#folders.size < MAX_FOLDERS) this.#watch(path, { identity, level: above.level + 1 });
    else if (this.#state.kind === "watched" && !this.#state.isCut) this.#become({ kind: "watched", isCut: true });
  }

  #inTurn(job: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(job).catch((error: unknown) => this.#events.onFault(error));
    return this.#turn;
  }

  async #open(): Promise<void> {
    this.#release();
    if (this.#isClosed) return;
    this.#place = await placeOf(this.folder.path);
    if (this.#place === undefined) await this.#waitForIt();
    else this.#watch(this.#place.path, { identity: this.#place.identity, level: 0 });
  }

  /** Lets go of everything; safe to call at any time. */
  #release(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#ancestor?.close();
    this.#ancestor = undefined;
    for (const { end } of this.#folders.values()) end();
    this.#folders.clear();
  }

  #watch(path: string, { identity, level }: Pick<Held, "identity" | "level">): void {
    const name = basename(path);
    const held: Held = {
      identity,
      level,
      end: watchFolder(path, name, {
        // The watch stands before the folder is read, so nothing falls between the two.
        onStanding: () => {
          if (level === 0) this.#become({ kind: "watched", isCut: false });
          this.#events.onFolder(path);
        },
        onName: (entry, how) => {
          this.#events.onEvent();
          // What happens to a folder itself comes under its own name.
          if (level === 0 && entry === name) this.#check(held);
          this.#events.onName(path, entry, how);
        },
        onSome: () => {
          if (level === 0) this.#check(held);
          this.#events.onFolder(path);
        },
        onEnd: ({ hasStood }) => this.#onEnd(path, held, hasStood ? 0 : AGAIN_MS),
        onError: (code) => void this.#inTurn(() => this.#poll(held, code)),
      }),
    };
    this.#folders.set(path, held);
  }

  /** Another folder may be there by now, and even have the inode of the one that went. */
  #onEnd(path: string, held: Held, waitMs: number): void {
    if (held.level > 0) this.#forget(path);
    this.#later(waitMs, () => {
      if (held.level === 0) this.#reopen(held);
      else this.#events.onName(dirname(path), basename(path), { isNew: true });
    });
  }

  #forget(path: string): void {
    for (const [known, { end }] of this.#folders)
      if (known === path || known.startsWith(`${path}/`)) {
        end();
        this.#folders.delete(known);
      }
    this.#events.onGone(path);
  }

  /** Is it still the folder that is watched? */
  #check(root: Held): void {
    void this.#inTurn(async () => {
      const now = await placeOf(this.folder.path);
      if (now?.identity !== this.#place?.identity || now?.path !== this.#place?.path) this.#reopen(root);
    });
  }

  #reopen(root: Held): void {
    void this.#inTurn(async () => {
      if (this.#place === undefined || this.#folders.get(this.#place.path) !== root) return;
      this.#events.onGone(this.#place.path);
      await this.#open();
    });
  }

  async #poll(from: Held, why: string): Promise<void> {
    if (![...this.#folders.values()].includes(from)) return;
    this.#release();
    if (this.#state.kind !== "polled" || this.#state.why !== why) this.#become({ kind: "polled", why });
    this.#later(this.#times.retryMs, () => void this.start());
    this.#pollOnce();
  }

  #pollOnce(): void {
    void this.#inTurn(async () => {
      const before = this.#place;
      if (this.#isClosed || this.#state.kind !== "polled" || before === undefined) return;
      const now = await placeOf(this.folder.path);
      if (now?.identity !== before.identity) {
        this.#events.onGone(before.path);
        return this.#open();
      }
      for await (const folder of this.below()) this.#events.onFolder(folder);
      this.#later(this.#times.pollMs, () => this.#pollOnce());
    });
  }

  /** The nearest folder above that is there tells when the way down to this one may exist. */
  async #waitForIt(): Promise<void> {
    this.#become({ kind: "absent" });
    const above = await nearestAbove(this.folder.path);
    const next = relative(above, this.folder.path).split(sep)[0];
    const reopen = (): void => void this.start();
    try {
      this.#ancestor = watchNode(above, (_event, name) => {
        this.#events.onEvent();
        if (name === null || name === next || name === basename(above)) reopen();
      });
      this.#ancestor.on("error", () => this.#later(this.#times.pollMs, reopen));
    } catch {
      // No watch to be had: then it is looked for now and again.
      this.#later(this.#times.pollMs, reopen);
    }
    // It may have come between the look and the watch.
    if ((await placeOf(this.folder.path)) !== undefined || (await nearestAbove(this.folder.path)) !== above)
      this.#later(0, reopen);
  }

  #become(state: RootState): void {
    this.#state = state;
    if (!this.#isClosed) this.#events.onState(state);
  }

  #later(ms: number, job: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      job();
    }, ms);
    this.#timers.add(timer);
  }
}

async function placeOf(path: string): Promise<{ readonly path: string; readonly identity: string } | undefined> {
  try {
    const real = await realpath(path);
    const stats = await stat(real, { bigint: true });
    return stats.isDirectory() ? { path: real, identity: folderIdentity(stats) } : undefined;
  } catch {
    // Not there, or not to be reached: the folders above tell when that changes.
    return undefined;
  }
}

async function nearestAbove(path: string): Promise<string> {
  for (let above = dirname(path); above !== dirname(above); above = dirname(above))
    if ((await placeOf(above)) !== undefined) return above;
  return sep;
}
