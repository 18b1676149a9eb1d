import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PROJECT } from "../checks/places.ts";

/** A user that no machine has: nothing of anybody's can be touched. */
const UID = 42_421;
const TIMEOUT_MS = 240_000;
/** What systemd itself lays out under /run at boot, and looks for. */
const BOOTED = "/run/systemd/system /run/systemd/unit-root /run/systemd/incoming /run/systemd/propagate";

/** As root, in namespaces of its own: nothing of this is seen outside, and all of it ends with the script. */
const AS_ROOT = `set -e
mount -t proc proc /proc
mount -t tmpfs tmpfs /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p ${BOOTED} /run/user
install -d -o ${UID} -g ${UID} -m 0700 /run/user/${UID}
mount -t tmpfs -o mode=755 tmpfs /home
install -d -o ${UID} -g ${UID} -m 0700 /home/user
# A checkout, or a node, in somebody's closed home is still to be seen.
mkdir /home/tofu
mount --bind "$PROJECT" /home/tofu
touch /home/node
mount --bind "$NODE" /home/node
exec setpriv --reuid ${UID} --regid ${UID} --clear-groups env -i PATH=/home/user/bin:/usr/bin:/bin \\
  HOME=/home/user XDG_RUNTIME_DIR=/run/user/${UID} LANG=C.UTF-8 SETTLED="$SETTLED" bash "$SCRIPT"
`;

const AS_USER = `set -u
cd "$HOME"
/lib/systemd/systemd --user >manager.log 2>&1 &
until systemctl --user is-system-running --wait >/dev/null 2>&1; do
  [ "$(systemctl --user is-system-running 2>/dev/null)" = degraded ] && break
  kill -0 $! || { cat manager.log; exit 97; }
done
tofu() { /home/node /home/tofu/dist/cli/tofu.js "$@"; }
`;

/**
 * Runs a script as a user with a service manager of its own, `tofu` being the one of this checkout.
 *
 * @param settled - a folder that the script finds as `$SETTLED`, readable.
 * @returns what the script wrote.
 * @throws Error with everything that was said, if it didn't end with 0.
 */
export function asUserWithManager(script: string, settled: string): string {
  const folder = mkdtempSync(join(tmpdir(), "tofu-manager-"));
  const group = `tofu-test-${process.pid}`;
  try {
    chmodSync(folder, 0o755);
    const file = join(folder, "script");
    writeFileSync(file, AS_USER + script, { mode: 0o644 });
    // A manager needs a control group of its own below which it makes those of its services.
    const grouped = `set -e
for top in /sys/fs/cgroup/unified /sys/fs/cgroup; do [ -f $top/cgroup.procs ] && break; done
mkdir $top/${group}
trap 'find $top/${group} -depth -type d -exec rmdir {} + || true' EXIT
(echo $BASHPID >$top/${group}/cgroup.procs; chown -R ${UID} $top/${group}
exec timeout --kill-after 5 ${TIMEOUT_MS / 1000} unshare --mount --pid --fork --kill-child --cgroup --propagation private bash -c "$AS_ROOT")`;
    const env = { ...process.env, AS_ROOT, PROJECT, NODE: process.execPath, SCRIPT: file, SETTLED: settled };
    const said = spawnSync("bash", ["-c", grouped], { env, encoding: "utf8", timeout: 2 * TIMEOUT_MS });
    if (said.status !== 0) throw new Error(`ended with ${said.status ?? said.signal}\n${said.stdout}\n${said.stderr}`);
    return said.stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns why none can be started here, or `false`. */
export function lacksUserManager(): string | false {
  if (process.getuid?.() !== 0) return "only root can start a user manager in namespaces of its own";
  if (spawnSync("systemctl", ["--version"]).status !== 0) return "systemd is not installed";
  const words = ["--mount", "--pid", "--fork", "--cgroup", "bash", "-c"];
  const trial = spawnSync("unshare", [
    ...words,
    "mount -t tmpfs tmpfs /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup",
  ]);
  return trial.status === 0 ? false : "no namespaces, or no cgroup2, can be had here";
}
