import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { COMMANDS } from "../../cli/commands/all.ts";
import type { Arguments, Command } from "../../cli/commands/command.ts";
import { parseCommandLine } from "../../cli/parse.ts";
import { readPlain } from "../../cli/plain.ts";
import { GLOBAL_OPTIONS } from "../../cli/settings.ts";

/** Lines that are asked often and mean one thing: these must not need yargs. */
const PLAIN: readonly (readonly string[])[] = [
  ["verify", "a.tar.gz"],
  ["verify", "a.tar.gz", "b c.whl", "../d=e", "ü\u202e.zip", "1e5", "0123", "6.10"],
  ["verify", "a.tar.gz", "--key", "KEYS", "--key", "more keys"],
  ["verify", "--signature", "s1", "a.tar.gz", "--signature", "/s2"],
  ["verify", "a", "--package", "generic/curl", "--release", "8.10", "--handover", "H", "--offline", "--dry-run"],
  ["verify", "a", "--annotate", "github"],
  ["verify", "--quiet", "-v", "--json", "--no-color", "a"],
  ["verify", "a", "--store", "s", "--policy", "p.toml"],
  ["verify"],
  ["verify", "a", "--no-daemon"],
  ["verify", "a", "--config", "c"],
  ["verify", "a", "--at", "2026-01-01", "--store", "s"],
  ["why", "sunpy"],
  ["why", "pkg:npm/%40babel/core@7", "6.10"],
  ["why", "sunpy", "-v", "-q", "--color"],
  ["why", "sunpy", "--prove", "--file", "a.tar.gz"],
  ["list"],
  ["list", "pypi/*", "--stale", "--weak", "--single"],
  ["status"],
  ["status", "sunpy", "curl", "verify"],
];

/** Lines that are not plain, each for a reason of its own. */
const NOT_PLAIN: readonly (readonly string[])[] = [
  [],
  ["help"],
  ["vrify", "a"],
  ["log"],
  ["trust", "sunpy", "AEA0"],
  ["key", "show", "a"],
  ["--json", "why", "sunpy"],
  ["why", "--help"],
  ["why", "-h"],
  ["--version"],
  ["verify", "-"],
  ["verify", "--", "a"],
  ["verify", "a", "--key=K"],
  ["verify", "a", "--key"],
  ["verify", "a", "--key", "-"],
  ["verify", "a", "--key", "--json"],
  ["verify", "a", "--key", ""],
  ["verify", ""],
  ["verify", "a", "--package", "p", "--package", "q"],
  ["verify", "a", "--annotate", "gitlab"],
  ["why", "sunpy", "-qv"],
  ["why", "sunpy", "--quie"],
  ["why", "sunpy", "-quiet"],
  ["why", "sunpy", "--json", "true"],
  ["why", "sunpy", "--json", "false"],
  ["why", "sunpy", "--no-json"],
  ["why", "sunpy", "-j"],
  ["why", "sunpy", "--__proto__", "x"],
  ["why", "sunpy", "--toString"],
  ["why", "sunpy", "---json"],
  ["why", "'sunpy'"],
  ["why", '"sunpy"'],
  ["list", "--single", "--single"],
  ["verify", "a", "--prove"],
];

interface Read {
  readonly command: string | undefined;
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, readonly string[]>>;
  readonly flags: readonly string[];
}

/** Everything that a command can learn from its arguments. */
function read(command: Command | undefined, args: Arguments): Read {
  const known = { ...GLOBAL_OPTIONS, ...command?.options };
  const names = Object.keys(known);
  const options = Object.fromEntries(
    names
      .filter((name) => known[name]?.kind !== "flag")
      .map((name) => [name, args.texts(name)] as const)
      .filter(([name, texts]) => {
        assert.equal(args.text(name), texts[0]);
        return texts.length > 0;
      }),
  );
  return { command: command?.name, words: args.words, options, flags: names.filter((name) => args.flag(name)) };
}

async function byYargs(argv: readonly string[]): Promise<Read> {
  const { command, args } = await parseCommandLine(argv, COMMANDS);
  return read(command, args);
}

function plainly(argv: readonly string[]): Read | undefined {
  const plain = readPlain(argv);
  return plain === undefined ? undefined : read(plain.command, plain.args);
}

for (const line of PLAIN)
  test(`reads as yargs does: tofu ${line.join(" ")}`, async () => {
    assert.deepEqual(plainly(line), await byYargs(line));
  });

for (const line of NOT_PLAIN)
  test(`leaves to yargs: tofu ${line.join(" ")}`, () => {
    assert.equal(plainly(line), undefined);
  });

const command = fc.constantFrom("verify", "why", "list", "status");
const option = fc.constantFrom(
  ...new Set(
    COMMANDS.flatMap(({ options }) => [...Object.entries(options), ...Object.entries(GLOBAL_OPTIONS)]).flatMap(
      ([name, { alias }]) => [`--${name}`, ...(alias === undefined ? [] : [`-${alias}`])],
    ),
  ),
);
const value = fc.constantFrom(
  "a",
  "a.tar.gz",
  "6.10",
  "0x10",
  "-1",
  "true",
  "false",
  "github",
  "'a'",
  '"b',
  "",
  "-",
  "a b",
);
const odd = fc.oneof(
  fc.tuple(option, fc.constantFrom("=", "=x", "=true", ".a", "x")).map((parts) => parts.join("")),
  fc.constantFrom("--", "-qv", "--no-json", "--no-no-color", "--constructor", "--_", "--$0", "-", "---", "--=", "-q=1"),
  fc.string({ maxLength: 6, unit: fc.constantFrom("-", "=", "q", "v", "a", " ", "'", '"', ".", "$", "0", "ü", "\n") }),
);
// Mostly what can be plain; enough of the rest to meet it at every place.
const word = fc.oneof({ weight: 4, arbitrary: value }, { weight: 4, arbitrary: option }, { weight: 1, arbitrary: odd });

test("whatever is typed, it is left to yargs or read as yargs does", async () => {
  let plain = 0;
  await fc.assert(
    fc.asyncProperty(command, fc.array(word, { maxLength: 6 }), async (name, rest) => {
      const argv = [name, ...rest];
      const mine = plainly(argv);
      if (mine === undefined) return;
      plain += 1;
      assert.deepEqual(mine, await byYargs(argv));
    }),
    { numRuns: 3000 },
  );
  assert.ok(plain > 200, `only ${plain} lines were plain`);
});
