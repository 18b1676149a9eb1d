import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { ecosystemOf, packageIn, parsePackageName, shortName } from "../../daemon/core/package-name.ts";

interface NameCase {
  readonly input: string;
  readonly expect: string;
  readonly accept?: readonly string[];
  readonly why: string;
}

// Shape agreed with the authors of the vectors; a case that differs fails below.
const names = JSON.parse(readFileSync("test/vectors/names.json", "utf8")) as {
  readonly package_names: readonly NameCase[];
};

/** A name without its ecosystem is the only error that asks. */
function answer(input: string): string {
  const parsed = parsePackageName(input);
  if (parsed.ok) return parsed.value;
  return parsed.error.code === "no-scheme" ? "ask" : "refuse";
}

for (const row of names.package_names) {
  test(`package name: ${row.why} (${JSON.stringify(row.input)})`, () => {
    assert.ok([row.expect, ...(row.accept ?? [])].includes(answer(row.input)), answer(row.input));
  });
}

const rows: readonly (readonly [string, string])[] = [
  ["pypi/SunPy", "pkg:pypi/sunpy"],
  ["pkg:pypi/Sun.Py__Extra", "pkg:pypi/sun-py-extra"],
  ["pkg:pypi/__proto__", "pkg:pypi/__proto__"],
  ["pkg:pypi/a/b", "refuse"],
  ["pkg:npm/%40Scope/Name", "pkg:npm/%40scope/name"],
  ["pkg:npm/@scope", "refuse"],
  ["pkg:npm/scope/name", "refuse"],
  ["pkg:npm/@scope/a/b", "refuse"],
  ["pkg:npm/@/name", "refuse"],
  ["pkg:github/Owner/Repo", "pkg:github/owner/repo"],
  ["pkg:deb/debian/curl", "pkg:deb/debian/curl"],
  ["pkg:golang/golang.org/x/text", "pkg:golang/golang.org/x/text"],
  ["pkg:pypi/-rf", "refuse"],
  ["pkg:pypi/.hidden", "refuse"],
  ["pkg:pypi//sunpy", "refuse"],
  ["pkg:pypi/sunpy/", "refuse"],
  ["pkg:pypi/sunp\u0443", "refuse"],
  ["pkg:pypi/sun\u200bpy", "refuse"],
  [`pkg:pypi/${"a".repeat(400)}`, "refuse"],
  ["", "ask"],
];
for (const [input, expected] of rows) {
  test(`package name ${JSON.stringify(input.slice(0, 40))} is ${expected}`, () => {
    assert.equal(answer(input), expected);
  });
}

test("an npm scope is said with its sign, and a Debian package without Debian", () => {
  const said = ["pkg:npm/@scope/name", "pkg:deb/debian/curl", "pkg:maven/org.example/Lib", "pkg:pypi/sunpy"].map(
    (text) => {
      const parsed = parsePackageName(text);
      assert.ok(parsed.ok);
      return [ecosystemOf(parsed.value), shortName(parsed.value)];
    },
  );
  assert.deepEqual(said, [
    ["npm", "@scope/name"],
    ["deb", "curl"],
    ["maven", "org.example/Lib"],
    ["pypi", "sunpy"],
  ]);
});

const likely = fc
  .array(
    fc.constantFrom(
      "pkg:",
      "PKG:",
      "pypi",
      "npm",
      "maven",
      "generic",
      "/",
      "@",
      "%40",
      "_",
      "-",
      ".",
      "..",
      "a",
      "B",
      "1",
      "*",
      "?",
      "#",
      " ",
      "\n",
      "%2e",
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(""));

test("a canonical name reads back as itself, and holds nothing that could end a line or leave a folder", () => {
  fc.assert(
    fc.property(fc.oneof(likely, fc.string({ unit: "binary" })), (text) => {
      const parsed = parsePackageName(text);
      if (!parsed.ok) return;
      assert.deepEqual(parsePackageName(parsed.value), parsed);
      assert.match(parsed.value, /^pkg:[a-z0-9.+-]+(?:\/[A-Za-z0-9._+~%-]+)+$/);
      assert.ok(!parsed.value.split("/").includes(".."));
    }),
    { numRuns: 5000 },
  );
});

test("letter case never makes two PyPI packages", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/), (name) => {
      assert.deepEqual(packageIn("pypi", name), packageIn("PyPI", name.toUpperCase()));
    }),
  );
});

test("a name that is stored as it is written is found by its form alone, and by all the steps as well", () => {
  const word = fc.string({ unit: fc.constantFrom(..."abz019-"), minLength: 1, maxLength: 12 });
  const type = fc.constantFrom("pypi", "npm", "deb", "cargo", "maven", "golang", "x+1.2-3");
  fc.assert(
    fc.property(type, word, (ecosystem, name) => {
      // In other letter case the scheme is read, and nothing is taken for stored already.
      const [plain, stepwise] = [
        parsePackageName(`pkg:${ecosystem}/${name}`),
        parsePackageName(`PKG:${ecosystem}/${name}`),
      ];
      assert.deepEqual(plain, stepwise);
      if (plain.ok) assert.deepEqual(parsePackageName(plain.value), plain);
    }),
  );
});
