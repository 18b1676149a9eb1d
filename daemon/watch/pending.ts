import type { Candidate } from "./candidate.ts";

/** An artifact that is to be judged, now or later. */
export interface Pending {
  readonly folder: string;
  readonly name: string;
  readonly candidate: Candidate;
  readonly readyAtMs: number;
  readonly waits: boolean;
}

/** What is to be judged, by path. As long as nobody's time has come, asking costs the same however many wait. */
export class PendingArtifacts {
  readonly #byPath: Map<string, Pending> = new Map();
  /** When the first one's time comes; earlier than any moment: not known, since that one changed. */
  #soonestMs: number = Number.POSITIVE_INFINITY;

  get(path: string): Pending | undefined {
    return this.#byPath.get(path);
  }

  set(path: string, pending: Pending): void {
    this.#forgetSoonest(path);
    this.#byPath.set(path, pending);
    this.#soonestMs = Math.min(this.#soonestMs, pending.readyAtMs);
  }

  delete(path: string): void {
    this.#forgetSoonest(path);
    this.#byPath.delete(path);
  }

  values(): IterableIterator<Pending> {
    return this.#byPath.values();
  }

  /**
   * @param isKept - says of a path that it is not to be handed out yet.
   * @returns at most so many whose time has come, and when to ask again if nothing else happens.
   */
  due(
    nowMs: number,
    { max, isKept }: { readonly max: number; readonly isKept: (path: string) => boolean },
  ): { readonly ready: readonly Candidate[]; readonly nextMs: number | undefined } {
    if (nowMs < this.#soonestMs) return { ready: [], nextMs: finite(this.#soonestMs) };
    const ready: Candidate[] = [];
    let nextMs = Number.POSITIVE_INFINITY;
    let soonestMs = Number.POSITIVE_INFINITY;
    for (const [path, { candidate, readyAtMs }] of this.#byPath) {
      soonestMs = Math.min(soonestMs, readyAtMs);
      if (readyAtMs > nowMs) nextMs = Math.min(nextMs, readyAtMs);
      else if (ready.length < max && !isKept(path)) ready.push(candidate);
      else nextMs = nowMs;
    }
    this.#soonestMs = soonestMs;
    return { ready, nextMs: finite(nextMs) };
  }

  #forgetSoonest(path: string): void {
    const before = this.#byPath.get(path);
    if (before !== undefined && before.readyAtMs <= this.#soonestMs) this.#soonestMs = Number.NEGATIVE_INFINITY;
  }
}

function finite(ms: number): number | undefined {
  return Number.isFinite(ms) ? ms : undefined;
}
