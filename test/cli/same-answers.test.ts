import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { appendFileSync, copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { PROJECT, TOFUD } from "../checks/places.ts";
import { type RealHome, realHome } from "./real-home.ts";

const RELEASES = join(PROJECT, "test/corpus/releases");
const PAUL = "7100AADFAE6E6E940D2E0AD655E45A5AE8CA7C8A";
const WHY = ["--because", "named in the README"];

/** A user's day: everything that the two ways of answering could tell differently. */
const SEQUENCE: readonly (readonly string[])[] = [
  ["list"],
  ["status"],
  ["why", "libseccomp"],
  ["verify", "libseccomp-2.5.4.tar.gz", "--dry-run"],
  ["verify", "libseccomp-2.5.4.tar.gz"],
  ["verify", "libseccomp-2.5.4.tar.gz", "ccid-1.6.2.tar.xz", "gone-1.0.tar.gz"],
  ["verify", "libseccomp-2.6.0.tar.gz"],
  ["verify", "ccid-1.8.4.tar.xz"],
  ["verify", "libseccomp-2.5.5.tar.gz", "--signature", "libseccomp-2.5.4.tar.gz.asc"],
  ["verify", "thing.bin"],
  ["verify", "thing.bin", "--package", "generic/thing", "--release", "1"],
  ["why", "libseccomp", "2.6.0"],
  ["trust", "libseccomp", "7100AADF", ...WHY],
  ["trust", "libseccomp", PAUL, ...WHY],
  ["verify", "libseccomp-2.6.0.tar.gz"],
  ["require", "ccid", "--release-threshold", "2", ...WHY],
  ["verify", "ccid-1.8.4.tar.xz"],
  ["key", "show", PAUL],
  ["key", "show", "libseccomp.keys"],
  ["key", "import", "libseccomp.keys"],
  ["distrust", "libseccomp", PAUL, ...WHY],
  ["forget", "ccid", ...WHY],
  ["verify", "ccid-1.6.2.tar.xz"],
  ["why", "libseccomp"],
  ["why", "nosuch"],
  ["list"],
  ["status"],
  ["log"],
  ["log", "--since", "2026-01-01"],
  ["completion", "words", "--", "why", "lib"],
];

/** Two small series, named as their projects name them. */
function prepared(t: TestContext): RealHome {
  const home = realHome(t);
  for (const [name, version, end] of [
    ["libseccomp", "2.5.4", "gz"],
    ["libseccomp", "2.6.0", "gz"],
    ["ccid", "1.6.2", "xz"],
    ["ccid", "1.8.4", "xz"],
  ] as const) {
    const from = join(RELEASES, name, version, `${name}_${version}.orig.tar.${end}`);
    const to = join(home.folder, `${name}-${version}.tar.${end}`);
    copyFileSync(from, to);
    copyFileSync(`${from}.asc`, `${to}.asc`);
    copyFileSync(join(RELEASES, name, version, "keyring.asc"), join(home.folder, `${name}.keys`));
  }
  // Beside the releases, under the name that is looked for there.
  for (const name of ["libseccomp.keys", "ccid.keys"])
    appendFileSync(join(home.folder, "KEYS"), readFileSync(join(home.folder, name)));
  const altered = join(home.folder, "libseccomp-2.5.5.tar.gz");
  copyFileSync(join(home.folder, "libseccomp-2.5.4.tar.gz"), altered);
  appendFileSync(altered, "x");
  appendFileSync(join(home.folder, "thing.bin"), "nothing signed");
  return home;
}

interface Told {
  readonly words: string;
  readonly exit: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Plays the sequence; what must differ (places, times of this run, the daemon itself) is made the same. */
async function play(home: RealHome): Promise<readonly Told[]> {
  const startedAt = Date.now();
  const same = (text: string): string =>
    text
      .replaceAll(home.folder, "HOME")
      .replaceAll(/"daemon":\{[^}]*\},/g, "")
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (time) => (Date.parse(time) >= startedAt ? "NOW" : time));
  const told: Told[] = [];
  for (const words of SEQUENCE) {
    const json = words[0] === "completion" ? [] : ["--json"];
    const { exit, stdout, stderr } = await home.tofu(...json, ...words);
    told.push({ words: words.join(" "), exit, stdout: same(stdout), stderr: same(stderr) });
  }
  return told;
}

/** A real daemon, with its log where nobody looks; it is stopped, and must stop well, when the test is over. */
async function startDaemon(t: TestContext, { env }: RealHome): Promise<void> {
  const child = spawn(process.execPath, [TOFUD], { env, stdio: ["ignore", "pipe", "ignore"] });
  const ended = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
  t.after(async () => {
    child.kill("SIGTERM");
    assert.equal(await ended, 0);
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once("data", () => resolve());
    child.once("close", (code) => reject(new Error(`tofud ended with ${code}`)));
  });
}

test("a day of commands gets the same answers with a daemon and without", async (t) => {
  const alone = prepared(t);
  const served = prepared(t);
  await startDaemon(t, served);
  const [without, withDaemon] = await Promise.all([play(alone), play(served)]);
  for (const [index, told] of without.entries()) assert.deepEqual(withDaemon[index], told, told.words);

  // The sequence went where it was meant to go; else both could be wrong in the same way.
  const exits = without.map(({ exit }) => exit);
  assert.deepEqual(new Set(exits), new Set([0, 1, 2, 4, 5]), exits.join(" "));
  const verdicts = new Set(
    [
      ...without
        .map(({ stdout }) => stdout)
        .join("")
        .matchAll(/"verdict":"([^"]+)"/g),
    ].map(([, verdict]) => verdict),
  );
  for (const verdict of ["first-use", "match", "unexpected-signer", "bad-signature", "unsigned", "quorum-not-met"])
    assert.ok(verdicts.has(verdict), `${verdict} is missing among ${[...verdicts].join(" ")}`);
});
