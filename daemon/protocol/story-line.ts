import { type Codec, integer, list, oneOf, optional, record, text } from "../core/codec.ts";
import { STORY_HEADS, type StoryHead } from "../core/story.ts";

/**
 * One paragraph of a pin's story, oldest first: what happened on a day, by whom, and what followed. The renderer lays
 * it out as `DATE  HEAD  SENTENCE` with `notes` indented below, each with its label.
 */
export interface StoryLine {
  readonly at: string;
  readonly head: StoryHead;
  readonly sentence: string;
  readonly notes: readonly { readonly label: string; readonly text: string }[];
  /** Journal numbers that this line rests on. */
  readonly events: readonly number[];
  /** Whole, whom the sentence is about: there they are shortened. */
  readonly signers?: readonly string[] | undefined;
  /** What verifying this line again from the stored bytes came to (`tofu why --prove`). */
  readonly proof?: Proof | undefined;
}

/**
 * `bytes not kept`: nothing contradicts the line, and what it would take to verify it whole is not stored. Never the
 * same as `verified`.
 */
export interface Proof {
  readonly state: "verified" | "bytes not kept" | "failed";
  readonly detail: string;
}

export const storyCodec: Codec<StoryLine> = record<StoryLine>(
  {
    at: text(40),
    head: oneOf(...STORY_HEADS),
    sentence: text(2000),
    notes: list(record({ label: text(100), text: text(2000) }), 100),
    events: list(integer(1, Number.MAX_SAFE_INTEGER), 1_000_000),
    signers: optional(list(text(200), 1000)),
    proof: optional(
      record<Proof>({ state: oneOf("verified", "bytes not kept", "failed"), detail: text(2000) }, { unknown: "drop" }),
    ),
  },
  { unknown: "drop" },
);
