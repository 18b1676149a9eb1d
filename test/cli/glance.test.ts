import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Glance, glance } from "../../cli/glance.ts";
import { preparePlain } from "../../cli/plain.ts";
import { envelopeCodec } from "../../daemon/protocol/request-codec.ts";
import { CLAIMED, fakeWorld } from "./fake-world.ts";

type Env = Readonly<Record<string, string>>;

const USUAL: Env = { HOME: "/home/u", XDG_RUNTIME_DIR: "/run/user/7" };

/** Lines that are asked most: a glance must be enough for these. */
const READ: readonly (readonly string[])[] = [
  ["verify", "a.tar.gz"],
  ["verify", "a.tar.gz", "../b c.whl", "/x/../y", "--key", "KEYS", "--key", "more keys"],
  ["verify", "a", "--json", "-v", "--quiet", "--no-color"],
  ["why", "sunpy"],
  ["why", "pkg:npm/%40babel/core@7", "6.10", "--color", "-q", "--verbose"],
  ["list"],
  ["list", "pypi/*", "--json"],
  ["status"],
  ["status", "sunpy", "curl", "verify"],
];

/** Lines for the program: some it answers, some it refuses. */
const LEFT: readonly (readonly string[])[] = [
  [],
  ["verify"],
  ["why"],
  ["why", "a", "b", "c"],
  ["list", "a", "b"],
  ["log"],
  ["verify", "https://example.org/a"],
  ["verify", "a", "--signature", "s"],
  ["verify", "a", "--key"],
  ["verify", "a", "--key", "--json"],
  ["verify", "-"],
  ["verify", "--", "a"],
  ["why", "sunpy", "--prove"],
  ["why", "sunpy", "--key", "K"],
  ["why", "sunpy", "--json", "--json"],
  ["why", "sunpy", "-q", "--quiet"],
  ["why", "sunpy", "--color", "--no-color"],
  ["why", "sunpy", "--store", "s"],
  ["why", ""],
  ["why", "'sunpy'"],
  ["why", "true"],
  ["why", "--constructor"],
  ["constructor", "a"],
];

/** Where the place of anything was named, or can't be used, there may be something to say about it. */
const ODD: readonly Env[] = [
  { HOME: "/home/u" },
  { XDG_RUNTIME_DIR: "/run" },
  { ...USUAL, HOME: "home" },
  { ...USUAL, TOFU_STORE: "/s" },
  { ...USUAL, TOFU_CONFIG: "/c" },
  { ...USUAL, TOFU_SOCKET: "@abstract" },
  { ...USUAL, XDG_STATE_HOME: "state" },
  { ...USUAL, XDG_CONFIG_HOME: "/con\u0085fig" },
  { ...USUAL, XDG_RUNTIME_DIR: "/run/\n" },
  { ...USUAL, XDG_RUNTIME_DIR: `/${"long/".repeat(20)}` },
];

function look(argv: readonly string[], env: Env): Glance | undefined {
  return glance(argv, { env, cwd: "/some/here", claimed: () => CLAIMED });
}

/** The same as the program reads it, as far as a glance tells. */
async function byProgram(argv: readonly string[], env: Env): Promise<Glance> {
  const { world } = fakeWorld({ env });
  const question = await preparePlain(argv, { ...world, env });
  assert.ok(question !== undefined, `${argv.join(" ")} is not plain`);
  const { request, annotate, output, settings } = question;
  assert.deepEqual([annotate, output, settings.daemon, settings.storeGiven], [undefined, undefined, true, false]);
  const { socket, json, quiet, verbose, color, at } = settings;
  assert.ok(socket !== undefined);
  return { request, socket, json, quiet, verbose, color, at };
}

/** Both are the same question on the socket. */
async function agree(argv: readonly string[], env: Env, seen: Glance): Promise<void> {
  const program = await byProgram(argv, env);
  const sent = (request: Glance["request"]): unknown => JSON.parse(JSON.stringify({ v: 1, request }));
  assert.deepEqual(sent(seen.request), envelopeCodec.encode({ v: 1, request: program.request }));
  assert.deepEqual({ ...seen, request: 0 }, { ...program, request: 0 });
}

for (const line of READ)
  test(`at a glance: tofu ${line.join(" ")}`, async () => {
    const seen = look(line, USUAL);
    assert.ok(seen !== undefined);
    await agree(line, USUAL, seen);
  });

for (const line of LEFT)
  test(`is left to the program: tofu ${line.join(" ")}`, () => {
    assert.equal(look(line, USUAL), undefined);
  });

for (const env of ODD)
  test(`is left to the program with ${JSON.stringify(env).slice(0, 100)}`, () => {
    assert.equal(look(["why", "sunpy"], env), undefined);
  });

const word = fc.constantFrom(
  ...["a", "../a", "/x//y/", "a://b", "6.10", "-", "--", "'a", "true", "", "ü\u202e", "--key", "--json", "-q", "-v"],
  ...["--quiet", "--color", "--no-color", "--prove", "--stale", "--store", "--key=a", "-qv"],
);
const place = fc.constantFrom("", "/p", "/p/../q/", "//r", "rel", "/a\u007fb", "@x", `/${"x".repeat(100)}`);

test("whatever is typed, and whatever the environment is, a glance refuses or sees what the program sees", async () => {
  let seen = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("verify", "why", "list", "status"),
      fc.array(word, { maxLength: 5 }),
      fc.dictionary(
        fc.constantFrom("HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "TOFU_SOCKET", "GNUPGHOME"),
        place,
        { maxKeys: 3 },
      ),
      async (name, rest, changes) => {
        const env = { ...USUAL, ...changes };
        const mine = look([name, ...rest], env);
        if (mine === undefined) return;
        seen += 1;
        await agree([name, ...rest], env, mine);
      },
    ),
    { numRuns: 3000 },
  );
  assert.ok(seen > 200, `only ${seen} were seen`);
});
