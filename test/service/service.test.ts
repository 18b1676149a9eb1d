import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { withPriorities } from "../../daemon/json-log.ts";
import type { Answer } from "../../daemon/protocol/answer.ts";
import { askDaemon } from "../../daemon/protocol/client.ts";
import { installService, type ServicePlace, serviceStatus, uninstallService } from "../../daemon/service/service.ts";
import { ownInstallation, renderUnit } from "../../daemon/service/units.ts";
import type { UserManager } from "../../daemon/service/user-manager.ts";
import { PROJECT, TOFUD } from "../checks/places.ts";
import { runtimeFolder, STATUS } from "../server/harness.ts";

/** systemd's own measure (0 to 10) of what a service could still do; none of these may rise. */
const HIGHEST_EXPOSURE = [
  [[], 2.0],
  [["no-network.conf"], 1.4],
  [["no-namespaces.conf"], 6.5],
] as const;
const lacks = (program: string): string | false =>
  spawnSync(program, ["--version"]).status === 0 ? false : `${program} is not installed`;

function placeIn(t: TestContext, manager?: Partial<UserManager>): { place: ServicePlace; calls: string[][] } {
  const folder = runtimeFolder(t);
  const calls: string[][] = [];
  const systemctl: UserManager["systemctl"] = async (...words) => {
    calls.push([...words]);
    return { ok: manager !== undefined, text: "active" };
  };
  const installation = ownInstallation(join(folder, "my state $HOME %h", "tofu"));
  return {
    calls,
    place: { units: join(folder, "systemd", "user"), installation, manager: { systemctl, ...manager } },
  };
}

describe("tofu service", () => {
  test("install writes both units once, and uninstall leaves nothing of its own", async (t) => {
    const { place } = placeIn(t);
    const first = await installService(place);
    assert.match(first.sentence, /^wrote the units/);
    assert.match(first.details.join(), /nothing runs yet; in your session once more: tofu service install/);
    const written = statSync(join(place.units, "tofu.service")).mtimeMs;
    assert.match((await installService(place)).sentence, /are as they should be/);
    assert.equal(statSync(join(place.units, "tofu.service")).mtimeMs, written);
    assert.equal((await serviceStatus(place)).class, "ok");
    mkdirSync(join(place.units, "sockets.target.wants"));
    symlinkSync("../tofu.socket", join(place.units, "sockets.target.wants", "tofu.socket"));
    writeFileSync(join(place.units, "other.service"), "[Unit]\n");
    await uninstallService(place);
    assert.deepEqual(readdirSync(place.units, { recursive: true }).sort(), ["other.service", "sockets.target.wants"]);
    assert.match((await serviceStatus(place)).sentence, /no service is installed/);
    assert.match((await uninstallService(place)).sentence, /nothing to remove/);
  });

  test("a unit that somebody else wrote is neither changed nor removed", async (t) => {
    const { place } = placeIn(t);
    mkdirSync(place.units, { recursive: true });
    writeFileSync(join(place.units, "tofu.service"), "[Unit]\nDescription=mine\n");
    await assert.rejects(installService(place), { code: "config", message: /not written by tofu/ });
    assert.equal(existsSync(join(place.units, "tofu.socket")), false);
    await uninstallService(place);
    assert.equal(readFileSync(join(place.units, "tofu.service"), "utf8"), "[Unit]\nDescription=mine\n");
  });

  test("a unit of an older installation is said, and replaced", async (t) => {
    const { place } = placeIn(t);
    const older = { ...place, installation: { ...place.installation, tofud: "/elsewhere/tofud.js" } };
    await installService(older);
    assert.deepEqual([(await serviceStatus(place)).class, (await serviceStatus(older)).class], ["decide", "ok"]);
    await installService(place);
    assert.equal((await serviceStatus(place)).class, "ok");
  });

  test("where users may make no namespaces, the service does without", async (t) => {
    let dropIn = "";
    const systemctl: UserManager["systemctl"] = async (...words) => ({
      ok: words[0] !== "start" || words[1] !== "tofu.service" || existsSync(dropIn),
      text: words[0] === "show" ? "217" : "active",
    });
    const { place } = placeIn(t, { systemctl });
    dropIn = join(place.units, "tofu.service.d", "no-namespaces.conf");
    assert.match((await installService(place)).details.join(), /users may make no namespaces/);
    assert.match(readFileSync(dropIn, "utf8"), /^PrivateUsers=no$/m);
    assert.match((await serviceStatus(place)).details.join(), /users may make no namespaces/);
    assert.match((await installService(place)).sentence, /are as they should be/);
    await uninstallService(place);
    assert.deepEqual(readdirSync(place.units), []);
  });

  test("another reason not to start is told, and changes nothing", async (t) => {
    const systemctl: UserManager["systemctl"] = async (verb) => ({
      ok: verb !== "start" && verb !== "restart",
      text: verb === "show" ? "1" : "Job for tofu.service failed",
    });
    const { place } = placeIn(t, {
      systemctl: async (...words) => (words[1] === "tofu.socket" ? { ok: true, text: "" } : systemctl(...words)),
    });
    await assert.rejects(installService(place), { code: "config", message: /restart tofu.service failed: Job for/ });
    assert.equal(existsSync(join(place.units, "tofu.service.d")), false);
  });

  test("a drop-in that the user wrote is the user's", async (t) => {
    const { place } = placeIn(t, {});
    const folder = join(place.units, "tofu.service.d");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "no-namespaces.conf"), "[Service]\nPrivateUsers=no\n");
    await installService(place);
    await uninstallService(place);
    assert.deepEqual(readdirSync(folder), ["no-namespaces.conf"]);
  });

  for (const [service, word, said] of [
    ["inactive", "ok", /installed/],
    ["failed", "decide", /journalctl/],
  ] as const)
    test(`status where tofud is ${service}`, async (t) => {
      const systemctl: UserManager["systemctl"] = async (...words) => ({
        ok: !words.includes("is-active") || words.includes("tofu.socket"),
        text: words.includes("tofu.socket") ? "active" : service,
      });
      const { place } = placeIn(t, { systemctl });
      await installService(place);
      const found = await serviceStatus(place);
      assert.equal(found.class, word);
      assert.match(found.details.at(-1) ?? "", said);
    });

  test("where a user manager runs, it is told", async (t) => {
    const { place, calls } = placeIn(t, {});
    await installService(place);
    assert.deepEqual(
      calls.map(([verb]) => verb),
      ["show-environment", "daemon-reload", "stop", "enable", "start", "start"],
    );
    await installService(place);
    assert.equal(calls.filter(([verb]) => verb === "stop").length, 1);
    await uninstallService(place);
    assert.ok(calls.some((words) => words.join(" ") === "disable --now tofu.socket tofu.service"));
  });
});

describe("the units", () => {
  function rendered(t: TestContext): { readonly service: string; readonly runtime: string } {
    const folder = runtimeFolder(t);
    for (const name of ["tofu.socket", "tofu.service"] as const)
      writeFileSync(join(folder, name), renderUnit(name, ownInstallation(join(folder, "my state"))));
    return { service: join(folder, "tofu.service"), runtime: folder };
  }
  const env = (runtime: string): NodeJS.ProcessEnv => ({ ...process.env, XDG_RUNTIME_DIR: runtime, LANG: "C.UTF-8" });

  test("mean the same to systemd as to us", { skip: lacks("systemd-analyze") }, (t) => {
    const { service, runtime } = rendered(t);
    const files = [service, join(runtime, "tofu.socket")];
    const words = ["--user", "--man=no", "--generators=no", "verify", ...files];
    const said = spawnSync("systemd-analyze", words, { env: env(runtime), encoding: "utf8" });
    assert.equal(said.stderr, "");
    assert.equal(said.status, 0);
  });

  for (const [dropIns, highest] of HIGHEST_EXPOSURE)
    test(`with ${dropIns.length === 0 ? "no drop-in" : dropIns.join()} leave a service ${highest} of 10 to do harm with`, {
      skip: lacks("systemd-analyze"),
    }, (t) => {
      const { service, runtime } = rendered(t);
      const folder = join(runtime, "tofu.service.d");
      mkdirSync(folder);
      for (const name of dropIns) copyFileSync(join(PROJECT, "systemd", name), join(folder, name));
      const words = ["--offline=true", "--no-pager", "security", service];
      const said = spawnSync("systemd-analyze", words, { env: env(runtime), encoding: "utf8" });
      assert.equal(said.stderr, "");
      const exposure = Number(/exposure level for tofu\.service: ([\d.]+)/.exec(said.stdout)?.[1]);
      assert.ok(exposure > 0 && exposure <= highest, `${exposure}`);
    });

  test("a socket that systemd itself hands over starts tofud with the first question", {
    skip: lacks("systemd-socket-activate"),
  }, async (t) => {
    const folder = runtimeFolder(t);
    mkdirSync(join(folder, "tofu"), { mode: 0o700 });
    const socketPath = join(folder, "tofu", "socket");
    const flags = ["--disable-proto=delete", "--disallow-code-generation-from-strings"];
    const command = [
      "systemd-socket-activate",
      "-l",
      socketPath,
      "-E",
      `HOME=${folder}`,
      "-E",
      `XDG_RUNTIME_DIR=${folder}`,
    ];
    const words = [...command, process.execPath, ...flags, TOFUD];
    const child = spawn("sh", ["-c", 'umask 0177; exec "$@"', "sh", ...words], { stdio: ["ignore", "pipe", "pipe"] });
    t.after(() => child.kill("SIGKILL"));
    child.stdout.resume();
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    while (!/Listening on/.test(said)) await once(child.stderr, "data");
    // What SocketMode says in the unit, and this tool has no option for.
    chmodSync(socketPath, 0o600);
    const told: Answer[] = [];
    const tell = (answer: Answer): void => void told.push(answer);
    const exit = await askDaemon({ socketPath, request: STATUS, tell, connectTimeoutMs: 10_000 });
    assert.deepEqual([exit, told[0]?.type], [0, "status"]);
    child.kill("SIGTERM");
    await once(child, "close");
    assert.ok(existsSync(socketPath));
  });
});

test("lines carry their priority where the journal reads stderr, and only there", () => {
  for (const [stream, prefix] of [
    ["7:9", "<4>"],
    ["7:8", ""],
    [undefined, ""],
  ] as const) {
    let written = "";
    const sink = {
      write: (text: string) => {
        written += text;
      },
    };
    const line = '{"level":"warn","msg":"store"}\n';
    withPriorities(sink, { JOURNAL_STREAM: stream }, { dev: 7, ino: 9 }).write(line);
    assert.equal(written, prefix + line);
  }
});
