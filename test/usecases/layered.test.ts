import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, type TestContext, test } from "node:test";
import type { FirstUsePolicy } from "../../daemon/core/policy.ts";
import { DAY_MS, formatTime, unixMs } from "../../daemon/core/time.ts";
import { TofuError, UsageError } from "../../daemon/core/tofu-error.ts";
import { openLayers } from "../../daemon/layer/layer-source.ts";
import type { ExportRequest } from "../../daemon/protocol/pin-file-requests.ts";
import { type GpgPlace, openGpgPlace } from "../evidence/gpg.ts";
import { type MachinePlaces, machinePlaces } from "../layer/places.ts";
import { CLAIMED, NAME, openUser, Site, type Told, type User } from "./user.ts";

let place: GpgPlace;
let site: Site;
let alice = "";
let bob = "";
let carol = "";

before(() => {
  place = openGpgPlace();
  site = new Site(place);
  [alice = "", bob = "", carol = ""] = ["Alice", "Bob", "Carol"].map((name) =>
    place.makeKey(`${name} <${name}@example.org>`),
  );
});
after(() => place.close());

const DENY: FirstUsePolicy = { kind: "deny" };
const EXPORT: ExportRequest = { do: "export", for: "known_keys", header: false };

const pin = (key: string): string => `${NAME} openpgp:${key}\n`;
const certificate = (key: string): string =>
  `@certificate openpgp:${key} ${place.gpg("--export", key).toString("base64")}\n`;
const expires = (days: number): string => `@format 1\n@expires ${formatTime(unixMs(Date.now() + days * DAY_MS))}\n`;

function machine(
  t: TestContext,
  firstUse: FirstUsePolicy = DENY,
): { readonly user: User; readonly places: MachinePlaces } {
  const places = machinePlaces(t);
  return { places, user: openUser(firstUse, { layers: openLayers(places, () => undefined) }) };
}

/** A release without a key file beside it. */
function bare(version: string, key: string): string {
  const folder = site.folder();
  rmSync(join(folder, "TOFU-KEYS"));
  return site.release(folder, version, key);
}

function told({ judgement, exit }: Told): readonly unknown[] {
  return [exit, judgement?.verdict];
}

async function exported(user: User): Promise<string> {
  const { answers } = await user.ask(EXPORT);
  return answers.flatMap((answer) => (answer.type === "text" ? [answer.text] : [])).join("");
}

describe("a machine with pin files of its own", () => {
  test("knows a signer, and its certificate, by the file alone", async (t) => {
    const { user, places } = machine(t);
    places.write("known_keys", pin(alice) + certificate(alice));
    const file = bare("1.0", alice);
    assert.deepEqual(told(await user.verify(file)), [0, "match"]);
    assert.deepEqual(await user.kinds(), ["certificate", "sighting"]);
    assert.deepEqual(told(await user.verify(bare("1.1", bob))), [6, "certificate-unavailable"]);
    const stranger = await user.verify(site.release(site.folder(), "1.2", bob));
    assert.deepEqual(told(stranger), [4, "unexpected-signer"]);
  });

  test("two files that differ stop the package and are both named; that agree are one", async (t) => {
    const { user, places } = machine(t);
    const file = site.release(site.folder(), "1.0", alice);
    places.write("known_keys", pin(alice));
    places.write("known_keys.d/team.keys", pin(alice));
    assert.deepEqual(told(await user.verify(file)), [0, "match"]);
    places.write("known_keys.d/team.keys", pin(bob));
    const stopped = await user.verify(file);
    assert.deepEqual(told(stopped), [3, "import-conflict"]);
    assert.match(
      stopped.judgement?.sentence ?? "",
      /two of this machine's files differ: .*known_keys and .*team\.keys$/,
    );
    places.write("known_keys.d/team.keys", `@retired ${NAME} openpgp:${bob}\n`);
    assert.deepEqual(told(await user.verify(file)), [0, "match"]);
  });

  test("a file whose time is over counts as absent, and its package is no first use", async (t) => {
    const { user, places } = machine(t, { kind: "accept" });
    places.write("known_keys", expires(30) + pin(alice));
    const file = site.release(site.folder(), "1.0", alice);
    assert.deepEqual(told(await user.verify(file)), [0, "match"]);
    user.pass(31);
    const late = await user.verify(file);
    assert.deepEqual([...told(late), late.judgement?.reason], [4, "first-use-denied", "seed-expired"]);
    places.write("known_keys.d/new.keys", pin(alice));
    assert.deepEqual(told(await user.verify(file)), [0, "match"]);
  });

  test("distrusts everywhere whom a file distrusts, and no user takes that back", async (t) => {
    const { user, places } = machine(t, { kind: "accept" });
    places.write("known_keys", `@distrusted * openpgp:${alice}\n`);
    const folder = site.folder();
    assert.deepEqual(told(await user.verify(site.release(folder, "1.0", alice))), [4, "distrusted"]);
    const words = {
      do: "trust",
      package: NAME,
      fingerprint: alice,
      because: "x",
      role: undefined,
      undoDistrust: true,
      keys: [],
      claimed: CLAIMED,
    } as const;
    const refused = await user.ask(words);
    assert.equal(refused.exit, 4);
    assert.match(JSON.stringify(refused.answers), /distrusted by this machine's pins, and freed there/);
    assert.deepEqual(told(await user.verify(site.release(folder, "1.1", alice))), [4, "distrusted"]);
  });

  test("what a user took back before the file came is distrusted by the file all the same", async (t) => {
    const { user, places } = machine(t, { kind: "accept" });
    const file = site.release(site.folder(), "1.0", alice);
    await user.ask({ do: "distrust", package: "*", fingerprint: alice, because: "x", claimed: CLAIMED });
    await user.ask({
      do: "trust",
      package: NAME,
      fingerprint: alice,
      because: "x",
      role: undefined,
      undoDistrust: true,
      keys: [],
      claimed: CLAIMED,
    });
    assert.deepEqual(told(await user.verify(file)), [0, "match"]);
    places.write("known_keys", `@format 1\n@created 2020-01-01\n@distrusted * openpgp:${alice}\n`);
    assert.deepEqual(told(await user.verify(file)), [4, "distrusted"]);
  });

  test("nobody takes the place of the machine's signer, and there is nothing of it to forget", async (t) => {
    const { user, places } = machine(t);
    places.write("known_keys", pin(alice));
    const words = {
      do: "trust",
      package: NAME,
      fingerprint: bob,
      because: "x",
      role: undefined,
      undoDistrust: false,
      replaces: alice,
      keys: [],
      claimed: CLAIMED,
    } as const;
    const refused = await user.ask(words);
    assert.equal(refused.exit, 4);
    assert.match(JSON.stringify(refused.answers), /stands in this machine's pins, and is replaced there/);
    const forget = { do: "forget", package: NAME, because: "x", claimed: CLAIMED } as const;
    await assert.rejects(
      user.ask(forget),
      (error) => error instanceof UsageError && /no pin of yours/.test(error.message),
    );
    assert.deepEqual(await user.kinds(), []);
  });
});

describe("a seed whose signer handed over", () => {
  const both = (key: string): string => `openpgp:${key} release,handover`;
  const rotated = (from: string, to: string) => ({ keys: [both(to)], more: [`remove openpgp:${from} superseded`] });

  async function followed(): Promise<{ readonly file: string; readonly first: string }> {
    const user = openUser();
    const first = site.statement(rotated(alice, bob), alice, bob);
    await user.verify(site.release(site.folder(), "1.0", alice));
    user.pass(1);
    const folder = site.folder();
    site.write(folder, "TOFU-HANDOVERS", first);
    assert.deepEqual(told(await user.verify(site.release(folder, "2.0", bob))), [0, "match-handover"]);
    return { file: await exported(user), first };
  }

  test("carries the statements, verified without a network, and the next one is followed", async (t) => {
    const { file, first } = await followed();
    assert.match(file, /^@statement /m);
    const { user, places } = machine(t);
    places.write("known_keys", file);
    assert.deepEqual(told(await user.verify(bare("2.0", bob))), [0, "match"]);
    assert.deepEqual(told(await user.verify(bare("1.0", alice))), [0, "match-retired"]);
    const folder = site.folder();
    const previous = `sha256:${/head=sha256:([0-9a-f]+)/.exec(file)?.[1]}`;
    const second = site.statement({ seq: 2, previous, ...rotated(bob, carol) }, bob, carol);
    site.write(folder, "TOFU-HANDOVERS", first + second);
    assert.deepEqual(told(await user.verify(site.release(folder, "3.0", carol))), [0, "match-handover"]);
    assert.deepEqual(told(await user.verify(site.release(folder, "3.1", carol))), [0, "match"]);
    const [story] = (await user.ask({ do: "why", package: NAME, prove: true })).answers;
    assert.ok(story?.type === "why");
    const proofs = story.story.map(({ head, proof }) => `${head}: ${proof?.state}`);
    assert.ok(proofs.includes("handover: verified"), proofs.join("; "));
    assert.ok(!proofs.some((proof) => proof.endsWith("failed")), proofs.join("; "));
  });

  test("an untouched machine exports the file that it was seeded with", async (t) => {
    const { file } = await followed();
    const { user, places } = machine(t);
    places.write("known_keys", file);
    assert.equal(await exported(user), file);
  });

  test("a chain whose signatures don't fit is a fault that names the file, and nothing is judged", async (t) => {
    const { file } = await followed();
    const { user, places } = machine(t);
    const forged = file.replace(/(?<=^@statement \S+ 1 )(\S+)$/m, (base64) => {
      const [statement = ""] = Buffer.from(base64, "base64").toString("latin1").split("-----BEGIN");
      const block = site.statement({ keys: [both(carol)] }, carol).split(/(?=-----BEGIN)/)[1] ?? "";
      return Buffer.from(statement + block, "latin1").toString("base64");
    });
    places.write("known_keys", forged);
    await assert.rejects(user.verify(bare("2.0", bob)), (error) => {
      assert.ok(error instanceof TofuError && error.code === "layer");
      assert.match(error.message, /known_keys: the statements of pkg:pypi\/sunpy don't lead to @chain/);
      return true;
    });
  });
});

describe("what the machine's files say is shown as theirs", () => {
  const list = { do: "list", stale: false, weak: false, single: false } as const;
  const why = { do: "why", package: NAME, prove: false } as const;
  const status = { do: "status", packages: [] } as const;

  test("by list, why and status", async (t) => {
    const { user, places } = machine(t);
    places.write("known_keys", expires(10) + pin(alice));
    const [line] = (await user.ask(list)).answers;
    assert.ok(line?.type === "pin");
    assert.deepEqual([line.package, line.basis, line.state], [NAME, "image pins", "ok"]);
    const [story] = (await user.ask(why)).answers;
    assert.ok(story?.type === "why");
    assert.deepEqual(
      story.story.map(({ head, events }) => ({ head, events })),
      [{ head: "image pins", events: [] }],
    );
    assert.match(story.story[0]?.sentence ?? "", /^[0-9A-F]{4} [0-9A-F]{4} … [0-9A-F]{4} [0-9A-F]{4} in .*known_keys$/);
    const [told] = (await user.ask(status)).answers;
    assert.ok(told?.type === "status");
    assert.deepEqual([told.packages, told.soon.length, told.you.length], [1, 1, 0]);
    assert.match(told.soon[0]?.sentence ?? "", /known_keys runs out in 10 days$/);
  });

  test("where two differ, and when they have run out", async (t) => {
    const { user, places } = machine(t);
    places.write("known_keys", expires(10) + pin(alice));
    places.write("known_keys.d/a.keys", pin(bob));
    const [line] = (await user.ask(list)).answers;
    assert.equal(line?.type === "pin" && line.state, "in conflict");
    const [told] = (await user.ask(status)).answers;
    assert.match(told?.type === "status" ? (told.you[0]?.sentence ?? "") : "", /two of this machine's files differ/);
    const [story] = (await user.ask(why)).answers;
    assert.deepEqual(story?.type === "why" && story.story[0]?.notes.map(({ label }) => label), ["differ"]);
    user.pass(11);
    const [later] = (await user.ask(status)).answers;
    assert.match(
      later?.type === "status" ? (later.you[0]?.sentence ?? "") : "",
      /known_keys ran out on .* its packages are refused/,
    );
  });
});
