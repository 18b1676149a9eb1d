import assert from "node:assert/strict";
import { chmodSync, chownSync, lstatSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ownerShown } from "../daemon/root-owner.ts";
import { lookAt } from "../daemon/watch/look.ts";

describe("whom root's files belong to", () => {
  for (const [where, map, overflow, owner] of [
    ["without namespaces", undefined, undefined, 0],
    ["outside of all", "         0          0 4294967295\n", "65534\n", 0],
    ["where a user is root", "         0       1000          1\n", "65534\n", 0],
    ["where only a user is known", "      1000       1000          1\n", "65534\n", 65534],
    ["where the system has another nobody", "      1000       1000          1\n", "99\n", 99],
    ["where the other nobody can't be asked", "      1000       1000          1\n", undefined, 65534],
    [
      "where others are known",
      "         1     100000      65536\n      1000       1000          1\n",
      "65534\n",
      65534,
    ],
    ["where the map says nothing", "", "65534\n", 0],
  ] as const)
    test(where, () => assert.equal(ownerShown(map, overflow), owner));
});

for (const [mode, kind] of [
  [0o755, "file"],
  [0o775, "none"],
  [0o1777, "none"],
] as const)
  test(`what may be root's counts as ${kind} in a folder of mode ${mode.toString(8)}`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "tofu-owner-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, "orbit-1.0.tar.gz");
    writeFileSync(file, "x");
    if (process.getuid?.() === 0) chownSync(file, 65_534, 65_534);
    chmodSync(folder, mode);
    const owner = lstatSync(file).uid;
    assert.equal((await lookAt(folder, "orbit-1.0.tar.gz", 4242, owner)).kind, kind);
    assert.equal((await lookAt(folder, "orbit-1.0.tar.gz", 4242, 4243)).kind, "none");
    assert.equal((await lookAt(folder, "orbit-1.0.tar.gz", owner, 4243)).kind, "file");
  });
