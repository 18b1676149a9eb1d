import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { type Config, layer, parseConfig, parsePolicyFile } from "../../daemon/config/config.ts";
import { policyFor } from "../../daemon/config/policy-for.ts";
import { formatConfigProblem } from "../../daemon/config/problem.ts";
import { type PackageName, parsePackageName } from "../../daemon/core/package-name.ts";
import { DEFAULT_POLICY, type Policy } from "../../daemon/core/policy.ts";

function named(text: string): PackageName {
  const name = parsePackageName(text);
  assert.ok(name.ok);
  return name.value;
}

function configOf(text: string): Config {
  const config = parseConfig(text, "config.toml");
  assert.ok(config.ok, config.ok ? "" : formatConfigProblem(config.error));
  return config.value;
}

function policyOf(config: Config, name: string): Policy {
  return policyFor(config, named(name));
}

const EXAMPLE = `
[policy]
first-use = "accept"            # accept | decide | deny | "witnesses:2"
unsigned = "notice"
expired = "notice"
[policy.packages."pkg:pypi/*"]  # longest match wins
first-use = "deny"
[policy.packages."pkg:pypi/sunpy"]
release-threshold = 2
`;

describe("policyFor", () => {
  const rows: readonly {
    readonly name: string;
    readonly text: string;
    readonly package: string;
    readonly policy: Partial<Policy>;
  }[] = [
    { name: "an empty file leaves the defaults", text: "", package: "pkg:pypi/sunpy", policy: {} },
    { name: "the documented example parses", text: EXAMPLE, package: "pkg:generic/curl", policy: {} },
    {
      name: "a pattern sets what it matches",
      text: EXAMPLE,
      package: "pkg:pypi/numpy",
      policy: { firstUse: { kind: "deny" } },
    },
    {
      name: "a closer pattern adds to a farther one, setting by setting",
      text: EXAMPLE,
      package: "pkg:pypi/sunpy",
      policy: { firstUse: { kind: "deny" }, releaseThreshold: 2 },
    },
    {
      name: "the longest beginning wins, whatever the order",
      text: `[policy.packages]
"pkg:npm/@acme/*" = { unsigned = "deny" }
"pkg:npm/*" = { unsigned = "decide" }`,
      package: "pkg:npm/%40acme/tool",
      policy: { unsigned: "deny" },
    },
    {
      name: "the package itself is closer than a beginning as long as it",
      text: `[policy.packages]
"pkg:pypi/sunpy" = { expired = "notice" }
"pkg:pypi/sunpy*" = { expired = "decide" }`,
      package: "pkg:pypi/sunpy",
      policy: { expired: "notice" },
    },
    {
      name: "patterns are read as names are: case and runs of -_. do not matter on PyPI",
      text: `[policy.packages."pkg:pypi/Sun_*"]\nunsigned = "deny"`,
      package: "pkg:pypi/sun.map",
      policy: { unsigned: "deny" },
    },
    {
      name: "a beginning ends at the star, not at a word",
      text: `[policy.packages."pkg:pypi/sun*"]\nunsigned = "deny"`,
      package: "pkg:generic/sunpy",
      policy: {},
    },
    {
      name: "witnesses carry their number",
      text: `[policy]\nfirst-use = "witnesses:2"`,
      package: "pkg:pypi/sunpy",
      policy: { firstUse: { kind: "witnesses", count: 2 } },
    },
  ];
  for (const row of rows) {
    test(row.name, () => {
      assert.deepEqual(policyOf(configOf(row.text), row.package), { ...DEFAULT_POLICY, ...row.policy });
    });
  }
});

describe("layers", () => {
  const firstUses = ["accept", "witnesses:1", "witnesses:2", "witnesses:10", "decide", "deny"];
  const kinds = ["notice", "decide", "deny"];
  const rows = [
    ...firstUses.map((word, rank) => ({ key: "first-use", word, rank, field: "firstUse" as const })),
    ...kinds.map((word, rank) => ({ key: "unsigned", word, rank, field: "unsigned" as const })),
    ...kinds.slice(0, 2).map((word, rank) => ({ key: "expired", word, rank, field: "expired" as const })),
  ];
  for (const a of rows) {
    for (const b of rows.filter(({ key }) => key === a.key)) {
      const strict = a.rank > b.rank ? a : b;
      test(`${a.key}: of ${a.word} and ${b.word}, ${strict.word} holds`, () => {
        const config = layer(
          configOf(`[policy]\n${a.key} = "${a.word}"`),
          configOf(`[policy.packages."pkg:pypi/*"]\n${b.key} = "${b.word}"`),
        );
        const expected = policyOf(configOf(`[policy]\n${a.key} = "${strict.word}"`), "pkg:pypi/sunpy");
        assert.deepEqual(policyOf(config, "pkg:pypi/sunpy"), expected);
      });
    }
  }
  test("the higher threshold holds, and one layer's silence does not loosen the other", () => {
    const config = layer(configOf("[policy]\nrelease-threshold = 3"), configOf("[policy]\nrelease-threshold = 2"));
    assert.equal(policyOf(config, "pkg:pypi/a").releaseThreshold, 3);
    assert.equal(policyOf(layer(config, configOf("")), "pkg:pypi/a").releaseThreshold, 3);
  });
});

describe("what is refused", () => {
  const rows: readonly {
    readonly name: string;
    readonly text: string;
    readonly line: number;
    readonly says: RegExp;
  }[] = [
    { name: "an unknown section", text: "\n[polcy]\nx = 1", line: 2, says: /no setting polcy$/ },
    { name: "an unknown key", text: `[policy]\n\nfirst-used = "deny"`, line: 3, says: /no setting policy\.first-used/ },
    {
      name: "a word that is none",
      text: `[policy]\nunsigned = "loud"`,
      line: 2,
      says: /unsigned must be one of notice/,
    },
    {
      name: "a wrong type",
      text: "[policy]\nfirst-use = true",
      line: 2,
      says: /first-use must be accept, decide, deny/,
    },
    { name: "a policy that is no table", text: `policy = "deny"`, line: 1, says: /policy must be a table/ },
    { name: "a list of policies", text: "# two\n[[policy]]\n[[policy]]", line: 2, says: /policy must be a table/ },
    { name: "a date", text: "[policy]\nunsigned = 2026-01-01", line: 2, says: /must be one of/ },
    { name: "a threshold of none", text: "[policy]\nrelease-threshold = 0", line: 2, says: /whole number from 1/ },
    { name: "witnesses without a number", text: `[policy]\nfirst-use = "witnesses:"`, line: 2, says: /witnesses:N/ },
    { name: "no witnesses", text: `[policy]\nfirst-use = "witnesses:0"`, line: 2, says: /witnesses:N/ },
    {
      name: "a key in a package's table, after a list over several lines and a string that looks like the key",
      text: `[policy.packages."pkg:pypi/a"]
unsigned = """\\
deny"""
[policy.packages."pkg:pypi/b"] # unsined
# unsined = 3
expired = "notice"
unsined = "deny"`,
      line: 7,
      says: /no setting policy\.packages\.pkg:pypi\/b\.unsined/,
    },
    {
      name: "an inline table and a dotted key",
      text: `[policy]\npackages."pkg:pypi/b".unsigned = "deny"\npackages."pkg:pypi/c" = { expired = "deny" }`,
      line: 3,
      says: /c\.expired must be/,
    },
    {
      name: "a package that is none",
      text: `[policy.packages]\n"sunpy" = { unsigned = "deny" }`,
      line: 2,
      says: /must be a package/,
    },
    {
      name: "a star in the middle",
      text: `[policy.packages."pkg:pypi/*py"]`,
      line: 1,
      says: /must be a package/,
    },
    {
      name: "a star for every ecosystem",
      text: `[policy.packages."pkg:*"]`,
      line: 1,
      says: /must be a package/,
    },
    {
      name: "one package under two spellings",
      text: `[policy.packages."pkg:pypi/Sun_py"]\nunsigned = "deny"\n[policy.packages."pkg:pypi/sun-py"]`,
      line: 3,
      says: /named once, as pkg:pypi\/sun-py/,
    },
    { name: "a syntax error", text: "[policy]\nunsigned = deny", line: 2, says: /line 2: / },
    { name: "a key set twice", text: `[policy]\nunsigned = "deny"\nunsigned = "notice"`, line: 3, says: /line 3: / },
    { name: "a prototype", text: "[policy]\n__proto__ = { x = 1 }", line: 2, says: /no setting policy\.__proto__/ },
    { name: "a constructor", text: "constructor.prototype.x = 1", line: 1, says: /no setting constructor/ },
    { name: "windows line ends do not move the line", text: "[policy]\r\n\r\nx = 1\r\n", line: 3, says: /policy\.x/ },
    { name: "a byte order mark does not move the line", text: "\uFEFF[policy]\nx = 1", line: 2, says: /policy\.x/ },
    { name: "more than 64 KiB", text: `#${"x".repeat(70_000)}`, line: 1, says: /64 KiB/ },
    { name: "more than 2000 lines", text: "\n".repeat(2001), line: 1, says: /2000 lines/ },
    { name: "lists in lists without end", text: `x = ${"[".repeat(5000)}`, line: 1, says: /line 1: / },
    {
      name: "a control character in a key is escaped in the sentence",
      text: `[policy]\n"a\\u001b[2J" = 1`,
      line: 2,
      says: /a\\x1b\[2J/,
    },
  ];
  for (const row of rows) {
    test(row.name, () => {
      const config = parseConfig(row.text, "config.toml");
      assert.ok(!config.ok);
      assert.equal(config.error.line, row.line);
      assert.match(formatConfigProblem(config.error), row.says);
      assert.equal(({} as { x?: unknown }).x, undefined);
    });
  }
});

test("a section or key that nobody knows is refused with its line", () => {
  for (const [text, line, key] of [
    ["[watch]\nfolder = 1", 2, "watch.folder"],
    ["[network]\nenabled = true\n[weather]\nsun = true", 3, "weather"],
  ] as const) {
    const config = parseConfig(text, "config.toml");
    assert.ok(!config.ok && config.error.code === "unknown-key");
    assert.ok(formatConfigProblem(config.error).startsWith(`config.toml, line ${line}: there is no setting ${key}`));
  }
});

describe("parsePolicyFile", () => {
  test("reads a [policy] table", () => {
    const config = parsePolicyFile(EXAMPLE, "p.toml");
    assert.ok(config.ok);
    assert.equal(policyOf(config.value, "pkg:pypi/sunpy").releaseThreshold, 2);
  });
  test("refuses any other table, with its line", () => {
    const config = parsePolicyFile("[policy]\n[watch]\nfolders = []", "p.toml");
    assert.ok(!config.ok);
    assert.equal(formatConfigProblem(config.error).startsWith("p.toml, line 2: there is no setting watch"), true);
  });
});

describe("any text", () => {
  test("is read or refused with a line that it has, and never throws", () => {
    const piece = fc.constantFrom(
      "[policy]",
      "\n",
      `"pkg:pypi/*"`,
      "=",
      " ",
      "unsigned",
      `"deny"`,
      "{",
      "}",
      "[",
      "]",
      `"""`,
    );
    const mixed = fc
      .array(fc.oneof(piece, fc.string({ maxLength: 8 })), { maxLength: 30 })
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(mixed, (text) => {
        const config = parseConfig(text, "f");
        if (config.ok) return;
        assert.ok(config.error.line >= 1 && config.error.line <= text.split("\n").length + 1);
        assert.doesNotMatch(formatConfigProblem(config.error), /[\p{Cc}\p{Cf}]/u);
      }),
    );
  });
  test("the line of an unknown key is the line it was put on", () => {
    const blank = fc.constantFrom("", "# strange = 1", "\t", "# [strange]");
    const table = fc.constantFrom(
      "",
      `[policy]\nunsigned = """\\\n  deny"""`,
      `[policy.packages]\n"pkg:npm/strange" = {}`,
    );
    const before = fc.tuple(fc.array(blank), table, fc.array(blank)).map(([a, b, c]) => [...a, b, ...c].join("\n"));
    const after = fc.constantFrom("[strange]", "[strange.x]\ny = 1", "[[strange]]", `["strange"]\nx = [\n1,\n2]`);
    fc.assert(
      fc.property(before, after, (text, strange) => {
        const config = parseConfig(`${text}\n${strange}`, "f");
        assert.ok(!config.ok);
        assert.deepEqual([config.error.key, config.error.line], [["strange"], text.split("\n").length + 1]);
      }),
    );
  });
});
