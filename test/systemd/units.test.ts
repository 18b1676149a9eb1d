import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readFileSync, watch, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { PROJECT, TOFUD } from "../checks/places.ts";
import { realHome } from "../cli/real-home.ts";

const UNITS = ["tofu.socket", "tofu.service"] as const;

/** @returns a reason to skip where the program is not installed. */
function needs(program: string): { readonly skip: string | false } {
  return { skip: spawnSync(program, ["--version"]).status !== 0 && `${program} is not installed` };
}

function read(unit: (typeof UNITS)[number]): string {
  return readFileSync(join(PROJECT, "systemd", unit), "utf8");
}

describe("the units of a user's service manager", () => {
  test("are understood to the last word", needs("systemd-analyze"), (t) => {
    const { folder, env } = realHome(t);
    // Where nobody installed tofu, the program is named whole: the manager looks whether it is there.
    const installed = read("tofu.service").replace(/^ExecStart=tofud$/m, `ExecStart=${process.execPath} ${TOFUD}`);
    writeFileSync(join(folder, "tofu.service"), installed);
    writeFileSync(join(folder, "tofu.socket"), read("tofu.socket"));
    const paths = UNITS.map((unit) => join(folder, unit));
    const { status, stdout, stderr } = spawnSync("systemd-analyze", ["verify", "--user", ...paths], {
      env,
      encoding: "utf8",
    });
    assert.deepEqual([status, stdout, stderr], [0, "", ""]);
  });

  test("let nobody else speak to tofud", () => {
    for (const line of ["ListenStream=%t/tofu/socket", "SocketMode=0600", "DirectoryMode=0700"])
      assert.match(read("tofu.socket"), new RegExp(`^${line}$`, "m"));
  });

  test("ask for nothing that would show tofud other files than whoever asks, or that kills it", () => {
    const settings = [...read("tofu.service").matchAll(/^([A-Za-z]+)=/gm)].map(([, name]) => name);
    // V8 compiles while it runs (MemoryDenyWriteExecute); requests name files in /tmp (PrivateTmp).
    for (const wrong of ["PrivateTmp", "MemoryDenyWriteExecute"]) assert.ok(!settings.includes(wrong), wrong);
  });
});

test(
  "the first question starts tofud, which leaves the socket to its manager",
  needs("systemd-socket-activate"),
  async (t) => {
    const home = realHome(t);
    mkdirSync(dirname(home.socket), { mode: 0o700 });
    const passed = ["XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME"].flatMap((name) => ["-E", name]);
    const words = ["-l", home.socket, ...passed, process.execPath, TOFUD];
    const watcher = watch(dirname(home.socket));
    const made = once(watcher, "change");
    const manager = spawn("systemd-socket-activate", words, {
      env: home.env,
      stdio: "ignore",
    });
    const ended = once(manager, "close");
    t.after(() => manager.kill("SIGKILL"));
    await made;
    watcher.close();
    // This tool opens its socket to everybody; a socket unit says SocketMode=.
    chmodSync(home.socket, 0o600);
    const { exit, stdout, stderr } = await home.tofu("status", "--json");
    assert.deepEqual([exit, stderr], [0, ""]);
    const answer: { readonly daemon?: { readonly pid: number } } = JSON.parse(stdout);
    assert.equal(answer.daemon?.pid, manager.pid);
    manager.kill("SIGTERM");
    assert.deepEqual(await ended, [0, null]);
    assert.ok(existsSync(home.socket));
  },
);
