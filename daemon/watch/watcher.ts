import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { Alarm } from "./alarm.ts";
import { batchesOf, type Wish } from "./batches.ts";
import type { Candidate, CandidateSettings } from "./candidate.ts";
import { Candidates } from "./candidates.ts";
import { Held } from "./held.ts";
import { lookAt } from "./look.ts";
import { Lookout } from "./lookout.ts";
import type { Marks } from "./marks.ts";
import { Root, type RootEvents, type RootState, type RootTimes, type WatchedFolder } from "./root.ts";

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

/** How long whatever becomes due is gathered, when something is. */
const GATHER_MS = 20;
/** Candidates taken at once from a burst. */
const PORTION = 256;
const MAX_SHOWN = 100;
const AFTER_FAULT_MS = 1000;

/**
 * Watches folders and has what arrives judged. Two loops that don't wait for each other: one looks at what something
 * happened to, the other has judged what is due.
 */
export class Watcher {
  readonly #world: WatcherWorld;
  readonly #times: RootTimes | undefined;
  readonly #candidates: Candidates;
  readonly #roots: Map<string, Root> = new Map();
  readonly #lookout: Lookout;
  readonly #due: Alarm = new Alarm();
  readonly #held: Held = new Held();
  #isStopped = false;
  #lastNowMs = 0;
  readonly #running: Promise<unknown>;

  constructor(settings: CandidateSettings, world: WatcherWorld, times?: RootTimes) {
    this.#world = world;
    this.#times = times;
    this.#candidates = new Candidates(settings, world.marks);
    this.#lookout = new Lookout({
      uid: world.uid,
      roots: () => this.#roots.values(),
      namesIn: (folder) => this.#candidates.namesIn(folder),
      onFile: (state) => this.#candidates.seen(state, this.#now()),
      onNoFile: (folder, name) => this.#candidates.gone(folder, name),
      onLooked: () => this.#due.ring(),
    });
    const jobs = [() => this.#lookout.look(), () => this.#judgeOn()];
    this.#running = Promise.all(jobs.map((job) => this.#untilStopped(job)));
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
    if (isLess) await this.#lookout.readAll();
  }

  setSignatureWait(ms: number): void {
    this.#candidates.setSignatureWait(ms);
    this.#due.ring();
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
    this.#lookout.stop();
    this.#due.ring();
    await Promise.all([...this.#roots.values()].map((root) => root.close()));
    await this.#running;
  }

  #newRoot(folder: WatchedFolder): Root {
    const events: RootEvents = {
      onName: (place, name, how) => this.#lookout.onName({ folder: place, name }, how),
      onEvent: () => this.#lookout.onEvent(),
      onFolder: (place) => this.#lookout.onFolder(place),
      onGone: (place) => this.#onGone(place),
      onState: (state) => this.#world.onState(folder.path, state),
      onFault: this.#world.onFault,
    };
    return new Root(folder, events, this.#times);
  }

  #onGone(folder: string): void {
    this.#lookout.onGone(folder);
    this.#candidates.goneBelow(folder);
  }

  async #untilStopped(job: () => Promise<void>): Promise<void> {
    while (!this.#isStopped) {
      try {
        await job();
      } catch (error) {
        // One bad file or folder must not end the watch.
        this.#world.onFault(error);
        await sleep(AFTER_FAULT_MS);
      }
    }
  }

  async #judgeOn(): Promise<void> {
    const sleepMs = await this.#judgeDue();
    if (sleepMs !== 0) await this.#due.sleep(sleepMs);
    if (!this.#isStopped) await sleep(GATHER_MS);
  }

  /** @returns how long nothing more is due; `undefined`: until something happens. */
  async #judgeDue(): Promise<number | undefined> {
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
    if (this.#candidates.takeRoom()) await this.#lookout.readAll();
    return nextMs === undefined ? undefined : Math.max(1, nextMs - this.#now());
  }

  /** Its files may have changed without an event having come yet. */
  async #isAsKnown({ files }: Candidate): Promise<boolean> {
    let same = true;
    for (const { folder, name, identity } of files) {
      const found = await lookAt(folder, name, this.#world.uid);
      if (found.kind === "file" && found.state.identity === identity) continue;
      same = false;
      this.#lookout.onName({ folder, name }, { isNew: true });
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
}
