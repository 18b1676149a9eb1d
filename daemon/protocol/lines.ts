import { isUtf8 } from "node:buffer";

/** A line from the other side, or why there is none to read. */
export type Line =
  | { readonly kind: "line"; readonly text: string }
  | { readonly kind: "unreadable"; readonly why: "too-long" | "not-utf8" | "unterminated" };

const NEWLINE = 0x0a;

/** Cuts bytes into lines at `\n`, as {@link readLines}, for whoever is told of bytes instead of asking for them. */
export class LineCutter {
  readonly #maxBytes: number;
  #parts: Uint8Array[] = [];
  #length = 0;

  /** @param maxBytes - of a line without its `\n`; no more than this and one chunk is kept. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** @returns the lines that end in this chunk. After one that is too long, nothing more is to be cut. */
  *cut(chunk: Uint8Array): Generator<Line> {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      if (this.#length + end - start > this.#maxBytes) return yield { kind: "unreadable", why: "too-long" };
      yield decode(Buffer.concat([...this.#parts, chunk.subarray(start, end)]));
      this.#parts = [];
      this.#length = 0;
      start = end + 1;
    }
    this.#length += chunk.length - start;
    if (this.#length > this.#maxBytes) return yield { kind: "unreadable", why: "too-long" };
    if (start < chunk.length) this.#parts.push(chunk.subarray(start));
  }

  /** @returns whether bytes are left that no `\n` ended. */
  get isInLine(): boolean {
    return this.#length > 0;
  }
}

/**
 * Cuts bytes into lines at `\n`. A line that is too long is the last thing told: where the next one begins is not worth
 * reading for. What stands after the last `\n` is `unterminated`, for it may be half of what was meant.
 *
 * @param maxBytes - of a line without its `\n`; no more than this and one chunk is kept.
 */
export async function* readLines(chunks: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Line> {
  const cutter = new LineCutter(maxBytes);
  for await (const chunk of chunks)
    for (const line of cutter.cut(chunk)) {
      yield line;
      if (line.kind === "unreadable" && line.why === "too-long") return;
    }
  if (cutter.isInLine) yield { kind: "unreadable", why: "unterminated" };
}

function decode(bytes: Buffer): Line {
  return isUtf8(bytes) ? { kind: "line", text: bytes.toString("utf8") } : { kind: "unreadable", why: "not-utf8" };
}
