import type { UnixMs } from "../core/time.ts";
import { TofuError } from "../core/tofu-error.ts";
import type { StagedJournal } from "../journal/staged-journal.ts";
import type { Answer } from "../protocol/answer.ts";

/** Appends that are written at once. More of them would keep the first answer waiting for the last. */
const MAX_STAGED = 32;
/** An answer waits for those after it no longer than this: a large file may be next. */
const MAX_HELD_MS = 50;

/** The answer about one file, and how to come by it anew. */
export interface Held {
  readonly lines: readonly Answer[];
  /** Judges and records the file by itself, where what it was judged on did not come to be. */
  readonly again: () => Promise<readonly Answer[]>;
}

/** Answers that rest on staged appends: none is told before what it says is on disk. */
export class HeldAnswers {
  readonly #tell: (lines: readonly Answer[]) => void;
  readonly #now: () => UnixMs;
  #stage: StagedJournal | undefined;
  #held: (Held & { readonly upTo: number })[] = [];
  #since: UnixMs | undefined;

  /** @param stage - absent: everything is recorded as it is judged, and told at once. */
  constructor(
    stage: StagedJournal | undefined,
    { tell, now }: { readonly tell: (lines: readonly Answer[]) => void; readonly now: () => UnixMs },
  ) {
    this.#stage = stage;
    this.#tell = tell;
    this.#now = now;
  }

  /** The journal that the next file is to be judged on; absent: the one that is written to at once. */
  get stage(): StagedJournal | undefined {
    return this.#stage;
  }

  async add(answer: Held): Promise<void> {
    if (this.#stage === undefined) {
      this.#tell(answer.lines);
      return;
    }
    this.#held.push({ ...answer, upTo: this.#stage.size });
    this.#since ??= this.#now();
    if (this.#stage.size >= MAX_STAGED || this.#now() - this.#since >= MAX_HELD_MS) await this.settle();
  }

  /** Writes what is staged, and tells what was held. @throws what judging one of them anew throws. */
  async settle(): Promise<void> {
    const held = this.#held;
    this.#held = [];
    this.#since = undefined;
    const written = await this.#write();
    for (const { lines, upTo, again } of held) this.#tell(upTo <= written ? lines : await again());
  }

  /** @returns how many of the staged appends count. */
  async #write(): Promise<number> {
    const stage = this.#stage;
    if (stage === undefined || stage.size === 0) return 0;
    const { size } = stage;
    try {
      const written = await stage.write();
      // Somebody else appends: from here on one file at a time, which reads what they wrote.
      if (written < size) this.#stage = undefined;
      return written;
    } catch (cause) {
      if (!(cause instanceof TofuError)) throw cause;
      // Each file by itself says what is wrong with it, or that there is no store at all.
      this.#stage = undefined;
      return 0;
    }
  }
}
