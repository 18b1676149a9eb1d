import { setImmediate as nextTurn } from "node:timers/promises";
import { batchesOf, type Wish } from "./batches.ts";
import type { Candidate, CandidateSettings } from "./candidate.ts";
import { Candidates } from "./candidates.ts";
import { Held } from "./held.ts";
import { lookAt, namesIn } from "./look.ts";
import type { Marks } from "./marks.ts";
import { Root, type RootState, type RootTimes, type WatchedFolder } from "./root.ts";

/**
 * What judging a candidate came to. `unchecked`: nothing can be told without its certificate; `unnamed`: the lists beside
 * it don't name it; `held`: its bytes are not those that were signed, and may not be all; `failed`: try again later.
 */
export type Outcome = "judged" | "unchecked" | "unnamed" | "held" | "failed";

/** What a watcher can do to the world. */
export interface WatcherWorld {
  readonly nowMs: () => number;
  /** Whose files are judged, besides root's. */
  readonly uid: number;
  readonly marks: Marks;
  /** Keeps marks for the next start. */
  readonly keep: (marks: readonly string[]) => Promise<void>;
  /**
   * Judges artifacts and tells whoever must know. Never rejects.
   *
   * @returns what each came to, in their order.
   */
  readonly judge: (paths: readonly string[], wish: Wish) => Promise<readonly Outcome[]>;
  readonly onState: (path: string, state: RootState) => void;
  readonly onFault: (error: unknown) => void;
}

export interface WatcherState {
  readonly folders: readonly { readonly path: string; readonly isOptional: boolean; readonly state: RootState }[];
  /** The first of the artifacts that wait for a signature. */
  readonly waiting: readonly { readonly path: string; readonly untilMs: number }[];
  readonly waitingTotal: number;
  /** More files matter than can be kept in mind. */
  readonly isFull: boolean;
}

/** Paths that something happened to, and that were not looked at yet; more, and their folders are read instead. */
const MAX_HINTS = 4096;
/** Events of one write come in a row. */
const GATHER_MS = 20;
/** Candidates taken at once from a burst. */
const PORTION = 256;
/** Files that the system is asked about at once; the answers come in any order. */
const LOOKS_AT_ONCE = 64;
const MAX_SHOWN = 100;
const AFTER_FAULT_MS = 1000;
/** The longest that a timer can sleep; then it just looks again. */
const MAX_SLEEP_MS = 2 ** 31 - 1;

/** Watches folders and has what arrives judged. */
export class Watcher {
  readonly #world: WatcherWorld;
  readonly #times: RootTimes | undefined;
  readonly #candidates: Candidates;
  readonly #roots: Map<string, Root> = new Map();
  readonly #hints: Map<string, { readonly folder: string; readonly name: string }> = new Map();
  readonly #unread: Set<string> = new Set();
  readonly #held: Held = new Held();
  #wake: () => void = () => undefined;
  #isStopped = false;
  #lastNowMs = 0;
  readonly #running: Promise<void>;

  constructor(settings: CandidateSettings, world: WatcherWorld, times?: RootTimes) {
    this.#world = world;
    this.#times = times;
    this.#candidates = new Candidates(settings, world.marks);
    this.#running = this.#run();
  }

  /** Watches these folders, and no others any more. */
  async setFolders(folders: readonly WatchedFolder[]): Promise<void> {
    let isLess = false;
    const wanted = new Map(folders.map((folder) => [folder.path, folder]));
    for (const [path, root] of this.#roots) {
      const { depth } = wanted.get(path) ?? {};
      if (depth === root.folder.depth) continue;
      this.#roots.delete(path);
      isLess = true;
      await root.close();
      if (root.place !== undefined) this.#onGone(root.place);
    }
    const fresh = folders.filter(({ path }) => !this.#roots.has(path));
    for (const folder of fresh) this.#roots.set(folder.path, this.#newRoot(folder));
    await Promise.all(fresh.map(({ path }) => this.#roots.get(path)?.start()));
    // What two roots share was forgotten with the one.
    if (isLess) await this.#readAll();
  }

  setSignatureWait(ms: number): void {
    this.#candidates.setSignatureWait(ms);
    this.#wake();
  }

  state(): WatcherState {
    const waiting: WatcherState["waiting"][number][] = [];
    let waitingTotal = 0;
    for (const one of this.#candidates.waiting()) {
      waitingTotal += 1;
      if (waiting.length < MAX_SHOWN) waiting.push(one);
    }
    const folders = [...this.#roots.values()].map(({ folder, state }) => ({
      path: folder.path,
      isOptional: folder.isOptional,
      state,
    }));
    return { folders, waiting, waitingTotal, isFull: this.#candidates.isFull };
  }

  /** Ends after the file that is being judged. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#wake();
    await Promise.all([...this.#roots.values()].map((root) => root.close()));
    await this.#running;
  }

  async #readAll(): Promise<void> {
    for (const root of this.#roots.values()) for await (const folder of root.below()) this.#onFolder(folder);
  }

  #newRoot(folder: WatchedFolder): Root {
    const events = {
      onFile: (place: string, name: string) => this.#onFile(place, name),
      onFolder: (place: string) => this.#onFolder(place),
      onGone: (place: string) => this.#onGone(place),
      onState: (state: RootState) => this.#world.onState(folder.path, state),
      onFault: this.#world.onFault,
    };
    return new Root(folder, events, this.#times);
  }

  #onFile(folder: string, name: string): void {
    if (this.#unread.has(folder)) return;
    this.#hints.set(`${folder}/${name}`, { folder, name });
    if (this.#hints.size > MAX_HINTS) {
      for (const hint of this.#hints.values()) this.#unread.add(hint.folder);
      this.#hints.clear();
    }
    this.#wake();
  }

  #onFolder(folder: string): void {
    this.#unread.add(folder);
    this.#wake();
  }

  #onGone(folder: string): void {
    for (const [path, hint] of this.#hints)
      if (hint.folder === folder || hint.folder.startsWith(`${folder}/`)) this.#hints.delete(path);
    this.#candidates.goneBelow(folder);
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      try {
        await this.#lookAround();
        const sleepMs = await this.#judgeDue();
        if (this.#hints.size === 0 && this.#unread.size === 0) await this.#sleep(sleepMs);
        if (this.#hints.size > 0) await this.#sleepWhole(GATHER_MS);
      } catch (error) {
        // One bad file or folder must not end the watch.
        this.#world.onFault(error);
        await this.#sleepWhole(AFTER_FAULT_MS);
      }
    }
  }

  async #lookAround(): Promise<void> {
    const hints = [...this.#hints.values()];
    this.#hints.clear();
    for (let at = 0; at < hints.length; at += LOOKS_AT_ONCE)
      await Promise.all(hints.slice(at, at + LOOKS_AT_ONCE).map(({ folder, name }) => this.#look(folder, name)));
    for (const folder of [...this.#unread]) {
      if (this.#isStopped) return;
      this.#unread.delete(folder);
      await this.#readFolder(folder);
    }
  }

  async #readFolder(folder: string): Promise<void> {
    const missing = new Set(this.#candidates.namesIn(folder));
    for await (const names of namesIn(folder)) {
      if (this.#isStopped) return;
      for (const name of names) missing.delete(name);
      await Promise.all(names.map((name) => this.#look(folder, name)));
    }
    for (const name of missing) await this.#look(folder, name);
  }

  async #look(folder: string, name: string): Promise<void> {
    const found = await lookAt(folder, name, this.#world.uid);
    if (found.kind === "file" && this.#isWatched(folder)) this.#candidates.seen(found.state, this.#now());
    else this.#candidates.gone(folder, name);
  }

  /** A hint may be older than the last change of what is watched. */
  #isWatched(folder: string): boolean {
    for (const { place } of this.#roots.values())
      if (place !== undefined && (folder === place || folder.startsWith(place === "/" ? "/" : `${place}/`)))
        return true;
    return false;
  }

  /** @returns how long nothing more is due. */
  async #judgeDue(): Promise<number> {
    const { ready, nextMs } = this.#candidates.due(this.#now(), PORTION);
    for (const { wish, candidates } of batchesOf(ready, (candidate) => this.#wishFor(candidate))) {
      if (this.#isStopped) return 0;
      const known: Candidate[] = [];
      for (const candidate of candidates) if (await this.#isAsKnown(candidate)) known.push(candidate);
      if (known.length > 0) await this.#judge(known, wish);
      // Whoever asks the daemon comes first.
      await nextTurn();
    }
    if (ready.length > 0) return 0;
    if (this.#candidates.takeRoom()) await this.#readAll();
    return nextMs === undefined ? MAX_SLEEP_MS : Math.max(1, nextMs - this.#now());
  }

  /** Its files may have changed without an event having come yet. */
  async #isAsKnown({ files }: Candidate): Promise<boolean> {
    let same = true;
    for (const { folder, name, identity } of files) {
      const found = await lookAt(folder, name, this.#world.uid);
      if (found.kind === "file" && found.state.identity === identity) continue;
      same = false;
      await this.#look(folder, name);
    }
    return same;
  }

  #wishFor({ path, basis, isKnown, aloneAtMs, lastWriteMs }: Candidate): Wish {
    const now = this.#now();
    return {
      onlyIfNamed: basis === "listed" && (isKnown || now < aloneAtMs),
      mayBeHeld: basis !== "alone" && this.#held.mayHold(path, lastWriteMs, now),
    };
  }

  async #judge(candidates: readonly Candidate[], wish: Wish): Promise<void> {
    const paths = candidates.map(({ path }) => path);
    const outcomes = await this.#world.judge(paths, wish);
    const marks = candidates.flatMap((candidate, index) => this.#settle(candidate, outcomes[index] ?? "failed"));
    await this.#world.keep(marks);
  }

  /** @returns the marks that are new. */
  #settle(candidate: Candidate, outcome: Outcome): readonly string[] {
    const { path, isKnown, aloneAtMs, lastWriteMs } = candidate;
    if (outcome !== "held") this.#held.release(path);
    switch (outcome) {
      case "judged":
      case "unchecked":
        return this.#candidates.judged(candidate, { isUnchecked: outcome === "unchecked" });
      case "unnamed":
        if (isKnown) return this.#candidates.judged(candidate, { isUnchecked: false });
        this.#candidates.notBefore(candidate, aloneAtMs);
        return [];
      case "held":
        this.#candidates.notBefore(candidate, this.#held.hold(path, lastWriteMs, this.#now()));
        return [];
      case "failed":
        this.#candidates.failed(candidate, this.#now());
        return [];
    }
  }

  #now(): number {
    const now = this.#world.nowMs();
    if (now < this.#lastNowMs) this.#candidates.clockWentBack(now);
    this.#lastNowMs = now;
    return now;
  }

  /** Sleeps until something happens, at most so long. */
  async #sleep(ms: number): Promise<void> {
    if (this.#isStopped || ms === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.min(ms, MAX_SLEEP_MS));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = () => undefined;
  }

  async #sleepWhole(ms: number): Promise<void> {
    if (this.#isStopped) return;
    await new Promise<void>((resolve) => setTimeout(resolve, ms));
  }
}
