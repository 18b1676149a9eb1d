import { realpath } from "node:fs/promises";
import type { Claimed } from "./core/event.ts";
import { printablePath } from "./core/printable.ts";
import { formatTime, unixMs } from "./core/time.ts";
import { TofuError, UsageError } from "./core/tofu-error.ts";
import { Feed } from "./feed.ts";
import { makeFolders } from "./journal/store-folder.ts";
import { type Answer, type FaultLine, SCHEMA_VERSION, type UsageLine, type WatchStateLine } from "./protocol/answer.ts";
import type { Ask, Listener } from "./protocol/ask.ts";
import type { JudgementLine } from "./protocol/judgement-line.ts";
import type { VerifyRequest } from "./protocol/request.ts";
import { factsOfError, type ServerLog } from "./server/log.ts";
import type { Wish } from "./watch/batches.ts";
import { type CandidateSettings, DEFAULT_SETTINGS } from "./watch/candidate.ts";
import { type MarkFile, openMarkFile } from "./watch/mark-file.ts";
import { Marks } from "./watch/marks.ts";
import type { RootState, WatchedFolder } from "./watch/root.ts";
import { type Outcome, Watcher } from "./watch/watcher.ts";
import { degradedFolders, presentFolders } from "./watch/words.ts";

/** What is watched, and how long a file waits for its signature. */
export interface WatchWish {
  readonly folders: readonly WatchedFolder[];
  /** `undefined`: the ten minutes of {@link DEFAULT_SETTINGS}. */
  readonly signatureWaitMs: number | undefined;
}

export interface WatchingParts {
  readonly ask: Ask;
  readonly nowMs: () => number;
  readonly uid: number;
  readonly claimed: Claimed;
  readonly log: ServerLog;
  /** Where what was judged is kept for the next start. */
  readonly markFile: string;
  /** The journal holds nothing yet, so nothing was judged for it. */
  readonly isFresh: boolean;
  readonly onRefused: (line: JudgementLine) => void;
}

const NO_FILE = "marks-not-kept";

/** Joins the watched folders with the use case that judges, and tells everybody who listens. */
export class Watching {
  readonly #parts: WatchingParts;
  readonly #feed: Feed = new Feed();
  readonly #watcher: Watcher;
  readonly #keeper: MarkFile | undefined;
  #wish: WatchWish = { folders: [], signatureWaitMs: undefined };
  /** Folders that are watched while somebody listens, with how many do. */
  readonly #guests: Map<string, number> = new Map();
  #isForgetful = false;

  private constructor(parts: WatchingParts, keeper: MarkFile | undefined) {
    this.#parts = parts;
    this.#keeper = keeper;
    this.#isForgetful = keeper === undefined;
    this.#watcher = new Watcher(DEFAULT_SETTINGS satisfies CandidateSettings, {
      nowMs: parts.nowMs,
      uid: parts.uid,
      marks: keeper?.marks ?? new Marks(),
      keep: (marks) => this.#keep(marks),
      judge: (paths, wish) => this.#judge(paths, wish),
      onState: (path, state) => this.#onState(path, state),
      onFault: (error) => parts.log.error("watch-fault", factsOfError(error)),
    });
  }

  /** Begins with no folder at all. A file for the marks that can't be written only costs memory of the last run. */
  static async open(parts: WatchingParts): Promise<Watching> {
    const keeper = await openMarkFile(parts.markFile, { isFresh: parts.isFresh, makeFolder: makeFolders }).catch(
      (error: unknown) => {
        parts.log.warn(NO_FILE, factsOfError(error));
        return undefined;
      },
    );
    return new Watching(parts, keeper);
  }

  /** Watches so from now on. */
  async set(wish: WatchWish): Promise<void> {
    this.#wish = wish;
    this.#watcher.setSignatureWait(wish.signatureWaitMs ?? DEFAULT_SETTINGS.signatureWaitMs);
    await this.#setFolders();
  }

  /** @returns what `tofu status` says of it. */
  state(): WatchStateLine {
    const state = this.#watcher.state();
    const forgetful = this.#isForgetful
      ? ["what was judged can't be noted down, so the next start judges it again; check the disk"]
      : [];
    return {
      folders: presentFolders(state),
      waiting: state.waiting.map(({ path, untilMs }) => ({ path, until: formatTime(unixMs(untilMs)) })),
      waitingTotal: state.waitingTotal,
      degraded: [...degradedFolders(state), ...forgetful],
    };
  }

  /**
   * Tells what is judged at and below some folders, which are watched for so long; without any, all that is judged.
   *
   * @throws UsageError where one is no folder.
   */
  async follow(folders: readonly string[], tell: (answer: Answer) => void, listener: Listener): Promise<void> {
    const signal = listener.untilGone();
    const places = await Promise.all(folders.map(placeOf));
    const fits = (path: string): boolean =>
      places.length === 0 || places.some((place) => path.startsWith(place === "/" ? place : `${place}/`));
    for (const place of places) this.#guests.set(place, (this.#guests.get(place) ?? 0) + 1);
    const following = this.#feed.follow(fits, tell, { signal, drained: listener.drained });
    try {
      await Promise.all([following, places.length > 0 ? this.#setFolders() : undefined]);
    } finally {
      for (const place of places) this.#leave(place);
      if (places.length > 0) await this.#setFolders();
    }
  }

  async stop(): Promise<void> {
    await this.#watcher.stop();
    await this.#keeper?.close();
  }

  #leave(place: string): void {
    const left = (this.#guests.get(place) ?? 1) - 1;
    if (left === 0) this.#guests.delete(place);
    else this.#guests.set(place, left);
  }

  async #setFolders(): Promise<void> {
    const own = new Set(this.#wish.folders.map(({ path }) => path));
    const guests = [...this.#guests.keys()].filter((path) => !own.has(path));
    const extra = guests.map((path) => ({ path, depth: GUEST_DEPTH, isOptional: false }));
    await this.#watcher.setFolders([...this.#wish.folders, ...extra]);
  }

  async #keep(marks: readonly string[]): Promise<void> {
    if (marks.length === 0) return;
    try {
      await this.#keeper?.keep(marks);
      this.#isForgetful = this.#keeper === undefined;
    } catch (error) {
      if (!this.#isForgetful) this.#parts.log.warn(NO_FILE, factsOfError(error));
      this.#isForgetful = true;
    }
  }

  async #judge(paths: readonly string[], wish: Wish): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = [];
    if (!wish.onlyIfNamed) return this.#judgeAll(paths, wish);
    for (const path of paths)
      outcomes.push((await this.#isNamed(path)) ? ((await this.#judgeAll([path], wish))[0] ?? "failed") : "unnamed");
    return outcomes;
  }

  /** A fault of the trial comes again when it counts, and is told then. */
  async #isNamed(path: string): Promise<boolean> {
    try {
      let unsigned = false;
      await this.#verify([path], { dryRun: true }, (answer) => {
        if (answer.type === "judgement") unsigned = answer.verdict.startsWith("unsigned");
      });
      return !unsigned;
    } catch {
      return true;
    }
  }

  /** One request for all; what it leaves without an answer is asked for alone, so that its fault is its own. */
  async #judgeAll(paths: readonly string[], wish: Wish): Promise<readonly Outcome[]> {
    const outcomes = new Map<string, Outcome>();
    try {
      await this.#verify(paths, { dryRun: false, stillArriving: wish.mayBeHeld }, (answer) => {
        if (answer.type === "judgement") outcomes.set(answer.artifact.path, this.#told(answer, wish));
        else if (answer.type === "fault" && answer.file !== undefined) {
          this.#feed.tell(answer.file, answer);
          outcomes.set(answer.file, "failed");
        }
      });
    } catch (error) {
      const [path] = paths;
      if (paths.length === 1 && path !== undefined && !outcomes.has(path)) return [this.#cannotJudge(path, error)];
    }
    const all: Outcome[] = [];
    for (const path of paths)
      all.push(
        outcomes.get(path) ?? (paths.length === 1 ? "failed" : ((await this.#judgeAll([path], wish))[0] ?? "failed")),
      );
    return all;
  }

  #told(answer: JudgementLine, { mayBeHeld }: Wish): Outcome {
    const { path } = answer.artifact;
    if (mayBeHeld && answer.verdict === "bad-signature") {
      this.#parts.log.info("held", { path, verdict: answer.verdict });
      return "held";
    }
    this.#feed.tell(path, answer);
    this.#parts.log.info("judged", { path, class: answer.class, verdict: answer.verdict });
    if (answer.class === "refused") this.#parts.onRefused(answer);
    return answer.class === "unchecked" ? "unchecked" : "judged";
  }

  /** Wrong use here is a file whose package only a person knows; any other fault may pass. */
  #cannotJudge(path: string, error: unknown): Outcome {
    const { log } = this.#parts;
    if (error instanceof UsageError) {
      log.info("not-judged", { path, sentence: error.message });
      this.#feed.tell(path, { ...usageOf(error), hint: `tofu verify ${path} --package PACKAGE` });
      return "judged";
    }
    log.error("not-judged", { path, ...factsOfError(error) });
    if (error instanceof TofuError) this.#feed.tell(path, faultOf(error, path));
    return "failed";
  }

  async #verify(
    files: readonly string[],
    how: Pick<VerifyRequest, "dryRun" | "stillArriving">,
    tell: (answer: Answer) => void,
  ): Promise<void> {
    const { ask, claimed } = this.#parts;
    await ask(
      {
        do: "verify",
        files,
        signatures: [],
        keys: [],
        offline: false,
        noLinks: true,
        via: "watch",
        claimed,
        ...how,
      },
      tell,
    );
  }

  #onState(path: string, state: RootState): void {
    const { log } = this.#parts;
    switch (state.kind) {
      case "watched":
        log[state.isCut ? "warn" : "info"]("watched", { path, isCut: state.isCut });
        return;
      case "absent":
        log.debug("absent", { path });
        return;
      case "polled":
        log.warn("polled", { path, code: state.why });
    }
  }
}

/** As the folders of the configuration (`config/watch-places.ts`). */
const GUEST_DEPTH = 4;

async function placeOf(folder: string): Promise<string> {
  try {
    return await realpath(folder);
  } catch {
    throw new UsageError(`there is no folder ${printablePath(folder, 120)}`);
  }
}

function usageOf(error: UsageError): UsageLine {
  return { schemaVersion: SCHEMA_VERSION, type: "usage", sentence: error.message, exit: 2 };
}

function faultOf(error: TofuError, file: string): FaultLine {
  return { schemaVersion: SCHEMA_VERSION, type: "fault", code: error.code, sentence: error.message, file, exit: 1 };
}
