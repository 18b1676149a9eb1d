import assert from "node:assert/strict";
import { test } from "node:test";
import { DAY_MS, formatDate, unixMs } from "../../daemon/core/time.ts";
import { realHome } from "../cli/real-home.ts";
import { bareRoot, cannotUnshare } from "./bare-root.ts";
import { openTeam, PINNED, SETTINGS, STRANGER } from "./team.ts";

test("what one machine exports seeds a clean one that takes no first uses", { skip: cannotUnshare }, async (t) => {
  const [workstation, team, root] = [realHome(t), openTeam(t), bareRoot(t)];
  const file = team.path(PINNED);
  const first = await workstation.tofu("verify", file, "--package", "pypi/sunpy", "--key", team.certificate);
  assert.match(first.stdout, /^ok {7}sunpy 6\.0\.4: first signature seen/, first.stderr);
  const until = formatDate(unixMs(Date.now() + 90 * DAY_MS));
  const exported = await workstation.tofu("export", "pypi/sunpy", "--serial", "42", "--expires", until);
  assert.equal(exported.exit, 0, exported.stderr);

  root.write("etc/tofu/known_keys", exported.stdout);
  root.write("etc/tofu/config.toml", SETTINGS);
  team.deliver(root, "srv");
  // The command itself, not a script around it; the certificate came with the pin file.
  const verify = (...words: readonly string[]) => root.run(["node", "/opt/tofu/dist/cli/tofu.js", "verify", ...words]);
  const known = await verify(`/srv/${PINNED}`);
  assert.deepEqual({ exit: known.exit, stderr: known.stderr }, { exit: 0, stderr: "" }, known.stdout);
  assert.match(known.stdout, /^ok {7}sunpy 6\.0\.4: signer as in \/etc\/tofu\/known_keys, imported with 1 release\n$/);
  const stranger = await verify(`/srv/${STRANGER}`, "--key", "/srv/KEYS");
  assert.equal(stranger.exit, 4);
  assert.match(stranger.stdout, /not in this machine's pins, which take no new names/);
  assert.match(stranger.stdout, /Next: on a workstation, tofu export ndcube\n$/);
  // Other bytes under the name that the workstation saw are no matter of taste.
  root.write(`srv/${PINNED}`, "other bytes\n");
  const changed = await verify(`/srv/${PINNED}`);
  assert.equal(changed.exit, 5, changed.stdout);
});
