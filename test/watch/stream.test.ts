import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, watch, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, describe, test } from "node:test";
import { TOFU } from "../checks/places.ts";
import { envelope, RawClient } from "../server/harness.ts";
import { drop, openReleasers, openScene, type Scene } from "./scene.ts";

const { by, close } = openReleasers("ann");
after(close);
const ONE = by.ann.sign("orbit-1.0.tar.gz", "one");
const TWO = by.ann.sign("orbit-1.1.tar.gz", "two");

function withKeys(folder: string): string {
  writeFileSync(join(folder, "KEYS"), by.ann.certificate);
  return folder;
}

/** Waits for a reply of a type. */
async function reply(
  client: RawClient,
  type: string,
  count = 1,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const found = (): readonly Readonly<Record<string, unknown>>[] =>
    client.replies.filter((one) => one["type"] === type);
  while (found().length < count) await new Promise((resolve) => client.socket.once("data", resolve));
  return found();
}

/** Waits until what was judged is noted down for the next start. */
async function untilMarked({ store }: Scene): Promise<void> {
  const [folder, file] = [dirname(store), `${store}.watched`];
  const watcher = watch(folder);
  while (!existsSync(file) || readFileSync(file, "latin1") === "") await once(watcher, "change");
  watcher.close();
}

/** The real command line, until it has written so many lines; then it is ended. */
async function linesOf(scene: Scene, words: readonly string[], count: number, then: () => void): Promise<string> {
  const child = spawn(process.execPath, [TOFU, ...words], { env: scene.env, stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  then();
  for await (const chunk of child.stdout.setEncoding("utf8")) {
    text += chunk;
    if (text.split("\n").length > count) break;
  }
  await untilMarked(scene);
  child.kill("SIGINT");
  return text;
}

describe("requests that go on", () => {
  test("watch tells judgements as they are made, and ends when the client says anything more", async (t) => {
    const scene = openScene(t);
    withKeys(scene.inbox);
    const tofud = await scene.start();
    await tofud.untilLogged("watched");
    const client = await RawClient.open(t, scene.socket);
    client.socket.write(envelope({ do: "watch", folders: [] }));
    await reply(client, "accepted");
    drop(scene.inbox, ONE);
    const [line] = await reply(client, "judgement");
    assert.equal(line?.["verdict"], "first-use");
    client.socket.write(envelope({ do: "status", packages: [] }));
    // The second end: the status may arrive in a piece of its own.
    await reply(client, "end", 2);
    assert.deepEqual(client.types(), ["accepted", "judgement", "end", "accepted", "status", "end"]);
  });

  test("log with follow tells what is there, then what comes", async (t) => {
    const scene = openScene(t);
    withKeys(scene.inbox);
    drop(scene.inbox, ONE);
    const tofud = await scene.start();
    await tofud.untilJudged(1);
    const client = await RawClient.open(t, scene.socket);
    client.socket.write(envelope({ do: "log", follow: true }));
    await reply(client, "event");
    drop(scene.inbox, TWO);
    const events = await reply(client, "event", 2);
    assert.deepEqual(
      events.map((event) => [event["position"], event["kind"]]),
      [
        [0, "first-use"],
        [1, "sighting"],
      ],
    );
    client.socket.end();
    assert.deepEqual((await client.ends(1)).at(-1), { schemaVersion: 1, type: "end", exit: 0 });
  });

  test("take no more than their seats, give them back, and leave the socket to others", async (t) => {
    const scene = openScene(t);
    const tofud = await scene.start();
    const clients = await Promise.all(Array.from({ length: 16 }, () => RawClient.open(t, scene.socket)));
    for (const client of clients) {
      client.socket.write(envelope({ do: "watch", folders: [] }));
      await reply(client, "accepted");
    }
    const one = await RawClient.open(t, scene.socket);
    one.socket.write(envelope({ do: "log", follow: true }));
    const [fault] = await reply(one, "fault");
    assert.equal(fault?.["code"], "busy");
    assert.equal((await tofud.status()).type, "status");
    const [first] = clients;
    first?.socket.end();
    await first?.ends(1);
    one.socket.write(envelope({ do: "watch", folders: [] }));
    await reply(one, "accepted", 2);
    assert.equal(await tofud.stop(), 0, "and a daemon that stops ends them");
    assert.equal((await one.ends(2)).at(-1)?.["exit"], 0);
  });
});

describe("tofu watch DIR", () => {
  test("with a daemon, which watches the folder for so long", async (t) => {
    const scene = openScene(t, "[watch]\nfolders = []\n");
    const tofud = await scene.start();
    const guest = join(scene.home, "guest");
    mkdirSync(guest);
    drop(withKeys(guest), ONE);
    const text = await linesOf(scene, ["watch", guest], 1, () => undefined);
    assert.match(text, /^ok {7}orbit 1\.0: first signature seen/);
    assert.deepEqual(tofud.judged, ["orbit-1.0.tar.gz first-use"]);
  });

  test("without a daemon, in the foreground, and not again at the next start", async (t) => {
    const scene = openScene(t, "[watch]\nfolders = []\n");
    drop(withKeys(scene.inbox), ONE);
    assert.match(await linesOf(scene, ["watch", scene.inbox], 1, () => undefined), /orbit 1\.0: first signature seen/);
    const again = linesOf(scene, ["watch", scene.inbox], 1, () => drop(scene.inbox, TWO));
    assert.match(await again, /^ok {7}orbit 1\.1: same signer/);
  });
});
