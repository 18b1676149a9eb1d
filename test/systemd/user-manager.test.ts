import assert from "node:assert/strict";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { drop, openReleasers } from "../watch/scene.ts";
import { asUserWithManager, lacksUserManager } from "./user-manager.ts";

const { by, close } = openReleasers("ann", "eve");
after(close);

/**
 * A day of a new user; each step says its name, then what was answered. The stand-in for notify-send writes where the
 * service may, which the real one, that speaks to the bus, doesn't need.
 */
const DAY = `
step() { echo "== $1"; }
main() { systemctl --user show --value -p MainPID tofu.service; }
mkdir -p Downloads .config/tofu bin
printf '#!/bin/sh\\nprintf "%%s\\\\n" "$*" >>~/.local/state/tofu/notified\\n' >bin/notify-send
chmod +x bin/notify-send
systemctl --user set-environment PATH="$PATH"

step install; tofu service install || exit 1
step status; tofu service status || exit 1
step again; tofu service install
step held; grep -E '^(NoNewPrivs|Seccomp|CapBnd):' /proc/$(main)/status
grep -cE ' /home/user[^ ]* (ro|rw),' /proc/$(main)/mountinfo
step good; cp "$SETTLED"/good/* Downloads/
until tofu list | grep -q orbit; do sleep 0.1; done; tofu list
step bad; cp "$SETTLED"/bad/* Downloads/
until [ -f ~/.local/state/tofu/notified ]; do sleep 0.1; done; cat ~/.local/state/tofu/notified
step here; cp "$SETTLED"/good/* /tmp/ ; tofu verify /tmp/orbit-1.0.tar.gz; echo $?; rm /tmp/orbit-1.0.tar.gz*
step reload; mkdir Inbox; printf '[watch]\\nfolders = ["~/Inbox"]\\n' >.config/tofu/config.toml
systemctl --user reload tofu; echo $?; until tofu status -v | grep watched.*Inbox; do sleep 0.1; done
printf 'nonsense = 1\\n' >.config/tofu/config.toml
systemctl --user reload tofu; tofu status -v | grep watched; rm .config/tofu/config.toml
step killed; before=$(main); systemctl --user kill -s KILL --kill-whom=main tofu.service
tofu list | tail -n 1; [ "$before" != "$(main)" ] && echo another
step stopped; systemctl --user stop tofu.service; main; tofu list | tail -n 1; [ "$(main)" != 0 ] && echo started
step result; systemctl --user show --value -p Result tofu.service
step dropins; mkdir .config/systemd/user/tofu.service.d
for name in no-namespaces no-network; do
  cp /home/tofu/systemd/$name.conf .config/systemd/user/tofu.service.d/x.conf
  systemctl --user daemon-reload; systemctl --user restart tofu; tofu list | tail -n 1
  readlink /proc/$(main)/ns/user /proc/$(main)/ns/net | sort | comm -23 - <(readlink /proc/self/ns/* | sort) | cut -d : -f 1
done
rm -r .config/systemd/user/tofu.service.d; systemctl --user daemon-reload; systemctl --user restart tofu
step doctor; tofu doctor; echo $?
step uninstall; tofu service uninstall; ls .config/systemd/user; tofu list | tail -n 1
systemctl --user exit
`;

test("a user's own manager, from install to uninstall", { skip: lacksUserManager() }, (t) => {
  const settled = mkdtempSync(join(tmpdir(), "tofu-settled-"));
  t.after(() => rmSync(settled, { recursive: true, force: true }));
  const [good, bad] = [join(settled, "good"), join(settled, "bad")];
  for (const folder of [good, bad]) mkdirSync(folder);
  writeFileSync(join(good, "KEYS"), by.ann.certificate);
  drop(good, by.ann.sign("orbit-1.0.tar.gz", "one"));
  writeFileSync(join(bad, "KEYS"), Buffer.concat([by.ann.certificate, by.eve.certificate]));
  drop(bad, by.eve.sign("orbit-1.1.tar.gz", "two"));
  cpSync(good, join(settled, "copy"), { recursive: true });
  chmodSync(settled, 0o755);
  const said = asUserWithManager(DAY, settled);
  const steps = new Map(
    said
      .split(/^== /m)
      .slice(1)
      .map((step) => [step.slice(0, step.indexOf("\n")), step.slice(step.indexOf("\n") + 1)]),
  );
  const of = (name: string): string => steps.get(name) ?? assert.fail(`no step ${name} in ${said}`);
  assert.match(of("install"), /^ok +wrote the units.*tofud\s+starts with your session/s);
  assert.match(of("status"), /^ok +the socket is active, tofud is active/);
  assert.match(of("again"), /are as they should be/);
  assert.match(of("held"), /^CapBnd:\s0+\nNoNewPrivs:\s1\nSeccomp:\s2\n/);
  assert.match(of("good"), /^generic\/orbit +1 +1 /m);
  assert.match(of("bad"), /^[^\n]*tofu refused a file orbit 1\.1 is signed by someone who never signed orbit here\n$/);
  assert.match(of("here"), /^ok +orbit 1\.0: same signer.*\n0\n$/s);
  assert.deepEqual(of("reload").match(/watched.*Inbox/g)?.length, 2);
  assert.match(of("killed"), /orbit.*another/s);
  assert.match(of("stopped"), /^0\n.*orbit.*started/s);
  assert.match(of("result"), /^success$/m);
  // Without namespaces it has those of everybody, without a network two of its own.
  assert.match(of("dropins"), /^\S+orbit[^\n]*\n\S+orbit[^\n]*\nnet\nuser\n$/);
  assert.match(of("doctor"), /\n0\n$/);
  assert.match(of("uninstall"), /^ok +removed.*orbit/s);
});
