import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { test } from "node:test";
import { main } from "../../cli/main.ts";
import { TofuError, UsageError } from "../../daemon/core/tofu-error.ts";
import type { Answer, FaultLine } from "../../daemon/protocol/answer.ts";
import { worstExit } from "../../daemon/words/exit-code.ts";
import { judgement } from "./answers.ts";
import { fakeWorld, type Scene, timeOf } from "./fake-world.ts";
import { SAMPLES } from "./samples.ts";

const CLASSES = ["ok", "ok", "ok", "decide", "refused", "refused", "unchecked"] as const;

/** Judgements of files named by their number, each with this exit code. */
function judged(...exits: readonly number[]): readonly Answer[] {
  return exits.map((exit, index) =>
    judgement({ exit, class: CLASSES[exit] ?? "ok", artifact: { path: `/${index}`, sha256: "00", size: 0 } }),
  );
}

const fault: FaultLine = SAMPLES.fault;

test("of several exit codes the worst wins, in the order 5, 4, 1, 2, 6, 3, 0", () => {
  const order = [5, 4, 1, 2, 6, 3, 0];
  for (const [index, worse] of order.entries())
    for (const better of order.slice(index)) {
      assert.equal(worstExit([worse, better]), worse);
      assert.equal(worstExit([better, worse]), worse);
    }
  assert.equal(worstExit([]), 0);
  assert.equal(worstExit([0, 13]), 1);
});

const EXITS: readonly { readonly name: string; readonly scene: Scene; readonly exit: number }[] = [
  { name: "the code of the answer", scene: { answers: judged(4, 0), exit: 4 }, exit: 4 },
  { name: "evidence is worse than trust", scene: { answers: judged(4, 5), exit: 5 }, exit: 5 },
  { name: "never better than one of the judgements", scene: { answers: judged(0, 5), exit: 0 }, exit: 5 },
  { name: "a fault beside a good file", scene: { answers: [...judged(0), fault], exit: 0 }, exit: 1 },
  { name: "a file without an answer is a fault", scene: { answers: judged(0), exit: 0 }, exit: 1 },
  { name: "no answer at all is a fault", scene: { exit: 0 }, exit: 1 },
  { name: "a thrown fault", scene: { fault: new TofuError("busy", "busy") }, exit: 1 },
  { name: "a thrown usage error", scene: { fault: new UsageError("no such package") }, exit: 2 },
  { name: "a refusal stands, whatever breaks after it", scene: { answers: judged(4), fault: new Error("x") }, exit: 4 },
  { name: "two good files", scene: { answers: judged(0, 0), exit: 0 }, exit: 0 },
];

for (const { name, scene, exit } of EXITS)
  test(`exit code: ${name}`, async () => {
    for (const line of [
      ["verify", "/0", "/1"],
      ["--json", "verify", "/0", "/1"],
    ])
      assert.equal(await main(line, fakeWorld(scene).world), exit);
  });

test("a fault inside is one line without a stack, and its text is escaped", async () => {
  const scene = { fault: new Error("no \u001b[2J such\nthing") };
  const { world, stdout, stderr } = fakeWorld(scene);
  assert.equal(await main(["list"], world), 1);
  assert.equal(stdout(), "");
  assert.equal(stderr(), "fault    tofu failed inside: no \\x1b[2J such\\x0athing\n");
});

test("with --json every answer, faults too, is one object per line on stdout", async () => {
  const answers = [...judged(0, 4), SAMPLES.summary, SAMPLES.progress, SAMPLES.end];
  const { world, stdout, stderr } = fakeWorld({ answers, exit: 4, fault: new TofuError("busy", "busy"), terminal: 80 });
  assert.equal(await main(["verify", "/0", "/1", "--json", "-q"], world), 4);
  const lines = stdout()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map(({ type }) => type),
    ["judgement", "judgement", "summary", "fault"],
  );
  assert.deepEqual(lines[3], { schemaVersion: 1, type: "fault", code: "busy", sentence: "busy", exit: 1 });
  assert.equal(stderr(), "");
});

test("annotations leave --json alone: they go to stderr", async () => {
  const { world, stdout, stderr } = fakeWorld({ answers: judged(4), exit: 4 });
  await main(["verify", "/0", "--json", "--annotate", "github"], world);
  assert.equal(stdout().trimEnd().split("\n").length, 1);
  assert.match(stderr(), /^::error file=\/0,title=tofu::sunpy/);
});

const hostile = JSON.parse(readFileSync("test/vectors/names.json", "utf8")).terminal as readonly {
  readonly input: string;
  readonly render: string;
}[];

test("hostile texts reach a terminal escaped, wherever they stand", async () => {
  assert.ok(hostile.length >= 20);
  for (const { input, render } of hostile) {
    const answer = judgement({
      exit: 3,
      class: "decide",
      got: [{ verified: true, signer: "openpgp:x", claims: [input] }],
    });
    const { world, stdout } = fakeWorld({ answers: [{ ...answer, artifact: { path: "/0", sha256: "", size: 0 } }] });
    await main(["verify", "/0"], world);
    assert.ok(stdout().replace(/\s+/g, " ").includes(`claims to be "${render}"`), `${render}\n${stdout()}`);
  }
});

test("JSON carries hostile texts whole, with nothing in it that a terminal acts on", async () => {
  for (const { input } of hostile) {
    const { world, stdout } = fakeWorld({ answers: [{ ...SAMPLES.recorded, sentence: input }] });
    await main(["forget", "sunpy", "--because", "x", "--json"], world);
    assert.equal(JSON.parse(stdout()).sentence, input);
    assert.doesNotMatch(stdout().slice(0, -1), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  }
});

test("settings come from options, then from the environment", async () => {
  const asked = async (line: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const { world, requests } = fakeWorld({ env });
    await main(line, world);
    const [only] = requests;
    assert.ok(only !== undefined);
    return only.settings;
  };
  const plain = await asked(["list"], { XDG_RUNTIME_DIR: "/run/user/7" });
  assert.equal(plain.store, "/home/u/.local/state/tofu/store");
  assert.equal(plain.storeGiven, false);
  assert.equal(plain.socket, "/run/user/7/tofu/socket");
  assert.equal(plain.daemon, true);
  assert.equal(plain.configFile, undefined);
  const named = await asked(["list", "--store", "s"], { TOFU_STORE: "/other", TOFU_CONFIG: "/c", TOFU_SOCKET: "/s" });
  assert.equal(named.store, "/some/here/s");
  assert.equal(named.storeGiven, true);
  assert.equal(named.socket, "/s");
  assert.equal(named.configFile, "/c");
  assert.equal(named.daemon, true);
  const replay = await asked(["--at", "2026-01-02", "list", "--store", "s", "--no-color", "-qv"]);
  assert.equal(replay.at, timeOf("2026-01-02"));
  assert.equal(replay.daemon, false);
  assert.equal(replay.color, false);
  assert.ok(replay.quiet && replay.verbose);
  assert.equal((await asked(["list", "--no-daemon"])).daemon, false);
  assert.equal((await asked(["list", "--config", "c"])).daemon, false);
});

test("standard input is judged from a private file that is gone afterwards", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tofu-cli-"));
  const seen: string[] = [];
  const scene: Scene = {
    env: { TMPDIR: folder },
    stdin: ["ab", "", "c"],
    fault: new TofuError("busy", "busy"),
    during: (request) => {
      assert.ok(request.do === "verify");
      const [file = ""] = request.files;
      assert.equal(readFileSync(file, "utf8"), "abc");
      assert.equal(statSync(file).mode & 0o777, 0o600);
      assert.equal(statSync(dirname(file)).mode & 0o777, 0o700);
      seen.push(basename(file));
    },
  };
  assert.equal(await main(["verify", "-", "--package", "sunpy"], fakeWorld(scene).world), 1);
  assert.equal(await main(["verify", "-", "--package", "sunpy"], fakeWorld({ ...scene, stdin: ["abc"] }).world), 1);
  // sha256 of "abc" (FIPS 180-4, appendix B.1): the same bytes have the same name, however they come.
  assert.deepEqual(seen, ["stdin-ba7816bf8f01cfea", "stdin-ba7816bf8f01cfea"]);
  assert.deepEqual(readdirSync(folder), []);
});

test("standard input that can't be kept is a fault, and nothing is left of it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tofu-cli-"));
  const broken = (async function* () {
    yield new Uint8Array([1]);
    throw new Error("gone");
  })();
  const played = fakeWorld({ env: { TMPDIR: folder } });
  assert.equal(await main(["verify", "-", "--package", "sunpy"], { ...played.world, stdin: broken }), 1);
  assert.equal(played.stderr(), "fault    standard input could not be kept; nothing was judged\n");
  assert.deepEqual(readdirSync(folder), []);
  assert.deepEqual(played.requests, []);
});
