import assert from "node:assert/strict";
import { test } from "node:test";
import { styleFor } from "../../cli/style.ts";
import { unixMs } from "../../daemon/core/time.ts";
import { classWord } from "../../daemon/words/style.ts";

const terminal = { isTerminal: true, columns: 90, write: () => undefined };
const pipe = { isTerminal: false, columns: undefined, write: () => undefined };
const wish = { color: undefined, verbose: false, quiet: false, at: undefined };
const now = unixMs(1);

const COLORS: readonly (readonly [
  name: string,
  output: typeof terminal | typeof pipe,
  env: Readonly<Record<string, string>>,
  color: boolean | undefined,
  expected: boolean,
])[] = [
  ["a terminal has colour", terminal, {}, undefined, true],
  ["a pipe has none", pipe, {}, undefined, false],
  ["NO_COLOR takes it", terminal, { NO_COLOR: "1" }, undefined, false],
  ["an empty NO_COLOR says nothing", terminal, { NO_COLOR: "" }, undefined, true],
  ["a dumb terminal has none", terminal, { TERM: "dumb" }, undefined, false],
  ["--no-color takes it", terminal, { FORCE_COLOR: "1" }, false, false],
  ["FORCE_COLOR gives it", pipe, { FORCE_COLOR: "1" }, undefined, true],
  ["FORCE_COLOR=0 does not", pipe, { FORCE_COLOR: "0" }, undefined, false],
  ["NO_COLOR beats FORCE_COLOR", pipe, { FORCE_COLOR: "1", NO_COLOR: "1" }, undefined, false],
  ["--color beats all", pipe, { NO_COLOR: "1", TERM: "dumb" }, true, true],
];

for (const [name, output, env, color, expected] of COLORS)
  test(name, () => assert.equal(styleFor(output, env, { ...wish, color }, now).color, expected));

test("text wraps at the terminal's width, 60 to 100, 80 where there is none", () => {
  const width = (columns: number | undefined) => styleFor({ ...terminal, columns }, {}, wish, now).width;
  assert.deepEqual([width(40), width(60), width(77), width(200), width(undefined)], [60, 60, 77, 100, 80]);
});

const LOCALES: readonly (readonly [Readonly<Record<string, string>>, boolean])[] = [
  [{ LANG: "C.UTF-8" }, true],
  [{ LANG: "de_DE.utf8" }, true],
  [{ LANG: "C.UTF-8", LC_ALL: "C" }, false],
  [{ LANG: "C", LC_CTYPE: "en_US.UTF-8" }, true],
  [{ LC_ALL: "", LANG: "C.UTF-8" }, true],
  [{}, false],
];

for (const [env, unicode] of LOCALES)
  test(`${unicode ? "more than" : "only"} ASCII with ${JSON.stringify(env)}`, () =>
    assert.equal(styleFor(pipe, env, wish, now).unicode, unicode));

test("--at is the moment that days count from", () => {
  assert.equal(styleFor(pipe, {}, { ...wish, at: unixMs(7) }, now).now, 7);
  assert.equal(styleFor(pipe, {}, wish, now).now, 1);
});

test("class words differ in colour and keep their width", () => {
  const colored = (["ok", "refused", "decide", "unchecked", "fault"] as const).map((word) =>
    classWord(word, { color: true }),
  );
  assert.deepEqual(colored, [
    "\x1b[32mok\x1b[39m      ",
    "\x1b[31mrefused\x1b[39m ",
    "\x1b[33mdecide\x1b[39m  ",
    "\x1b[35munchecked\x1b[39m",
    "\x1b[35mfault\x1b[39m   ",
  ]);
});
