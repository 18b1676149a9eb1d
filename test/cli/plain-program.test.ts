import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, openSync, readdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { basename, dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Script } from "node:vm";
import type { Reply } from "../../daemon/protocol/wire.ts";
import { formatReply } from "../../daemon/protocol/wire.ts";
import { PROJECT, TOFU, TOFUD } from "../checks/places.ts";
import { type RealHome, realHome } from "./real-home.ts";
import { SAMPLES } from "./samples.ts";

const WHOLE = fileURLToPath(new URL("./whole-program.js", import.meta.url));
const CCID = join(PROJECT, "test/corpus/releases/ccid");

interface Told {
  readonly end: number | string | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(
  program: string,
  words: readonly string[],
  { folder, env }: RealHome,
  {
    more = {},
    stdout = "pipe",
  }: { readonly more?: Readonly<Record<string, string>>; readonly stdout?: "pipe" | number } = {},
): { readonly child: ChildProcess; readonly told: Promise<Told> } {
  const child = spawn(process.execPath, [program, ...words], {
    cwd: folder,
    env: { ...env, ...more },
    stdio: ["ignore", stdout, "pipe"],
  });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      said[name] += text;
    });
  const told = once(child, "close").then(([code, signal]) => ({ end: code ?? signal, ...said }));
  return { child, told };
}

function run(program: string, words: readonly string[], home: RealHome, more = {}): Promise<Told> {
  return start(program, words, home, { more }).told;
}

/** A home with two releases of one project in it. */
function furnished(t: TestContext): RealHome {
  const home = realHome(t);
  for (const version of ["1.6.2", "1.8.4"]) {
    const from = join(CCID, version, `ccid_${version}.orig.tar.xz`);
    copyFileSync(from, join(home.folder, `ccid-${version}.tar.xz`));
    copyFileSync(`${from}.asc`, join(home.folder, `ccid-${version}.tar.xz.asc`));
    copyFileSync(join(CCID, version, "keyring.asc"), join(home.folder, "KEYS"));
  }
  return home;
}

/** The same, and a daemon that runs there. */
async function served(t: TestContext): Promise<RealHome> {
  const home = furnished(t);
  const child = spawn(process.execPath, [TOFUD], { env: home.env, stdio: ["ignore", "pipe", "ignore"] });
  const ended = once(child, "close");
  t.after(async () => {
    child.kill("SIGTERM");
    await ended;
  });
  await once(child.stdout, "data");
  return home;
}

/**
 * A socket where every request gets these replies; with `thenSilence` the connection stays open.
 *
 * @returns what is settled when the first client has gone.
 */
async function scripted(
  t: TestContext,
  home: RealHome,
  replies: readonly Reply[],
  { thenSilence = false }: { readonly thenSilence?: boolean } = {},
): Promise<{ readonly gone: Promise<unknown> }> {
  mkdirSync(dirname(home.socket), { mode: 0o700 });
  const server = createServer((connection) => {
    connection.on("error", () => undefined);
    t.after(() => connection.destroy());
    connection.once("data", () => {
      connection.write(replies.map(formatReply).join(""));
      if (!thenSilence) connection.end();
    });
  });
  const mask = process.umask(0o077);
  await once(server.listen(home.socket), "listening");
  process.umask(mask);
  t.after(() => server.close());
  return { gone: once(server, "connection").then(([connection]) => once(connection, "close")) };
}

const accepted: Reply = { schemaVersion: 1, type: "accepted" };

/** What is asked of a daemon that has pinned ccid, good and bad. */
const ASKED: readonly (readonly string[])[] = [
  ["verify", "ccid-1.6.2.tar.xz"],
  ["verify", "ccid-1.6.2.tar.xz", "-v"],
  ["verify", "ccid-1.6.2.tar.xz", "ccid-1.8.4.tar.xz", "gone-1.0.tar.gz", "--json"],
  ["verify", "ccid-1.6.2.tar.xz", "--quiet"],
  ["verify", "ccid-1.6.2.tar.xz", "--signature", "ccid-1.8.4.tar.xz.asc", "--color"],
  ["verify", "ccid-1.6.2.tar.xz", "--package", "other", "--release", "1", "--dry-run", "--annotate", "github"],
  ["verify", "KEYS"],
  ["verify"],
  ["why", "ccid"],
  ["why", "ccid", "1.6.2", "-v"],
  ["why", "ccid", "--json"],
  ["why", "ccdi"],
  ["why"],
  ["list"],
  ["list", "nothing*"],
  ["list", "--json"],
  ["status"],
  ["status", "ccid"],
];

test("a plain question gets the same words and the same code the short way and through yargs", async (t) => {
  const home = await served(t);
  assert.equal((await run(TOFU, ["verify", "ccid-1.6.2.tar.xz", "--key", "KEYS"], home)).end, 0);
  // What is asked first may be recorded, and the second answer then tells of it.
  for (const words of ASKED) await run(TOFU, words, home);
  const ends = new Set<Told["end"]>();
  for (const words of ASKED) {
    const [short, long] = [await run(TOFU, words, home), await run(WHOLE, words, home)];
    assert.deepEqual(short, long, words.join(" "));
    ends.add(short.end);
  }
  assert.deepEqual([...ends].sort(), [0, 1, 2, 5], "the questions went where they were meant to go");
});

test("a plain question that a daemon answers in words loads the first file alone, and no library", async (t) => {
  const home = await served(t);
  let runs = 0;
  const loadedBy = async (...words: string[]): Promise<readonly string[]> => {
    runs += 1;
    const into = join(home.folder, `loaded-${runs}`);
    await run(TOFU, words, home, { NODE_V8_COVERAGE: into });
    const scripts = readdirSync(into)
      .map((name) => JSON.parse(readFileSync(join(into, name), "utf8")) as { result: { url: string }[] })
      .flatMap(({ result }) => result.map(({ url }) => url));
    return scripts.filter((url) => url.startsWith("file:")).map((url) => basename(url));
  };
  // What takes long is left to the program, and a busy machine may take long for anything.
  const atBest = async (...words: string[]): Promise<readonly string[]> => {
    let loaded = await loadedBy(...words);
    for (let more = 0; more < 20 && loaded.length > 1; more += 1) loaded = await loadedBy(...words);
    return loaded;
  };
  for (const words of [["verify", "ccid-1.6.2.tar.xz"], ["why", "ccid"], ["list"], ["status"]])
    assert.deepEqual(await atBest(...words), ["tofu.cjs"], words.join(" "));
  for (const words of [
    ["why", "ccid", "--prove"],
    ["list", "--stale"],
  ])
    assert.deepEqual(await loadedBy(...words), ["tofu.cjs", "tofu-program.cjs"], words.join(" "));
  const whole = await loadedBy("why", "--help");
  assert.ok(whole.includes("yargs-factory.js"), whole.join(" "));
});

test("a plain question that no daemon answers gets the same words without yargs", async (t) => {
  const home = furnished(t);
  assert.equal((await run(TOFU, ["verify", "ccid-1.6.2.tar.xz", "--key", "KEYS"], home)).end, 0);
  const asked: readonly (readonly string[])[] = [
    ...ASKED,
    ["verify", "ccid-1.8.4.tar.xz", "--no-daemon"],
    ["verify", "ccid-1.6.2.tar.xz", "--at", "2026-01-01", "--store", "past", "--key", "KEYS"],
    ["verify", "ccid-1.6.2.tar.xz", "--at", "2026-01-01"],
    ["why", "ccid", "--config", "none.toml"],
    ["why", "ccid", "--prove"],
  ];
  for (const words of asked) await run(TOFU, words, home);
  for (const words of asked)
    assert.deepEqual(await run(TOFU, words, home), await run(WHOLE, words, home), words.join(" "));

  const into = join(home.folder, "loaded");
  await run(TOFU, ["verify", "ccid-1.6.2.tar.xz"], home, { NODE_V8_COVERAGE: into });
  const loaded = readdirSync(into).map((name) => readFileSync(join(into, name), "utf8"));
  assert.ok(loaded.some((text) => text.includes("tofu-alone.cjs")));
  assert.ok(!loaded.some((text) => text.includes("yargs")));
});

test("where the connection is lost in the middle, the short way says so and ends with 1", async (t) => {
  const home = realHome(t);
  await scripted(t, home, [accepted, SAMPLES.pin]);
  const told = await run(TOFU, ["list"], home);
  assert.equal(told.end, 1);
  assert.match(told.stderr, /^fault {4}the daemon went away/);
  assert.deepEqual(told, await run(WHOLE, ["list"], home));
});

test("where only a daemon of another store answers, the question is answered here", async (t) => {
  const home = realHome(t);
  await scripted(t, home, [
    { ...SAMPLES.fault, code: "daemon-other-store" },
    { ...SAMPLES.end, exit: 1 },
  ]);
  const told = await run(TOFU, ["why", "nosuch", "--store", "mine"], home);
  assert.deepEqual([told.end, told.stdout], [2, ""]);
});

/** More than a pipe holds, so that writing it must wait for the reader. */
const MANY: readonly Reply[] = [
  accepted,
  ...Array.from({ length: 20_000 }, (_, index) => ({ ...SAMPLES.name, package: `pkg:generic/a${index}` })),
  { ...SAMPLES.end, exit: 0 },
];

test("a long answer arrives whole at a reader that takes its time", async (t) => {
  const home = realHome(t);
  const { gone } = await scripted(t, home, MANY);
  const { child, told } = start(TOFU, ["status", "--json"], home);
  child.stdout?.pause();
  await gone;
  child.stdout?.resume();
  const { end, stdout } = await told;
  assert.deepEqual([end, stdout.split("\n").length], [0, 20_001]);
});

test("a reader that has seen enough leaves the answer's code as it is", async (t) => {
  const home = realHome(t);
  await scripted(t, home, [...MANY.slice(0, -1), { ...SAMPLES.end, exit: 4 }]);
  const { child, told } = start(TOFU, ["status", "--json"], home);
  child.stdout?.destroy();
  assert.deepEqual(await told, { end: 4, stdout: "", stderr: "" });
});

test("a short answer that could not be written is no answer", async (t) => {
  const home = realHome(t);
  await scripted(t, home, [accepted, SAMPLES.status, { ...SAMPLES.end, exit: 0 }]);
  const { told } = start(TOFU, ["status"], home, { stdout: openSync("/dev/full", "w") });
  const { end, stderr } = await told;
  assert.equal(end, 1);
  assert.match(stderr, /the answer could not be written \(.*ENOSPC/);
});

test("a signal ends a question that waits, by that signal", async (t) => {
  const home = realHome(t);
  await scripted(t, home, [accepted, SAMPLES.name], { thenSilence: true });
  const { child, told } = start(TOFU, ["status", "--json"], home);
  await once(child.stdout ?? child, "data");
  child.kill("SIGINT");
  assert.equal((await told).end, "SIGINT");
});

for (const name of ["tofu-program", "tofu-alone"])
  test(`what V8 compiled of ${name} when it was built is what this Node takes`, () => {
    const folder = dirname(realpathSync(TOFU));
    const filename = join(folder, `${name}.cjs`);
    const cachedData = readFileSync(join(folder, `${name}.cache`));
    const source = readFileSync(filename, "latin1");
    assert.equal(new Script(source, { filename, cachedData }).cachedDataRejected, false);
    assert.equal(new Script(`${source} `, { filename, cachedData }).cachedDataRejected, true);
  });

/** Words as a daemon of this build sends them. */
function wordsLine(text: string, exit: number, to: "stdout" | "stderr" = "stdout"): Reply {
  return { schemaVersion: 1, type: "words", said: [{ to, text }], exit };
}

/** What the words of the daemon must never lead to, and what is printed in their place. */
const BAD_WORDS: readonly (readonly [why: string, replies: readonly Reply[]])[] = [
  ["have a control character", [wordsLine("ok\x1b]0;title\x07\n", 0), { ...SAMPLES.end, exit: 0 }]],
  ["have a colour that tofu has not", [wordsLine("ok\x1b[42m\n", 0), { ...SAMPLES.end, exit: 0 }]],
  ["have a bidi character", [wordsLine("ok \u202e\n", 0), { ...SAMPLES.end, exit: 0 }]],
  ["say 0 where the end doesn't", [wordsLine("ok\n", 0), { ...SAMPLES.end, exit: 4 }]],
];

for (const [why, replies] of BAD_WORDS)
  test(`words that ${why} are not printed; the answer is, in the client's own`, async (t) => {
    const home = realHome(t);
    await scripted(t, home, [accepted, SAMPLES.pin, ...replies]);
    const told = await run(TOFU, ["list"], home);
    assert.match(told.stdout, /^PACKAGE.*\n.*sunpy/i);
    assert.deepEqual(told, await run(WHOLE, ["list"], home));
  });

test("the words are printed as they are, each to its stream, and their code is the end", async (t) => {
  const home = realHome(t);
  const said = [
    { to: "stdout", text: "one … \x1b[32mok\x1b[39m ü\n" },
    { to: "stderr", text: "two\n" },
    { to: "stdout", text: "three\n" },
  ] as const;
  await scripted(t, home, [
    accepted,
    SAMPLES.pin,
    { schemaVersion: 1, type: "words", said, exit: 4 },
    { ...SAMPLES.end, exit: 0 },
  ]);
  const told = await run(TOFU, ["list"], home);
  assert.deepEqual(told, { end: 4, stdout: `${said[0].text}${said[2].text}`, stderr: said[1].text });
});

test("where the connection is lost before the end, words are no answer", async (t) => {
  const home = realHome(t);
  await scripted(t, home, [accepted, SAMPLES.pin, wordsLine("ok\n", 0)]);
  const told = await run(TOFU, ["list"], home);
  assert.equal(told.end, 1);
  assert.doesNotMatch(told.stdout, /^ok$/m);
  assert.match(told.stderr, /^fault {4}the daemon went away/);
  assert.deepEqual(told, await run(WHOLE, ["list"], home));
});

test("a daemon that doesn't know of words is asked again without", async (t) => {
  const home = realHome(t);
  mkdirSync(dirname(home.socket), { mode: 0o700 });
  const asked: string[] = [];
  const server = createServer((connection) => {
    connection.on("error", () => undefined);
    connection.once("data", (line) => {
      asked.push(line.toString());
      const known = !line.includes('"words"');
      const replies: readonly Reply[] = known
        ? [accepted, SAMPLES.pin, { ...SAMPLES.end, exit: 0 }]
        : [
            { ...SAMPLES.fault, code: "protocol" },
            { ...SAMPLES.end, exit: 1 },
          ];
      connection.end(replies.map(formatReply).join(""));
    });
  });
  const mask = process.umask(0o077);
  await once(server.listen(home.socket), "listening");
  process.umask(mask);
  t.after(() => server.close());
  const told = await run(TOFU, ["list"], home);
  assert.deepEqual([told.end, told.stderr, asked.length], [0, "", 2]);
  assert.match(told.stdout, /sunpy/);
});

test("an answer that takes long is told as it comes, and asked for once", async (t) => {
  const home = realHome(t);
  mkdirSync(dirname(home.socket), { mode: 0o700 });
  const child: { started?: ChildProcess } = {};
  let clients = 0;
  const server = createServer((connection) => {
    clients += 1;
    connection.on("error", () => undefined);
    connection.once("data", async () => {
      connection.write([accepted, SAMPLES.status].map(formatReply).join(""));
      // The end comes only when the beginning has been read.
      await once(child.started?.stdout ?? connection, "data");
      connection.end([wordsLine("no\n", 0), { ...SAMPLES.end, exit: 3 }].map(formatReply).join(""));
    });
  });
  const mask = process.umask(0o077);
  await once(server.listen(home.socket), "listening");
  process.umask(mask);
  t.after(() => server.close());
  const { child: started, told } = start(TOFU, ["status", "--json"], home);
  child.started = started;
  const { end, stdout, stderr } = await told;
  assert.deepEqual([end, stderr, clients], [3, "", 1]);
  assert.match(stdout, /^\{"schemaVersion":1,"type":"status".*\}\n$/);
});

test("without what V8 compiled, or with other bytes in its place, the program says the same", async (t) => {
  const home = await served(t);
  const folder = join(home.folder, "copy");
  mkdirSync(folder);
  for (const name of ["tofu.cjs", "tofu-program.cjs"])
    copyFileSync(join(dirname(realpathSync(TOFU)), name), join(folder, name));
  const expected = await run(TOFU, ["why", "ccid"], home);
  assert.deepEqual(await run(join(folder, "tofu.cjs"), ["why", "ccid"], home), expected);
  writeFileSync(join(folder, "tofu-program.cache"), "not compiled at all");
  assert.deepEqual(await run(join(folder, "tofu.cjs"), ["why", "ccid"], home), expected);
});
