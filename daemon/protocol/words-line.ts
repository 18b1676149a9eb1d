import { type Codec, integer, list, oneOf, record, text } from "../core/codec.ts";
import { SCHEMA_VERSION } from "./answer.ts";

/** Most words that are sent, in UTF-16 units; whoever asks for more of an answer makes them by itself. */
export const MAX_WORDS: number = 64 << 10;
export const MAX_PIECES = 1000;

/** What an output can show. */
export interface Show {
  /** Columns to wrap at. */
  readonly width: number;
  readonly color: boolean;
}

/**
 * Asks for the answer in words besides: a client that has to print them only starts sooner than one that makes them
 * (docs/performance.md). Words of another build might be others, so they are sent only where both are of the same.
 */
export interface WordsWish {
  /** Names the code that makes words. */
  readonly build: string;
  readonly json: boolean;
  readonly verbose: boolean;
  readonly quiet: boolean;
  readonly unicode: boolean;
  readonly stdout: Show;
  readonly stderr: Show;
  /** The client's clock, in milliseconds since 1970: what "3 days ago" counts from. */
  readonly now: number;
}

/** What is to be written, in this order. */
export interface Piece {
  readonly to: "stdout" | "stderr";
  readonly text: string;
}

/** The whole answer in words, after its last line and before `end`. */
export interface WordsLine {
  readonly schemaVersion: 1;
  readonly type: "words";
  readonly said: readonly Piece[];
  /** The code to end with: the worst of the answer's lines. */
  readonly exit: number;
}

/** @returns the form of such a line. Made where it is wanted, not when a program starts. */
export function wordsCodec(): Codec<WordsLine> {
  return record<WordsLine>(
    {
      schemaVersion: oneOf(SCHEMA_VERSION),
      type: oneOf("words"),
      said: list(
        record<Piece>({ to: oneOf("stdout", "stderr"), text: text(MAX_WORDS) }, { unknown: "drop" }),
        MAX_PIECES,
      ),
      exit: integer(0, 6),
    },
    { unknown: "drop" },
  );
}
