import assert from "node:assert/strict";
import { test } from "node:test";
import { bareRoot, cannotUnshare } from "./bare-root.ts";
import { openTeam, PINNED, SETTINGS, STRANGER } from "./team.ts";

/** Questions about a machine that was just seeded; then about the same one when its pins are gone. */
const QUESTIONS = `
ask() { tofu "$@" 2>&1; echo "exit $?"; }
questions() {
  ask verify --json /srv/${PINNED}
  ask verify --json --key /srv/KEYS /srv/${STRANGER}
  ask list --json
  ask resolve --json pypi/sunpy --keep mine --because nothing
  mv /etc/tofu/known_keys /etc/tofu/was
  ask verify --json /srv/${PINNED}
  mv /etc/tofu/was /etc/tofu/known_keys
  chmod 0666 /etc/tofu/known_keys
  ask verify --json /srv/${PINNED}
  chmod 0644 /etc/tofu/known_keys
}
mkdir -p -m 0700 "$HOME" "$HOME/run"
`;

const ALONE = `${QUESTIONS} questions`;
const WITH_DAEMON = `${QUESTIONS}
node /opt/tofu/dist/daemon/tofud.js > "$HOME/ready" 2> "$HOME/log" &
daemon=$!
until [ -s "$HOME/ready" ] || ! kill -0 $daemon; do sleep 0.1; done
questions
tofu status --json | grep -c '"daemon":'
chmod 0666 /etc/tofu/known_keys
kill -HUP $daemon
until grep -q machine-pins-unusable "$HOME/log" || ! kill -0 $daemon; do sleep 0.1; done
grep -c '"files":1,"packages":1' "$HOME/log"
kill $daemon; wait $daemon
`;

test("a seeded machine answers the same with a daemon, which notices when its pins change", {
  skip: cannotUnshare,
}, async (t) => {
  const root = bareRoot(t);
  const team = openTeam(t);
  team.deliver(root, "srv");
  root.write("usr/local/bin/tofu", '#!/bin/sh\nexec node /opt/tofu/dist/cli/tofu.js "$@"\n', 0o755);
  root.write("etc/tofu/known_keys", team.knownKeys);
  root.write("etc/tofu/config.toml", SETTINGS);
  const run = (home: string, script: string) =>
    root.run(["sh", "-c", script], {
      env: { HOME: home, XDG_RUNTIME_DIR: `${home}/run`, XDG_STATE_HOME: `${home}/state` },
    });
  const alone = await run("/root/alone", ALONE);
  const daemon = await run("/root/daemon", WITH_DAEMON);
  assert.match(daemon.stdout, /\n1\n1\n$/, daemon.stderr);
  const timeless = (text: string): string => text.replace(/"last":"[^"]*"/g, '"last":"now"');
  assert.equal(timeless(daemon.stdout.replace(/\n1\n1\n$/, "\n")), timeless(alone.stdout), daemon.stderr);
  const exits = [...alone.stdout.matchAll(/^exit (\d)$/gm)].map(([, exit]) => Number(exit));
  assert.deepEqual(exits, [0, 4, 0, 2, 4, 1], alone.stdout);
});
