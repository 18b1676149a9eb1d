import { type FSWatcher as NodeWatcher, watch as watchNode } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { basename, dirname, relative, sep } from "node:path";
import { type FSWatcher, watch } from "chokidar";
import { foldersBelow } from "./look.ts";

/** A folder that was asked for. */
export interface WatchedFolder {
  readonly path: string;
  /** How many levels of folders below it are watched too. */
  readonly depth: number;
  /** One of several places where things may be: it is no fault if this one is not there. */
  readonly isOptional: boolean;
}

/** What a root tells: where something happened, never what; whoever hears it looks. */
export interface RootEvents {
  readonly onFile: (folder: string, name: string) => void;
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
  /** When a new folder is read again: what came into it before its watch began made no event. */
  readonly rereadMs: readonly number[];
}

export const ROOT_TIMES: RootTimes = { pollMs: 5000, retryMs: 60_000, rereadMs: [0, 400, 3000] };

/** Folders below one root: each needs one watch of the system, of which a user has a bounded number. */
const MAX_FOLDERS = 5000;

/**
 * Watches one folder for as long as it is wanted, whatever becomes of it: it may not be there yet, vanish, return as
 * another one, or exceed what the system can watch. Only folders are watched, one watch each, never their files.
 */
export class Root {
  readonly folder: WatchedFolder;
  readonly #events: RootEvents;
  readonly #times: RootTimes;
  readonly #timers: Set<NodeJS.Timeout> = new Set();
  readonly #known: Set<string> = new Set();
  #watcher: FSWatcher | undefined;
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

  /** The folder and those below it, as far as they are watched. */
  async *below(): AsyncGenerator<string, void, undefined> {
    if (this.#place !== undefined)
      yield* foldersBelow(this.#place.path, { depth: this.folder.depth, max: MAX_FOLDERS });
  }

  /** Begins. What is there already is told by `onFolder`. */
  start(): Promise<void> {
    return this.#inTurn(() => this.#open());
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#inTurn(() => this.#release());
  }

  #inTurn(job: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(job).catch((error: unknown) => this.#events.onFault(error));
    return this.#turn;
  }

  async #open(): Promise<void> {
    await this.#release();
    if (this.#isClosed) return;
    this.#place = await placeOf(this.folder.path);
    if (this.#place === undefined) await this.#waitForIt();
    else this.#watch(this.#place.path);
  }

  /** Lets go of everything; safe to call at any time. */
  async #release(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#ancestor?.close();
    this.#ancestor = undefined;
    this.#known.clear();
    const watcher = this.#watcher;
    this.#watcher = undefined;
    if (watcher === undefined) return;
    const closed = watcher.close();
    // Closing takes the listeners off, and an error that comes after that would end the process.
    watcher.on("error", () => undefined);
    await closed;
  }

  #watch(root: string): void {
    let isCut = false;
    let isReady = false;
    const watcher = watch(root, {
      followSymlinks: false,
      ignorePermissionErrors: true,
      depth: this.folder.depth,
      ignored: (path, stats) => {
        if (path === root) return false;
        if (basename(path).startsWith(".")) return true;
        if (stats?.isDirectory() === true && this.#known.size >= MAX_FOLDERS && !this.#known.has(path)) isCut = true;
        return stats !== undefined && (!stats.isDirectory() || (isCut && !this.#known.has(path)));
      },
    });
    this.#watcher = watcher;
    watcher.on("addDir", (path) => {
      this.#known.add(path);
      if (isReady) for (const ms of this.#times.rereadMs) this.#later(ms, () => this.#events.onFolder(path));
    });
    watcher.on("unlinkDir", (path) => {
      this.#known.delete(path);
      this.#events.onGone(path);
      if (path === root) this.#check(root);
    });
    watcher.on("raw", (_event, name: string | null, details) => this.#onRaw(root, name, details));
    watcher.on("error", (error) => void this.#inTurn(() => this.#poll(codeOf(error))));
    watcher.on("ready", () => {
      isReady = true;
      // Every watch stands now, so nothing falls between this reading and the first event.
      for (const folder of this.#known) this.#events.onFolder(folder);
      this.#become({ kind: "watched", isCut });
    });
  }

  #onRaw(root: string, name: string | null, details: unknown): void {
    const known = typeof details === "object" && details !== null && "watchedPath" in details;
    const folder = known ? String(details.watchedPath) : root;
    // A folder's own end comes under its own name.
    if (folder === root && (name === null || name === basename(root))) this.#check(root);
    if (name === null) this.#events.onFolder(folder);
    else this.#events.onFile(folder, name);
  }

  /** Is it still the folder that is watched? */
  #check(root: string): void {
    void this.#inTurn(async () => {
      if (this.#isClosed || this.#place?.path !== root) return;
      const now = await placeOf(this.folder.path);
      if (now?.identity === this.#place.identity && now.path === root) return;
      this.#events.onGone(root);
      await this.#open();
    });
  }

  async #poll(why: string): Promise<void> {
    if (this.#isClosed || this.#state.kind === "polled" || this.#place === undefined) return;
    await this.#release();
    this.#become({ kind: "polled", why });
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
    return stats.isDirectory() ? { path: real, identity: `${stats.dev}:${stats.ino}` } : undefined;
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

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown error";
}
