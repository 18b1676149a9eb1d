import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { parseConfig } from "../../daemon/config/config.ts";
import { parsePinFile } from "../../daemon/pinfile/parse.ts";
import { PROJECT } from "../checks/places.ts";
import { type BareRoot, bareRoot, cannotUnshare, type RunOptions, type Said } from "./bare-root.ts";
import { type Instruction, readDockerfile, readYaml, recipe, withTeamsPins } from "./recipe.ts";
import { openTeam, PINNED, SETTINGS, STRANGER, type Team } from "./team.ts";

const lacks = (program: string): string | false =>
  spawnSync(program, ["--version"]).error === undefined ? false : `${program} is not installed`;
const skip = cannotUnshare;

/** What a user of the machine runs. */
const TOFU = "/usr/local/bin/tofu";

async function succeeds(saying: Promise<Said>): Promise<Said> {
  const said = await saying;
  assert.equal(said.exit, 0, said.stdout + said.stderr);
  return said;
}

/** A known signer passes, another package is refused; nothing is asked and nothing is written. */
async function assertSeeded(root: BareRoot, options: RunOptions = {}): Promise<void> {
  const verify = (name: string): Promise<Said> =>
    root.run([TOFU, "verify", `/srv/${name}`, "--key", "/srv/KEYS"], options);
  const known = await verify(PINNED);
  assert.deepEqual({ exit: known.exit, stderr: known.stderr }, { exit: 0, stderr: "" }, known.stdout);
  assert.match(known.stdout, /^ok {7}sunpy 6\.0\.4: signer as in \/etc\/tofu\/known_keys/);
  const stranger = await verify(STRANGER);
  assert.equal(stranger.exit, 4, stranger.stdout + stranger.stderr);
  assert.match(stranger.stdout, /^refused {2}ndcube 2\.1\.0: not in this machine's pins, which take no new names\n/);
  assert.match(stranger.stdout, /Next: on a workstation, tofu export ndcube\n$/);
  const json = await root.run([TOFU, "verify", "--json", `/srv/${PINNED}`], options);
  assert.match(json.stdout, /"notices":\[\{"kind":"not-recorded"/);
  assert.match(json.stdout, /"recorded":false/);
}

function machine(t: TestContext): { readonly root: BareRoot; readonly team: Team } {
  const [root, team] = [bareRoot(t), openTeam(t)];
  team.deliver(root, "srv");
  return { root, team };
}

function installTofu(root: BareRoot): void {
  root.write("usr/local/bin/tofu", '#!/bin/sh\nexec node /opt/tofu/dist/cli/tofu.js "$@"\n', 0o755);
}

test("the example's pin file and settings are what tofu reads", () => {
  assert.ok(parsePinFile(Buffer.from(recipe("known_keys"))).ok);
  const config = parseConfig(recipe("config.toml"), "config.toml");
  assert.ok(config.ok);
  assert.deepEqual(config.value.seeds, { minSerial: 42 });
});

test("an image from the Dockerfile takes the team's pins and no others", { skip }, async (t) => {
  const { root, team } = machine(t);
  root.write("context/known_keys", team.knownKeys);
  root.write("context/config.toml", SETTINGS);
  team.deliver(root, "context");
  const instructions = readDockerfile(recipe("Dockerfile"));
  assert.equal(instructions[0]?.word, "FROM");
  for (const instruction of instructions.slice(1)) await build(root, instruction);
  await assertSeeded(root);
});

/** What a container's builder does with one line, in a root that has the base image's programs. */
async function build(root: BareRoot, { word, flags, rest }: Instruction): Promise<void> {
  const shell = (command: string): Promise<Said> => root.run(["sh", "-c", command], { env: { HOME: "/root" } });
  if (word === "RUN") await succeeds(shell(rest));
  else if (word === "COPY") {
    // The project's checkout is there already: it is what the root has in /opt/tofu.
    if (rest === "tofu /opt/tofu") return;
    const mode = flags.find((flag) => flag.startsWith("--chmod="))?.slice("--chmod=".length) ?? "0644";
    const words = rest.split(" ");
    const target = words.at(-1) ?? "";
    await succeeds(
      shell(
        `cd /context && install -d -m 0755 ${target} && install -m ${mode} ${words.slice(0, -1).join(" ")} ${target}`,
      ),
    );
  } else assert.fail(`the recipe has grown a ${word}`);
}

test("cloud-init's own check finds nothing wrong with the user data", { skip: lacks("cloud-init") }, () => {
  const checked = spawnSync("cloud-init", ["schema", "-c", join(PROJECT, "docs/seeding/cloud-init.yaml")], {
    encoding: "utf8",
  });
  assert.equal(checked.status, 0, checked.stdout + checked.stderr);
});

/** cloud-init's module itself, in the root. */
const WRITE_FILES = `
import json, sys
from cloudinit.config.cc_write_files import write_files
write_files("cc_write_files", json.load(open("/tmp/files.json")), "root:root")
`;

test("what cloud-init writes seeds the machine", { skip: skip || lacks("cloud-init") }, async (t) => {
  const { root, team } = machine(t);
  installTofu(root);
  const data = readYaml(withTeamsPins(recipe("cloud-init.yaml"), team));
  assert.ok(isRecord(data) && Array.isArray(data["runcmd"]));
  const { write_files: files, runcmd } = data;
  root.write("tmp/files.json", JSON.stringify(files));
  await succeeds(root.run(["python3", "-c", WRITE_FILES]));
  // In the environment of a boot, which has no home.
  for (const words of runcmd) await succeeds(root.run(["env", "-u", "HOME", ...textsOf(words)]));
  await assertSeeded(root);
});

test("the workflow's steps seed a runner", { skip: skip || lacks("cloud-init") }, async (t) => {
  const { root, team } = machine(t);
  const workflow = readYaml(recipe("github-actions.yml"));
  assert.ok(isRecord(workflow) && isRecord(workflow["jobs"]) && isRecord(workflow["jobs"]["verify"]));
  const { steps } = workflow["jobs"]["verify"];
  assert.ok(Array.isArray(steps));
  // A runner has sudo; here everybody is root. What npm fetches is no matter of the seed.
  root.write("usr/local/bin/sudo", '#!/bin/sh\nexec "$@"\n', 0o755);
  root.write("usr/local/bin/npm", '#!/bin/sh\necho "$*" >> /tmp/npm\n', 0o755);
  root.write("runner/ci/known_keys", team.knownKeys);
  root.write("runner/ci/config.toml", SETTINGS);
  team.deliver(root, "runner/inputs");
  const runs = steps.flatMap((step: unknown) =>
    isRecord(step) && typeof step["run"] === "string" ? [step["run"]] : [],
  );
  assert.equal(runs.length, 3);
  const said: Said[] = [];
  for (const script of runs)
    said.push(
      await succeeds(
        root.run(["bash", "-e", "-o", "pipefail", "-c", script], { cwd: "/runner", binds: { "runner/tofu": PROJECT } }),
      ),
    );
  const asked = await succeeds(root.run(["cat", "/tmp/npm"]));
  assert.equal(asked.stdout, "ci --ignore-scripts --prefix tofu\nrun build --prefix tofu\n");
  assert.match(said.at(-1)?.stdout ?? "", /^ok {7}sunpy 6\.0\.4: /m);
  await assertSeeded(root, { binds: { "runner/tofu": PROJECT } });
});

test("ansible finds nothing wrong with the playbook, and playing it seeds the machine", {
  skip: skip || lacks("ansible-playbook"),
}, async (t) => {
  const { root, team } = machine(t);
  installTofu(root);
  root.write("play/ansible.yml", recipe("ansible.yml"));
  root.write("play/known_keys", team.knownKeys);
  root.write("play/config.toml", SETTINGS);
  const words = ["ansible-playbook", "-i", "localhost,", "-c", "local", "-e", "ansible_become=false", "ansible.yml"];
  const env = { HOME: "/root", ANSIBLE_PYTHON_INTERPRETER: "/usr/bin/python3", ANSIBLE_GATHERING: "explicit" };
  await succeeds(root.run([...words, "--syntax-check"], { cwd: "/play", env }));
  const played = await succeeds(root.run(words, { cwd: "/play", env }));
  assert.match(played.stdout, /changed=2 .*failed=0/);
  const again = await succeeds(root.run(words, { cwd: "/play", env }));
  assert.match(again.stdout, /changed=0 .*failed=0/);
  await assertSeeded(root);
});

test("an older seed than the settings ask for is refused, whoever lays it there", { skip }, async (t) => {
  const root = bareRoot(t);
  const team = openTeam(t, 41);
  team.deliver(root, "srv");
  installTofu(root);
  root.write("etc/tofu/known_keys", team.knownKeys);
  root.write("etc/tofu/config.toml", SETTINGS);
  const said = await root.run([TOFU, "verify", `/srv/${PINNED}`]);
  assert.equal(said.exit, 1);
  assert.match(said.stderr, /^fault {4}this machine's pins can't be used: \/etc\/tofu\/known_keys has serial 41/);
});

test("where nothing can be recorded a first use is a fault, whatever the policy, and so is an unsigned file", {
  skip,
}, async (t) => {
  const { root, team } = machine(t);
  installTofu(root);
  root.write("etc/tofu/known_keys", team.knownKeys);
  root.write("srv/orbit-1.0.tar.gz", "nobody signed this\n");
  for (const words of [[`/srv/${STRANGER}`, "--key", "/srv/KEYS"], ["/srv/orbit-1.0.tar.gz"]]) {
    const said = await root.run([TOFU, "verify", ...words]);
    assert.equal(said.exit, 1, said.stdout + said.stderr);
    assert.match(said.stderr, /^fault {4}can't write in the store's folder \/home\/ci\//);
  }
  assert.equal((await root.run([TOFU, "verify", `/srv/${PINNED}`])).exit, 0);
});

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textsOf(words: unknown): readonly string[] {
  assert.ok(Array.isArray(words));
  return words.map(String);
}
