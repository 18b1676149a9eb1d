import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { lineEndCanonicaliser } from "../../daemon/evidence/line-ends.ts";

const text = fc.array(fc.constantFrom("a", "\r", "\n", "\r\n", "b"), { maxLength: 40 }).map((parts) => parts.join(""));

test("every lone LF becomes CRLF, and nothing else changes, wherever the pieces are cut", () => {
  fc.assert(
    fc.property(text, fc.array(fc.nat(40), { maxLength: 6 }), (whole, cuts) => {
      const bounds = [0, ...cuts.map((cut) => Math.min(cut, whole.length)).sort((a, b) => a - b), whole.length];
      const canonical = lineEndCanonicaliser();
      const pieces = bounds.slice(1).map((end, index) => Buffer.from(whole.slice(bounds[index], end)));
      const joined = Buffer.concat(pieces.map((piece) => canonical(piece))).toString();
      assert.equal(joined, whole.replaceAll(/(?<!\r)\n/g, "\r\n"));
    }),
  );
});
