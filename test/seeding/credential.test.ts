import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { PROJECT } from "../checks/places.ts";
import { type BareRoot, bareRoot } from "./bare-root.ts";

const UNIT = join(PROJECT, "systemd/tofu-seed.service");
const SYSTEMD = "/lib/systemd/systemd";
const PINS = "pkg:pypi/sunpy openpgp:AEA08C8DE882D15EB8590DC028B8B19AD578A535\n";
const BOOT_LIMIT_MS = 30_000;

const cannotAnalyze =
  spawnSync("systemd-analyze", ["--version"]).status === 0 ? false : "systemd-analyze is not installed";
/** A manager of the whole machine needs its own control groups: that takes root, and a systemd. */
const cannotBoot =
  existsSync(SYSTEMD) &&
  process.getuid?.() === 0 &&
  spawnSync("unshare", ["--pid", "--mount-proc", "--cgroup", "--fork", "true"]).status === 0
    ? false
    : "only root can start a systemd in namespaces of its own";

/** Ends the machine after the unit, however that went. */
const END = `[Unit]
DefaultDependencies=no
After=tofu-seed.service
Wants=tofu-seed.service
[Service]
Type=oneshot
ExecStart=/usr/bin/systemctl --force --force poweroff
`;

/**
 * What a manager of containers does: everything mounted, the credential in a folder that $CREDENTIALS_DIRECTORY names
 * (systemd's CONTAINER_INTERFACE). Without a shared /run, systemd 252 leaves a unit's folder of credentials empty.
 */
const BOOT = `set -e
for name in bin sbin lib lib64 share; do [ ! -d /usr/$name ] || mount --rbind /usr/$name "$0/usr/$name"; done
mount --rbind /dev "$0/dev"
mkdir -p "$0/proc" "$0/sys" "$0/run"
mount -t proc proc "$0/proc"
mount --rbind /sys "$0/sys"
mount -t tmpfs tmpfs "$0/run"
mount --make-shared "$0/run"
[ ! -e "$0/credential" ] || install -D -m 0600 "$0/credential" "$0/run/given/tofu.known_keys"
exec chroot "$0" /usr/bin/env -i container=test CREDENTIALS_DIRECTORY=/run/given PATH=/usr/bin:/bin ${SYSTEMD} --unit=end.service --log-target=console
`;

function boot(root: BareRoot): string {
  root.write("etc/systemd/system/tofu-seed.service", readFileSync(UNIT));
  root.write("etc/systemd/system/end.service", END);
  root.write("etc/machine-id", `${"0123456789abcdef".repeat(2)}\n`);
  const namespaces = ["--pid", "--mount", "--cgroup", "--uts", "--ipc", "--net", "--fork", "--kill-child"];
  const ended = spawnSync("unshare", [...namespaces, "sh", "-c", BOOT, root.folder], {
    encoding: "utf8",
    timeout: BOOT_LIMIT_MS,
    killSignal: "SIGKILL",
  });
  return `${ended.stdout}${ended.stderr}`;
}

test("systemd finds nothing wrong with tofu-seed.service", { skip: cannotAnalyze }, () => {
  const checked = spawnSync("systemd-analyze", ["verify", "--man=no", UNIT], { encoding: "utf8" });
  assert.deepEqual({ status: checked.status, said: checked.stdout + checked.stderr }, { status: 0, said: "" });
});

test("a booted machine's credential becomes its pins, root's alone", { skip: cannotBoot }, (t) => {
  const root = bareRoot(t);
  root.write("credential", PINS);
  root.write("etc/tofu/known_keys", "the seed of an earlier boot\n");
  const said = boot(root);
  const seed = join(root.folder, "etc/tofu/known_keys");
  assert.equal(readFileSync(seed, "utf8"), PINS, said);
  const { uid, gid, mode } = statSync(seed);
  assert.deepEqual({ uid, gid, mode: mode & 0o7777 }, { uid: 0, gid: 0, mode: 0o644 });
  assert.equal(existsSync(`${seed}.new`), false);
});

test("a machine without the credential keeps what it has", { skip: cannotBoot }, (t) => {
  const root = bareRoot(t);
  root.write("etc/tofu/known_keys", PINS);
  const said = boot(root);
  assert.equal(readFileSync(join(root.folder, "etc/tofu/known_keys"), "utf8"), PINS, said);
  assert.doesNotMatch(said, /failed/i);
});
