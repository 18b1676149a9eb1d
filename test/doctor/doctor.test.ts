import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { checkClock, checkNode } from "../../daemon/doctor/machine.ts";
import type { Answer, CheckLine } from "../../daemon/protocol/answer.ts";
import { TOFU, TOFUD } from "../checks/places.ts";
import { appendOf, forget, sunpy } from "../journal/kit.ts";
import { openStoreIn } from "../journal/scratch.ts";
import { runtimeFolder } from "../server/harness.ts";

interface Home {
  readonly env: NodeJS.ProcessEnv;
  readonly store: string;
  readonly folder: string;
}

async function home(t: TestContext, { events = 3 } = {}): Promise<Home> {
  const folder = runtimeFolder(t);
  const state = join(folder, "state", "tofu");
  const store = join(state, "store");
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const env = {
    PATH: process.env["PATH"],
    HOME: folder,
    LANG: "C.UTF-8",
    XDG_RUNTIME_DIR: folder,
    XDG_STATE_HOME: join(folder, "state"),
    XDG_CONFIG_HOME: join(folder, "config"),
  };
  const journal = await openStoreIn(store);
  for (let n = 0; n < events; n += 1) await journal.append(appendOf(sunpy, n, [forget(`${n}`)]));
  await journal.close();
  return { env, store, folder };
}

function tofu(
  env: NodeJS.ProcessEnv,
  ...words: readonly string[]
): { exit: number | null; answers: readonly Answer[] } {
  const { status, stdout } = spawnSync(process.execPath, [TOFU, "--json", ...words], { env, encoding: "utf8" });
  return {
    exit: status,
    answers: stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Answer),
  };
}

function checks(answers: readonly Answer[], name: string): readonly CheckLine[] {
  return answers.filter((answer): answer is CheckLine => answer.type === "check" && answer.check === name);
}

async function daemon(t: TestContext, env: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn(process.execPath, [TOFUD], { env, stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  await once(child.stdout, "data");
}

function current(store: string): string {
  return join(store, "journal", "CURRENT");
}

describe("tofu doctor", () => {
  for (const withDaemon of [false, true])
    test(`a sound set-up, ${withDaemon ? "through the daemon" : "without a daemon"}`, async (t) => {
      const { env } = await home(t);
      if (withDaemon) await daemon(t, env);
      const { exit, answers } = tofu(env, "doctor");
      assert.deepEqual([exit, checks(answers, "journal")[0]?.sentence], [0, "journal unbroken (3 events, 1 package)"]);
      assert.match(checks(answers, "daemon")[0]?.sentence ?? "", withDaemon ? /^tofud answers/ : /^no tofud runs/);
    });

  const rows: readonly {
    readonly name: string;
    readonly damage: (home: Home) => void;
    readonly check: string;
    readonly exit: number;
    readonly says: RegExp;
    readonly remedy: RegExp;
  }[] = [
    {
      name: "a store that can't be opened",
      damage: ({ store }) => truncateSync(current(store), 0),
      check: "journal",
      exit: 4,
      says: /damaged/,
      remedy: /tofu doctor --repair/,
    },
    {
      name: "a store that others can read",
      damage: ({ store }) => chmodSync(store, 0o750),
      check: "store",
      exit: 4,
      says: /^group \d+ can get at/,
      remedy: /^chmod 0700 /,
    },
    {
      name: "an anchor that others can read",
      damage: ({ store }) => chmodSync(`${store}.anchor`, 0o644),
      check: "store",
      exit: 4,
      says: /^every user can get at/,
      remedy: /^chmod 0600 /,
    },
    {
      name: "a folder above in which others can exchange the store",
      damage: ({ store }) => chmodSync(join(store, ".."), 0o770),
      check: "store",
      exit: 4,
      says: /exchange/,
      remedy: /^chmod go-w/,
    },
    {
      name: "a wrong configuration",
      damage: ({ folder }) => {
        mkdirSync(join(folder, "config", "tofu"), { recursive: true });
        writeFileSync(join(folder, "config", "tofu", "config.toml"), "[polcy]\n", { mode: 0o600 });
      },
      check: "config",
      exit: 1,
      says: /line 1/,
      remedy: /^edit /,
    },
    {
      name: "a missing anchor",
      damage: ({ store }) => writeFileSync(`${store}.anchor`, "x", { mode: 0o600 }),
      check: "journal",
      exit: 3,
      says: /unbroken/,
      remedy: /^$/,
    },
    {
      name: "a file in the socket's place",
      damage: ({ folder }) => {
        mkdirSync(join(folder, "tofu"), { mode: 0o700 });
        writeFileSync(join(folder, "tofu", "socket"), "");
      },
      check: "daemon",
      exit: 4,
      says: /is not a socket/,
      remedy: /tofud/,
    },
    {
      name: "an anchor that is a link",
      damage: ({ store, folder }) => {
        renameSync(`${store}.anchor`, join(folder, "elsewhere"));
        symlinkSync(join(folder, "elsewhere"), `${store}.anchor`);
      },
      check: "journal",
      exit: 4,
      says: /is a link/,
      remedy: /^mend that, or name another folder: --store/,
    },
  ];
  for (const { name, damage, check, exit, says, remedy } of rows)
    test(`${name}: one line, one remedy`, async (t) => {
      const place = await home(t);
      damage(place);
      const found = tofu(place.env, "doctor");
      assert.equal(found.exit, exit, JSON.stringify(found.answers));
      const [line] = checks(found.answers, check);
      assert.match(line?.sentence ?? "", says);
      assert.match(line?.remedy ?? "", remedy);
      for (const answer of found.answers)
        if (answer.type === "check" && answer.class !== "ok")
          assert.ok(answer.remedy, `${answer.check} names no remedy: ${answer.sentence}`);
    });

  test("repairs a damaged store only when told to, and the repaired one says so in status", async (t) => {
    const { env, store } = await home(t);
    truncateSync(current(store), 0);
    writeFileSync(`${store}.anchor`, "garbled", { mode: 0o600 });
    tofu(env, "doctor");
    assert.equal(readFileSync(current(store), "utf8"), "");
    const { exit, answers } = tofu(env, "doctor", "--repair");
    assert.equal(exit, 3, JSON.stringify(answers));
    assert.match(checks(answers, "repair")[0]?.sentence ?? "", /3 events of 1 packages are back; nobody can say/);
    assert.ok(readdirSync(join(store, "..")).some((name) => name.startsWith("store.damaged-")));
    const status = tofu(env, "status").answers[0];
    assert.ok(status?.type === "status");
    assert.match(status.you[0]?.sentence ?? "", /^the store was repaired on/);
    assert.match(checks(tofu(env, "doctor", "--repair").answers, "repair")[0]?.sentence ?? "", /nothing to repair/);
  });

  test("does not repair under a daemon's feet", async (t) => {
    const { env } = await home(t);
    await daemon(t, env);
    const { exit, answers } = tofu(env, "doctor", "--repair");
    assert.deepEqual([exit, checks(answers, "repair")[0]?.class], [1, "fault"]);
  });
});

describe("tofu journal copy", () => {
  for (const withDaemon of [false, true])
    test(withDaemon ? "while a daemon runs" : "without a daemon", async (t) => {
      const { env, folder } = await home(t);
      if (withDaemon) await daemon(t, env);
      const target = join(folder, "backup");
      assert.equal(tofu(env, "journal", "copy", target).exit, 0);
      const list = tofu({ ...env, TOFU_STORE: target }, "status").answers[0];
      assert.ok(list?.type === "status" && list.events === 3);
      assert.equal(tofu(env, "journal", "copy", target).exit, 2);
      assert.ok(existsSync(`${target}.anchor`));
    });
});

test("the clock is held against what the store last saw", async (t) => {
  const { store } = await home(t);
  const year = 365 * 86_400_000;
  const now = Date.UTC(2026, 10, 21);
  assert.equal((await checkClock(store, Date.UTC(1999, 0, 1))).class, "fault");
  assert.equal((await checkClock(store, now)).class, "ok");
  assert.equal((await checkClock(store, now + 20 * year)).class, "decide");
  assert.equal((await checkClock(`${store}-none`, now + 20 * year)).class, "ok");
});

test("Node is new enough from 20.19 on", () => {
  const classes = ["18.20.0", "20.18.3", "20.19.0", "22.1.0"].map((version) => checkNode(version).class);
  assert.deepEqual(classes, ["fault", "fault", "ok", "ok"]);
});

test("whom a first use is compared with is told, and a source that is not there is a question", async (t) => {
  const { env, folder } = await home(t);
  mkdirSync(join(folder, "config", "tofu"), { recursive: true });
  const file = join(folder, "config", "tofu", "config.toml");
  const told = (): readonly (readonly [string, string])[] =>
    checks(tofu(env, "doctor").answers, "witnesses").map((found) => [found.class, found.sentence]);
  assert.deepEqual(told(), []);
  writeFileSync(join(folder, "pins"), "");
  writeFileSync(file, `[witnesses]\npin-files = ["~/pins"]\ngit-clones = ["~/gone"]\nwkd = true\n`, { mode: 0o600 });
  assert.deepEqual(told(), [
    ["ok", "a first use is compared with 1 pin file, 1 git clone, WKD; those on the network only once it is enabled"],
    ["decide", `${join(folder, "gone")} can't be read, so it is no witness`],
  ]);
  writeFileSync(file, `[network]\nenabled = true\n[witnesses]\nwkd = true\n`, { mode: 0o600 });
  assert.deepEqual(told(), [["ok", "a first use is compared with WKD"]]);
});
