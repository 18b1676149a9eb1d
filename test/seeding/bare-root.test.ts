import assert from "node:assert/strict";
import { test } from "node:test";
import { bareRoot, cannotUnshare } from "./bare-root.ts";

test("the root is a machine of its own: no network, a home that nobody can write", {
  skip: cannotUnshare,
}, async (t) => {
  const root = bareRoot(t);
  const version = await root.run(["node", "/opt/tofu/dist/cli/tofu.js", "--version"]);
  assert.deepEqual({ exit: version.exit, stderr: version.stderr }, { exit: 0, stderr: "" });
  const home = await root.run(["touch", "/home/ci/file"]);
  assert.match(home.stderr, /Read-only file system/);
  const links = await root.run(["node", "-p", "Object.keys(os.networkInterfaces()).length"]);
  assert.equal(links.stdout, "0\n");
});
