import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { type Line, readLines } from "../../daemon/protocol/lines.ts";

const MAX_BYTES = 5;

async function* each(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

async function linesOf(chunks: readonly (string | Uint8Array)[]): Promise<readonly string[]> {
  const told: string[] = [];
  const bytes = chunks.map((chunk) => Buffer.from(chunk as string));
  for await (const line of readLines(each(bytes), MAX_BYTES))
    told.push(line.kind === "line" ? line.text : `!${line.why}`);
  return told;
}

describe("readLines", () => {
  const rows: readonly {
    readonly name: string;
    readonly chunks: readonly (string | Uint8Array)[];
    readonly lines: readonly string[];
  }[] = [
    { name: "nothing has no lines", chunks: [], lines: [] },
    { name: "several lines in one chunk", chunks: ["a\nb\n\n"], lines: ["a", "b", ""] },
    { name: "one line in several chunks", chunks: ["a", "b", "c\nd", "\n"], lines: ["abc", "d"] },
    { name: "a character cut in two", chunks: [Uint8Array.of(0xc3), Uint8Array.of(0xbc, 0x0a)], lines: ["ü"] },
    { name: "a line as long as allowed", chunks: ["12", "345\n", "12345\n"], lines: ["12345", "12345"] },
    { name: "a longer line is the last", chunks: ["a\n123456\nb\n"], lines: ["a", "!too-long"] },
    { name: "a longer line is noticed before its end", chunks: ["123", "456", "b\n"], lines: ["!too-long"] },
    { name: "what has no newline is not a line", chunks: ["a\nb"], lines: ["a", "!unterminated"] },
    {
      name: "bytes that are no text leave the next line whole",
      chunks: [Uint8Array.of(0xff, 0x0a), "a\n"],
      lines: ["!not-utf8", "a"],
    },
    { name: "a byte order mark stays, for the parser to refuse", chunks: ["\uFEFFa\n"], lines: ["\uFEFFa"] },
    { name: "a carriage return is not ours to take away", chunks: ["a\r\n"], lines: ["a\r"] },
  ];
  for (const { name, chunks, lines } of rows) {
    test(name, async () => assert.deepEqual(await linesOf(chunks), lines));
  }

  test("how the bytes were cut does not matter", async () => {
    const text = fc
      .array(fc.constantFrom("a", "\n", "ü", "€", "12345"), { maxLength: 30 })
      .map((parts) => parts.join(""));
    await fc.assert(
      fc.asyncProperty(text, fc.array(fc.nat(60)), async (whole, cuts) => {
        const bytes = Buffer.from(whole);
        const ends = [...new Set([...cuts, bytes.length])].sort((a, b) => a - b);
        const chunks = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
        const together: Line[] = [];
        const apart: Line[] = [];
        for await (const line of readLines(each([bytes]), MAX_BYTES)) together.push(line);
        for await (const line of readLines(each(chunks), MAX_BYTES)) apart.push(line);
        assert.deepEqual(apart, together);
      }),
    );
  });
});
