import type { Candidate } from "./candidate.ts";

/** How candidates are to be judged. */
export interface Wish {
  /** Say `unnamed`, and record nothing, unless a list beside it names it. */
  readonly onlyIfNamed: boolean;
  /** Say `held`, and neither record nor tell it, if the bytes are not those that were signed. */
  readonly mayBeHeld: boolean;
}

/** Candidates that are judged with one request. */
export interface Batch {
  readonly wish: Wish;
  readonly candidates: readonly Candidate[];
}

/** One request finds what lies beside its files once for all of them; a large file must not keep the others waiting. */
const MAX_FILES = 64;
const MAX_BYTES: number = 32 << 20;

/** @returns all of them, those with the same wish together, in their order. */
export function batchesOf(candidates: readonly Candidate[], wishOf: (candidate: Candidate) => Wish): readonly Batch[] {
  const batches: { wish: Wish; candidates: Candidate[]; bytes: number }[] = [];
  for (const candidate of candidates) {
    const wish = wishOf(candidate);
    const open = batches.find(
      (batch) =>
        batch.wish.onlyIfNamed === wish.onlyIfNamed &&
        batch.wish.mayBeHeld === wish.mayBeHeld &&
        batch.candidates.length < MAX_FILES &&
        batch.bytes + candidate.size <= MAX_BYTES,
    );
    if (open === undefined) batches.push({ wish, candidates: [candidate], bytes: candidate.size });
    else {
      open.candidates.push(candidate);
      open.bytes += candidate.size;
    }
  }
  return batches;
}
