import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { escapeText, hasControl, isPrintable, printable, printablePath } from "../../daemon/core/printable.ts";

interface TerminalCase {
  readonly input: string;
  readonly render: string;
  readonly why: string;
}

// Shape agreed with the authors of the vectors; a case that differs fails below.
const names = JSON.parse(readFileSync("test/vectors/names.json", "utf8")) as { readonly terminal: TerminalCase[] };

/** names.json, about.forbidden, written out once more by hand: the rule and its check share no code. */
const FORBIDDEN: readonly (readonly [number, number])[] = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x61c, 0x61c],
  [0x180e, 0x180e],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x2060],
  [0x2066, 0x2069],
  [0xfeff, 0xfeff],
  [0xe0000, 0xe007f],
  [0xd800, 0xdfff],
];

function isForbidden(code: number): boolean {
  return FORBIDDEN.some(([from, to]) => code >= from && code <= to);
}

function forbiddenIn(text: string): number[] {
  return Array.from(text, (character) => character.codePointAt(0) ?? 0).filter(isForbidden);
}

/** Any UTF-16 text, lone surrogates included, with the forbidden ones and the backslash more often than by chance. */
const hostileText = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0xffff }),
      fc.constantFrom(...FORBIDDEN.flat(), 0x5c, 0x78, 0x75, 0x7b, 0x7d, 0x31, 0x62),
      fc.integer({ min: 0x10000, max: 0x10ffff }),
    ),
    { maxLength: 200 },
  )
  .map((codes) => codes.map((code) => String.fromCodePoint(code)).join(""));

/** Undoes `escapeText`, by its documentation only. */
function unescapeText(text: string): string {
  return text.replace(/\\(?:\\|x([0-9a-f]{2})|u\{([0-9a-f]+)\})/g, (_, byte?: string, code?: string) =>
    byte === undefined && code === undefined ? "\\" : String.fromCodePoint(Number.parseInt(byte ?? code ?? "", 16)),
  );
}

for (const row of names.terminal) {
  test(`hostile text is shown harmless: ${row.why}`, () => {
    assert.equal(escapeText(row.input), row.render);
    assert.equal(printable(row.input, 200), row.render);
  });
}

test("each forbidden code point is escaped, alone and between letters", () => {
  for (const [from, to] of FORBIDDEN) {
    for (let code = from; code <= to; code += 1) {
      assert.deepEqual(forbiddenIn(escapeText(`a${String.fromCodePoint(code)}b`)), [], code.toString(16));
    }
  }
});

test("no text whatever gets a forbidden code point or a second line through", () => {
  fc.assert(
    fc.property(hostileText, fc.integer({ min: 1, max: 100 }), (text, columns) => {
      assert.deepEqual(forbiddenIn(escapeText(text)), []);
      assert.deepEqual(forbiddenIn(printable(text, columns)), []);
      assert.deepEqual(forbiddenIn(printablePath(text, columns)), []);
    }),
  );
});

test("escaped text reads back to the one text it was made of", () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      assert.equal(unescapeText(escapeText(text)), text);
    }),
  );
});

test("what is cut takes no more than the columns, ends in an ellipsis, and is a beginning of the whole", () => {
  fc.assert(
    fc.property(hostileText, fc.integer({ min: 1, max: 100 }), (text, columns) => {
      const whole = escapeText(text);
      const shown = printable(text, columns);
      assert.ok(Array.from(shown).length <= columns);
      if (shown !== whole) {
        assert.ok(shown.endsWith("…"));
        assert.ok(whole.startsWith(shown.slice(0, -1)));
        assert.ok(text.startsWith(unescapeText(shown.slice(0, -1))), "an escape was cut in two");
      }
    }),
  );
});

const widths = [
  { name: "text that just fits is not cut", text: "a".repeat(60), columns: 60, shown: "a".repeat(60) },
  { name: "one column too many costs two characters", text: "a".repeat(61), columns: 60, shown: `${"a".repeat(59)}…` },
  { name: "an escape stays whole or goes", text: "abc\u001bd", columns: 6, shown: "abc…" },
  { name: "wide characters take two columns", text: "中文中文", columns: 5, shown: "中文…" },
  { name: "a letter outside the basic plane takes one", text: "𝒜𝒜𝒜", columns: 3, shown: "𝒜𝒜𝒜" },
  { name: "a heap of marks is cut", text: `e${"\u0301".repeat(1000)}`, columns: 4, shown: "e\u0301\u0301…" },
  { name: "a doubled backslash counts twice", text: "\\\\\\", columns: 5, shown: "\\\\\\\\…" },
];
for (const row of widths) {
  test(row.name, () => {
    assert.equal(printable(row.text, row.columns), row.shown);
  });
}

test("a million characters are cut without being looked at", () => {
  assert.equal(printable("\u001b".repeat(10_000_000), 9), "\\x1b\\x1b…");
});

test("a long path keeps its last part", () => {
  assert.equal(printablePath("/home/user/a.tar.gz", 60), "/home/user/a.tar.gz");
  assert.equal(printablePath(`/${"deep/".repeat(20)}a.tar.gz`, 60), "…/a.tar.gz");
  assert.equal(printablePath(`/tmp/${"x".repeat(100)}`, 20), `…/${"x".repeat(17)}…`);
});

test("what was made printable is, and nothing else, with the colours that tofu uses", () => {
  fc.assert(
    fc.property(hostileText, fc.constantFrom("\n", "\x1b[31m", "\x1b[39m", ""), (text, more) => {
      assert.ok(isPrintable(`${more}${escapeText(text)}${more}`));
      if (forbiddenIn(text.replaceAll("\n", "")).length > 0) assert.ok(!isPrintable(text));
    }),
  );
  for (const odd of ["\x1b", "\x1b[", "\x1b[0m", "\x1b[38m", "\x1b[310m", "\x1b\x1b[31m[32m", "a\rb", "a\tb"])
    assert.ok(!isPrintable(odd), JSON.stringify(odd));
});

test("control characters are those of Unicode's category Cc", () => {
  for (let code = 0; code < 0x3000; code += 1) {
    const text = `a${String.fromCharCode(code)}`;
    assert.equal(hasControl(text), /\p{Cc}/u.test(text), String(code));
  }
});
