/** A line from the other side, or why there is none to read. */
export type Line =
  | { readonly kind: "line"; readonly text: string }
  | { readonly kind: "unreadable"; readonly why: "too-long" | "not-utf8" | "unterminated" };

const NEWLINE = 0x0a;

/**
 * Cuts bytes into lines at `\n`. A line that is too long is the last thing told: where the next one begins is not worth
 * reading for. What stands after the last `\n` is `unterminated`, for it may be half of what was meant.
 *
 * @param maxBytes - of a line without its `\n`; no more than this and one chunk is kept.
 */
export async function* readLines(chunks: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Line> {
  let parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      if (length + end - start > maxBytes) return yield { kind: "unreadable", why: "too-long" };
      yield decode(Buffer.concat([...parts, chunk.subarray(start, end)]));
      parts = [];
      length = 0;
      start = end + 1;
    }
    length += chunk.length - start;
    if (length > maxBytes) return yield { kind: "unreadable", why: "too-long" };
    if (start < chunk.length) parts.push(chunk.subarray(start));
  }
  if (length > 0) yield { kind: "unreadable", why: "unterminated" };
}

function decode(bytes: Uint8Array): Line {
  try {
    return { kind: "line", text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    // The decoder has one way to fail.
    return { kind: "unreadable", why: "not-utf8" };
  }
}
