import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { drop, openReleasers, openScene, type Scene } from "./scene.ts";

const { by, close } = openReleasers("ann", "eve");
after(close);
const ONE = by.ann.sign("orbit-1.0.tar.gz", "one");
const TWO = by.ann.sign("orbit-1.1.tar.gz", "two");
const FALSE = by.eve.sign("orbit-1.2.tar.gz", "three");

/** A scene whose inbox has the certificates of both releasers. */
function withKeys(scene: Scene): Scene {
  writeFileSync(join(scene.inbox, "KEYS"), Buffer.concat([by.ann.certificate, by.eve.certificate]));
  return scene;
}

describe("what arrives in a watched folder is judged", () => {
  test("a file and its signature, in either order, and a stranger's is told on the desktop once", async (t) => {
    const scene = withKeys(openScene(t));
    const tofud = await scene.start();
    assert.match(tofud.stdout, new RegExp(` and watches ${scene.inbox}\n$`));
    await tofud.untilLogged("watched");
    const began = performance.now();
    drop(scene.inbox, ONE);
    assert.deepEqual(await tofud.untilJudged(1), ["orbit-1.0.tar.gz first-use"]);
    t.diagnostic(`judged after ${Math.round(performance.now() - began)} ms`);
    drop(scene.inbox, TWO, "signature");
    assert.deepEqual((await tofud.untilJudged(2)).slice(1), ["orbit-1.1.tar.gz match"]);
    drop(scene.inbox, FALSE);
    assert.deepEqual((await tofud.untilJudged(3)).slice(2), ["orbit-1.2.tar.gz unexpected-signer"]);
    // The same bytes again, under the same name: still refused, and not told again.
    rmSync(join(scene.inbox, FALSE.name));
    drop(scene.inbox, FALSE);
    await tofud.untilJudged(4);
    const [event] = await tofud.events();
    assert.equal(event?.kind, "first-use");
    assert.equal((await tofud.status()).you.length, 1);
    assert.equal(await tofud.stop(), 0);
    const told = scene.notifications();
    assert.equal(told.length, 1);
    assert.match(
      told[0] ?? "",
      /^--app-name=tofu\t--urgency=critical\t--\ttofu refused a file\torbit 1\.2 is signed by/,
    );
  });

  test("half a file beside its signature is no alarm, and is judged when it is whole", async (t) => {
    const scene = withKeys(openScene(t));
    const tofud = await scene.start();
    await tofud.untilLogged("watched");
    drop(scene.inbox, { ...ONE, bytes: ONE.bytes.subarray(0, 1) });
    await tofud.untilLogged("held");
    assert.deepEqual([await tofud.events(), (await tofud.status()).you, tofud.judged], [[], [], []]);
    writeFileSync(join(scene.inbox, ONE.name), ONE.bytes);
    assert.deepEqual(await tofud.untilJudged(1), ["orbit-1.0.tar.gz first-use"]);
    assert.equal(await tofud.stop(), 0);
    assert.deepEqual(scene.notifications(), []);
  });

  test("a signature that comes much later, after the file was taken for unsigned", async (t) => {
    const scene = withKeys(openScene(t, `[watch]\nfolders = ["~/inbox"]\nsignature-wait = "1s"\n`));
    const tofud = await scene.start();
    await tofud.untilLogged("watched");
    writeFileSync(join(scene.inbox, ONE.name), ONE.bytes);
    assert.deepEqual(await tofud.untilJudged(1), ["orbit-1.0.tar.gz unsigned"]);
    writeFileSync(join(scene.inbox, `${ONE.name}.asc`), ONE.signature);
    assert.equal((await tofud.untilJudged(2)).length, 2);
    assert.match(tofud.judged[1] ?? "", /first-use$/);
  });

  test("a file without its signature waits, is no alarm, and status shows it", async (t) => {
    const scene = withKeys(openScene(t));
    const tofud = await scene.start();
    await tofud.untilLogged("watched");
    writeFileSync(join(scene.inbox, TWO.name), TWO.bytes);
    drop(scene.inbox, ONE);
    await tofud.untilJudged(1);
    const { watch } = await tofud.status();
    assert.deepEqual(watch?.folders, [scene.inbox]);
    assert.deepEqual(
      watch?.waiting.map(({ path }) => path),
      [join(scene.inbox, TWO.name)],
    );
    assert.deepEqual([watch?.waitingTotal, watch?.degraded], [1, []]);
    assert.deepEqual(tofud.judged, ["orbit-1.0.tar.gz first-use"]);
  });

  test("beside FIFOs, links to devices and a loop, which change nothing", async (t) => {
    const scene = withKeys(openScene(t));
    for (const n of [1, 2, 3, 4]) execFileSync("mkfifo", [join(scene.inbox, `pipe-${n}.0.tar.gz`)]);
    writeFileSync(join(scene.inbox, "pipe-1.0.tar.gz.asc"), ONE.signature);
    symlinkSync("/dev/zero", join(scene.inbox, "zero-1.0.tar.gz"));
    symlinkSync("/dev/tty", join(scene.inbox, "tty-1.0.tar.gz"));
    symlinkSync(".", join(scene.inbox, "loop"));
    symlinkSync(ONE.name, join(scene.inbox, "link-1.0.tar.gz"));
    for (const name of ["zero", "tty", "link"])
      writeFileSync(join(scene.inbox, `${name}-1.0.tar.gz.asc`), ONE.signature);
    const tofud = await scene.start();
    await tofud.untilLogged("watched");
    drop(scene.inbox, ONE);
    assert.deepEqual(await tofud.untilJudged(1), ["orbit-1.0.tar.gz first-use"]);
    drop(scene.inbox, TWO);
    assert.deepEqual((await tofud.untilJudged(2)).slice(1), ["orbit-1.1.tar.gz match"]);
    assert.equal((await tofud.status()).watch?.waitingTotal, 0);
  });

  test("under its last name, when it comes by a rename from an unfinished one", async (t) => {
    const scene = withKeys(openScene(t));
    const tofud = await scene.start();
    await tofud.untilLogged("watched");
    const path = join(scene.inbox, ONE.name);
    writeFileSync(`${path}.asc`, ONE.signature);
    writeFileSync(`${path}.part`, ONE.bytes.subarray(0, 1));
    writeFileSync(`${path}.part`, ONE.bytes);
    renameSync(`${path}.part`, path);
    assert.deepEqual(await tofud.untilJudged(1), ["orbit-1.0.tar.gz first-use"]);
  });

  test("again when it is rewritten in place", async (t) => {
    const scene = withKeys(openScene(t));
    const tofud = await scene.start();
    await tofud.untilLogged("watched");
    drop(scene.inbox, ONE);
    await tofud.untilJudged(1);
    writeFileSync(join(scene.inbox, ONE.name), "not what was signed");
    const [, second = ""] = await tofud.untilJudged(2);
    assert.notEqual(second, "orbit-1.0.tar.gz match");
    assert.equal((await tofud.status()).you.length, 1);
  });

  test("in a folder below, as soon as it is made", async (t) => {
    const scene = withKeys(openScene(t));
    const tofud = await scene.start();
    await tofud.untilLogged("watched");
    const below = join(scene.inbox, "a", "b");
    mkdirSync(below, { recursive: true });
    writeFileSync(join(below, "KEYS"), by.ann.certificate);
    drop(below, ONE);
    assert.deepEqual(await tofud.untilJudged(1), ["orbit-1.0.tar.gz first-use"]);
  });

  test("when a certificate comes last", async (t) => {
    const scene = openScene(t);
    const tofud = await scene.start();
    await tofud.untilLogged("watched");
    drop(scene.inbox, ONE);
    await tofud.untilJudged(1);
    withKeys(scene);
    assert.deepEqual(await tofud.untilJudged(2), [
      "orbit-1.0.tar.gz certificate-unavailable",
      "orbit-1.0.tar.gz first-use",
    ]);
  });
});

describe("a watched folder", () => {
  test("that vanishes and returns is watched again", async (t) => {
    const scene = withKeys(openScene(t));
    const tofud = await scene.start();
    await tofud.untilLogged("watched");
    rmSync(scene.inbox, { recursive: true });
    await tofud.untilLogged("absent");
    assert.match((await tofud.status()).watch?.degraded[0] ?? "", /is not there; it is watched as soon as it is/);
    mkdirSync(scene.inbox);
    withKeys(scene);
    await tofud.untilLogged("watched", scene.inbox, 2);
    drop(scene.inbox, ONE);
    assert.deepEqual(await tofud.untilJudged(1), ["orbit-1.0.tar.gz first-use"]);
    assert.deepEqual((await tofud.status()).watch?.degraded, []);
  });

  test("that was there before the start is judged once, not at each start", async (t) => {
    const scene = withKeys(openScene(t));
    drop(scene.inbox, ONE);
    const first = await scene.start();
    assert.deepEqual(await first.untilJudged(1), ["orbit-1.0.tar.gz first-use"]);
    await first.stop();
    const second = await scene.start();
    await second.untilLogged("watched");
    drop(scene.inbox, TWO);
    assert.deepEqual(await second.untilJudged(1), ["orbit-1.1.tar.gz match"]);
    await second.stop();
    // Another journal knows nothing of it.
    rmSync(scene.store, { recursive: true });
    rmSync(`${scene.store}.anchor`, { force: true, recursive: true });
    const third = await scene.start();
    await third.untilJudged(2);
  });

  test("that the configuration names later is watched after SIGHUP, and one that it names no more is not", async (t) => {
    const scene = openScene(t);
    const tofud = await scene.start();
    await tofud.untilLogged("watched");
    const other = join(scene.home, "other");
    mkdirSync(other);
    writeFileSync(join(other, "KEYS"), by.ann.certificate);
    scene.configure(`[watch]\nfolders = ["~/other"]\n[notify]\ndesktop = false\n`);
    tofud.child.kill("SIGHUP");
    await tofud.untilLogged("watched", other);
    await tofud.untilLogged("config-reloaded");
    drop(withKeys(scene).inbox, TWO);
    drop(other, ONE);
    assert.deepEqual(await tofud.untilJudged(1), ["orbit-1.0.tar.gz first-use"]);
    assert.deepEqual((await tofud.status()).watch?.folders, [other]);
    drop(other, FALSE);
    await tofud.untilJudged(2);
    await tofud.stop();
    assert.deepEqual(scene.notifications(), []);
  });
});

test("a burst of 300 files is judged whole, and the socket answers meanwhile", async (t) => {
  const scene = withKeys(openScene(t, `[watch]\nfolders = ["~/inbox"]\nsignature-wait = "1s"\n`));
  const tofud = await scene.start();
  await tofud.untilLogged("watched");
  for (let n = 0; n < 300; n += 1) writeFileSync(join(scene.inbox, `many${n}-1.0.tar.gz`), `${n}`);
  await tofud.untilJudged(10);
  assert.equal((await tofud.status()).type, "status");
  assert.ok(tofud.judged.length < 300, "the answer came in between");
  assert.equal(new Set(await tofud.untilJudged(300)).size, 300);
});
