import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmod, chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { loadConfig, loadPolicy } from "../../daemon/config/load.ts";
import { policyFor } from "../../daemon/config/policy-for.ts";
import { parsePackageName } from "../../daemon/core/package-name.ts";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "tofu-config-"));
});
after(() => rm(folder, { recursive: true }));

async function file(name: string, text: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text, { mode: 0o600 });
  return path;
}

const sunpy = parsePackageName("pkg:pypi/sunpy");
assert.ok(sunpy.ok);
const name = sunpy.value;

describe("loadConfig", () => {
  test("goes without files that are not there", async () => {
    const none = { system: join(folder, "none"), user: join(folder, "none", "deeper"), named: false };
    assert.equal(policyFor(await loadConfig(none), name).unsigned, "notice");
  });
  test("a user's file does not loosen the system's", async () => {
    const system = await file("system.toml", `[policy]\nunsigned = "deny"`);
    const user = await file("user.toml", `[policy]\nunsigned = "notice"\nexpired = "decide"`);
    const policy = policyFor(await loadConfig({ system, user, named: false }), name);
    assert.equal(policy.unsigned, "deny");
    assert.equal(policy.expired, "decide");
  });
  test("a file named by hand must be there", async () => {
    const missing = { system: join(folder, "none"), user: join(folder, "missing.toml"), named: true };
    await assert.rejects(loadConfig(missing), { name: "UsageError", message: /there is no file .*missing\.toml/ });
  });
  test("names file and line", async () => {
    const user = await file("bad.toml", "[policy]\nfoo = 1");
    await assert.rejects(loadConfig({ system: join(folder, "none"), user, named: false }), /bad\.toml, line 2: /);
  });

  const refused: readonly { readonly name: string; readonly make: () => Promise<string>; readonly says: RegExp }[] = [
    {
      name: "a file that anyone may write",
      make: async () => {
        const path = await file("open.toml", "");
        await chmod(path, 0o666);
        return path;
      },
      says: /can be written by another user/,
    },
    {
      name: "a pipe, without waiting for its writer",
      make: async () => {
        const path = join(folder, "pipe");
        execFileSync("mkfifo", [path]);
        return path;
      },
      says: /not a regular file/,
    },
    { name: "a folder", make: async () => folder, says: /not a regular file/ },
    { name: "bytes that are no text", make: () => file("latin.toml", Uint8Array.of(0x23, 0xff)), says: /not UTF-8/ },
    { name: "a large file", make: () => file("large.toml", Buffer.alloc(1 << 20, 0xff)), says: /64 KiB/ },
  ];
  for (const row of refused) {
    test(`refuses ${row.name}`, async () => {
      const user = await row.make();
      await assert.rejects(loadConfig({ system: join(folder, "none"), user, named: false }), row.says);
    });
  }
  test("refuses a file of another user", {
    skip: process.getuid?.() !== 0 && "only root can give a file away",
  }, async () => {
    const user = await file("foreign.toml", "");
    await chown(user, 12_345, 0);
    await assert.rejects(loadConfig({ system: join(folder, "none"), user, named: false }), /another user/);
    await loadConfig({ system: join(folder, "none"), user, named: true });
  });
});

describe("loadPolicy", () => {
  test("reads the file, or says that there is none", async () => {
    const path = await file("policy.toml", `[policy]\nfirst-use = "deny"`);
    assert.deepEqual(policyFor(await loadPolicy(path), name).firstUse, { kind: "deny" });
    await assert.rejects(loadPolicy(join(folder, "nothing")), /there is no file/);
  });
});
