import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { outsidePlaces } from "../../daemon/config/outside-places.ts";
import { parseSha256 } from "../../daemon/core/sha256.ts";
import { TofuError, UsageError } from "../../daemon/core/tofu-error.ts";
import type { Network } from "../../daemon/network/network.ts";
import { exitOf } from "../../daemon/usecases/handover-outcome.ts";
import { must, PACKAGE } from "../core/scene.ts";
import { type GpgPlace, openGpgPlace } from "../evidence/gpg.ts";
import { statementText } from "../evidence/statements.ts";
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

const both = (key: string): string => `openpgp:${key} release,handover`;
const digest = (text: string): string => createHash("sha256").update(text).digest("hex");
const verdicts = ({ lines }: Told): readonly (string | undefined)[] => lines.map(({ verdict }) => verdict);
const noticeKinds = ({ judgement }: Told): readonly string[] => (judgement?.notices ?? []).map(({ kind }) => kind);

/** Alice hands over to Bob. */
const rotation = { keys: [] as string[], more: [] as string[] };
before(() => {
  rotation.keys.push(both(bob));
  rotation.more.push(`remove openpgp:${alice} superseded`);
});
/** Alice alone, with a recovery key of Carol's. */
const genesis = (): Parameters<Site["statement"]>[0] => ({ keys: [both(alice)], more: [`recovery openpgp:${carol}`] });

async function userOfAlice(): Promise<User> {
  const user = openUser();
  assert.equal((await user.verify(site.release(site.folder(), "1.0", alice))).judgement?.verdict, "first-use");
  user.pass(1);
  return user;
}

describe("a release with statements beside it", () => {
  test("by the signer that they name is followed, in one append with all its evidence", async () => {
    const user = await userOfAlice();
    const folder = site.folder();
    const chain = site.statement(rotation, alice, bob);
    site.write(folder, "TOFU-HANDOVERS", chain);
    const told = await user.verify(site.release(folder, "2.0", bob));
    assert.deepEqual([told.exit, told.judgement?.verdict], [0, "match-handover"]);
    assert.deepEqual(
      told.answers.map(({ type }) => type).filter((type) => type !== "progress"),
      ["handover", "judgement", "summary"],
    );
    assert.deepEqual(told.judgement?.handover, { state: "applied", detail: "sunpy: statement 1 is in force" });
    assert.deepEqual(
      told.judgement?.facts.map(({ label }) => label),
      ["by", "added", "removed"],
    );
    assert.deepEqual((await user.kinds()).slice(-3), ["handover", "certificate", "sighting"]);
    const [line] = told.lines;
    assert.deepEqual(
      line?.signers.map(({ signer, counts }) => [signer, counts]),
      [alice, bob].map((key) => [`openpgp:${key}`, true]),
    );
    const blocks = chain
      .slice(chain.indexOf("-----BEGIN"))
      .replaceAll("-----END PGP SIGNATURE-----\n", "-----END PGP SIGNATURE-----\n\n");
    assert.ok(await user.journal.object(must(parseSha256(digest(blocks)))), "the blocks are kept");
    user.pass(1);
    // Bob's certificate is at hand from now on: nothing lies beside this one.
    const later = await user.verify(site.release(place.path("."), "3.0", bob));
    assert.deepEqual([later.judgement?.verdict, later.lines], ["match", []]);
  });

  test("that are refused changes nothing for it, and says so once a day", async () => {
    const user = await userOfAlice();
    const folder = site.folder();
    site.write(folder, "TOFU-HANDOVERS", site.statement(rotation, bob));
    const path = site.release(folder, "2.0", alice);
    const told = await user.verify(path);
    assert.deepEqual([told.exit, told.judgement?.verdict], [0, "match"]);
    assert.deepEqual(
      told.lines.map(({ verdict, exit, detail }) => [verdict, exit, detail]),
      [["handover-rejected", 4, "genesis"]],
    );
    assert.equal(told.judgement?.handover?.state, "rejected");
    await user.verify(path);
    assert.deepEqual(
      (await user.kinds()).filter((kind) => kind === "handover-refused"),
      ["handover-refused"],
    );
  });

  test("that speak for others than its signer is refused as before", async () => {
    const user = await userOfAlice();
    const folder = site.folder();
    site.write(folder, "TOFU-HANDOVERS", site.statement(rotation, alice, bob));
    const told = await user.verify(site.release(folder, "2.0", carol));
    assert.deepEqual([told.exit, told.judgement?.verdict], [4, "unexpected-signer"]);
    assert.equal(told.judgement?.handover?.state, "applied");
  });

  test("and without any says where nothing lay, and what to do", async () => {
    const user = await userOfAlice();
    const path = site.release(site.folder(), "2.0", bob);
    assert.equal((await user.verify(path)).judgement?.handover?.state, "none");
    const offline = await user.verify(path, { offline: true });
    assert.equal(offline.judgement?.handover?.state, "offline");
    assert.deepEqual(offline.judgement?.next, ["tofu", "handover", "fetch", "sunpy"]);
  });

  test("of a new package is a first use of the whole chain", async () => {
    const user = openUser();
    const folder = site.folder();
    site.write(folder, "TOFU-HANDOVERS", site.statement(genesis(), alice, carol));
    const told = await user.verify(site.release(folder, "2.0", alice));
    assert.deepEqual([told.judgement?.verdict, verdicts(told)], ["first-use", ["first-use"]]);
    assert.deepEqual((await user.kinds()).slice(0, 1), ["handover"]);
  });

  test("of a new package, by somebody else, begins a pin without the chain", async () => {
    const user = openUser();
    const folder = site.folder();
    site.write(folder, "TOFU-HANDOVERS", site.statement(genesis(), alice, carol));
    const told = await user.verify(site.release(folder, "2.0", bob));
    assert.deepEqual([told.judgement?.verdict, told.lines], ["first-use", []]);
    assert.ok(noticeKinds(told).includes("chain-ignored"));
    assert.equal(told.judgement?.handover?.state, "ignored");
    assert.ok(!(await user.kinds()).includes("handover"));
  });

  test("in several places: the longest valid chain is followed", async () => {
    const user = await userOfAlice();
    const folder = site.folder();
    const first = site.statement({ keys: [both(alice), both(bob)] }, alice, bob);
    const text = statementText({ keys: [both(alice), both(bob)] });
    const next = {
      seq: 2,
      previous: `sha256:${digest(text)}`,
      keys: [both(bob)],
      more: [`remove openpgp:${alice} retired`],
    };
    site.write(folder, "TOFU-HANDOVERS", first);
    site.write(folder, "sunpy-2.0.tar.gz.handovers", first + site.statement(next, alice, bob));
    const told = await user.verify(site.release(folder, "2.0", bob));
    assert.deepEqual(verdicts(told), ["handover-applied", "handover-applied"]);
    assert.equal(told.judgement?.verdict, "match-handover");
  });

  test("named by hand, with keys that lie there, is followed too, and a dry run records nothing", async () => {
    const user = await userOfAlice();
    const handover = site.write(site.folder(), "elsewhere", site.statement(rotation, alice, bob));
    const bare = place.path("bare");
    mkdirSync(bare);
    const path = site.release(bare, "2.0", bob);
    const events = (await user.kinds()).length;
    const dry = await user.verify(path, { handover, dryRun: true });
    assert.deepEqual([dry.judgement?.verdict, dry.lines[0]?.recorded], ["match-handover", false]);
    assert.equal((await user.kinds()).length, events);
    assert.equal((await user.verify(path, { handover })).judgement?.verdict, "match-handover");
  });
});

test("a release by whom a stolen key brought in asks, from the file on that tells of the theft", async () => {
  const victim = place.makeKey("Victim <victim@example.org>");
  const user = openUser();
  await user.verify(site.release(site.folder(), "1.0", victim));
  const rotated = { keys: [both(bob)], more: [`remove openpgp:${victim} superseded`] };
  await user.handover({ from: site.write(site.folder(), "chain", site.statement(rotated, victim, bob)) });
  assert.equal((await user.verify(site.release(site.folder(), "2.0", bob))).judgement?.verdict, "match");
  const answers = place.write("answers", "y\n1\n\ny\n");
  const file = place.path("stolen.asc");
  place.gpg("--no-batch", "--no-tty", "--yes", "--command-file", answers, "--output", file, "--gen-revoke", victim);
  place.gpg("--import", file);
  user.pass(1);
  const told = await user.verify(site.release(site.folder(), "3.0", bob));
  assert.deepEqual([told.exit, told.judgement?.verdict], [3, "handover-contested"]);
  assert.deepEqual(
    (await user.kinds()).filter((kind) => kind === "revoke"),
    ["revoke"],
  );
  await user.ask({ do: "resolve", package: NAME, keep: "mine", because: "Bob is Bob", claimed: CLAIMED });
  assert.equal((await user.verify(site.release(site.folder(), "4.0", bob))).judgement?.verdict, "match");
});

describe("handover apply", () => {
  test("begins a pin by the user's own word, and knows it the next time", async () => {
    const user = openUser();
    const from = site.write(site.folder(), "chain", site.statement(genesis(), alice, carol));
    const first = await user.handover({ from });
    assert.deepEqual([first.exit, verdicts(first)], [0, ["first-use"]]);
    const again = await user.handover({ from });
    assert.deepEqual([again.exit, verdicts(again)], [0, ["handover-known"]]);
    assert.deepEqual(
      again.lines[0]?.signers.map(({ counts }) => counts),
      [true, true],
    );
  });

  test("is refused where the machine takes no new names", async () => {
    const user = openUser({ kind: "deny" });
    const from = site.write(site.folder(), "chain", site.statement(genesis(), alice, carol));
    const told = await user.handover({ from });
    assert.deepEqual([told.exit, verdicts(told)], [4, ["first-use-denied"]]);
    assert.deepEqual(await user.kinds(), []);
  });

  test("takes the package from the statement where it names one", async () => {
    const user = openUser();
    const folder = site.folder();
    const one = site.write(folder, "one", site.statement(genesis(), alice, carol));
    assert.equal((await user.handover({ from: one, package: undefined })).lines[0]?.package, NAME);
    const packages = [NAME, "pkg:pypi/ndcube"];
    const two = site.write(folder, "two", site.statement({ ...genesis(), packages }, alice, carol));
    await assert.rejects(user.handover({ from: two, package: undefined }), UsageError);
  });

  test("of a file that breaks off follows what stands before, and says so", async () => {
    const user = openUser();
    const from = site.write(
      site.folder(),
      "chain",
      `${site.statement(genesis(), alice, carol)}tofu-handover 1\nseq 2\n`,
    );
    const told = await user.handover({ from });
    assert.deepEqual([told.exit, verdicts(told)], [0, ["first-use"]]);
    assert.deepEqual(told.lines[0]?.notices, ["chain-ignored"]);
  });

  test("of a file that is no statement is refused with its line", async () => {
    const user = openUser();
    for (const [name, content] of [
      ["page", "<!DOCTYPE html>\n<p>404</p>\n"],
      ["block", "-----BEGIN PGP SIGNATURE-----\n\nAAAA\n-----END PGP SIGNATURE-----\n"],
      ["nothing", ""],
    ] as const) {
      const told = await user.handover({ from: site.write(site.folder(), name, content) });
      assert.deepEqual(
        [told.exit, verdicts(told), told.lines[0]?.detail],
        [4, ["handover-rejected"], "syntax line 1"],
        name,
      );
    }
    await assert.rejects(user.handover({ from: "/absent" }), (error) => error instanceof TofuError);
  });

  test("--because ends the wait of a recovery", async () => {
    const user = openUser();
    const first = site.statement(genesis(), alice, carol);
    const text = statementText(genesis());
    const recovery = {
      seq: 2,
      previous: `sha256:${digest(text)}`,
      keys: [both(bob)],
      more: [`recovery openpgp:${carol}`, `remove openpgp:${alice} lost`],
    };
    const folder = site.folder();
    const from = site.write(folder, "chain", first + site.statement(recovery, carol, bob));
    const waiting = await user.handover({ from });
    assert.deepEqual([waiting.exit, verdicts(waiting)], [3, ["first-use", "handover-pending"]]);
    const path = site.release(folder, "2.0", bob);
    assert.equal((await user.verify(path)).judgement?.verdict, "handover-pending");
    const ended = await user.handover({ from, because: "asked Alice by phone" });
    assert.deepEqual([ended.exit, verdicts(ended)], [0, ["handover-known", "handover-recovered"]]);
    assert.equal((await user.verify(path)).judgement?.verdict, "match");
  });

  test("days on which its places were asked count towards the window", async () => {
    const user = openUser();
    const folder = site.folder();
    const first = site.statement(genesis(), alice, carol);
    const recovery = {
      seq: 2,
      previous: `sha256:${digest(statementText(genesis()))}`,
      keys: [both(bob)],
      more: [`recovery openpgp:${carol}`, `remove openpgp:${alice} lost`],
    };
    const from = site.write(folder, "chain", first + site.statement(recovery, carol, bob));
    await user.handover({ from });
    const elsewhere = site.write(site.folder(), "chain", first);
    for (const place of [elsewhere, from, from, from]) {
      user.pass(1);
      await user.handover({ action: "fetch", package: "sunpy", from: place });
      await user.handover({ action: "fetch", package: "sunpy", from: place });
    }
    assert.equal((await user.kinds()).filter((kind) => kind === "fetch").length, 4, "once a day and place");
    user.pass(4);
    assert.equal((await user.verify(site.release(folder, "2.0", bob))).judgement?.verdict, "match-handover");
  });
});

describe("two statements at one place", () => {
  /** Alice signs twice: Bob joins, and Bob does not but Carol. */
  async function forked(): Promise<{ readonly user: User; readonly theirs: string; readonly folder: string }> {
    const user = openUser();
    const folder = site.folder();
    const text = statementText({ keys: [both(alice)] });
    const first = site.statement({ keys: [both(alice)] }, alice);
    const next = (key: string): string =>
      site.statement({ seq: 2, previous: `sha256:${digest(text)}`, keys: [both(alice), both(key)] }, alice, key);
    const theirs = statementText({ seq: 2, previous: `sha256:${digest(text)}`, keys: [both(alice), both(carol)] });
    await user.handover({ from: site.write(folder, "ours", first + next(bob)) });
    user.pass(10);
    const fork = await user.handover({ from: site.write(folder, "theirs", first + next(carol)) });
    assert.deepEqual([fork.exit, verdicts(fork)], [4, ["handover-known", "handover-fork"]]);
    return { user, theirs: digest(theirs), folder };
  }

  for (const [keep, passing, refused] of [
    ["mine", "bob", "carol"],
    ["theirs", "carol", "bob"],
    ["sha256", "carol", "bob"],
  ] as const)
    test(`freeze the package until the user says ${keep}`, async () => {
      const { user, theirs, folder } = await forked();
      const keys = { bob, carol };
      const good = site.release(folder, "2.0", keys[passing]);
      const bad = site.release(folder, "3.0", keys[refused]);
      assert.equal((await user.verify(good)).judgement?.verdict, "handover-fork");
      const told = await user.ask({
        do: "resolve",
        package: NAME,
        keep: keep === "sha256" ? `sha256:${theirs}` : keep,
        because: "asked both",
        claimed: CLAIMED,
      });
      assert.equal(told.exit, 0);
      assert.equal((await user.verify(good)).judgement?.verdict, "match");
      assert.equal((await user.verify(bad)).judgement?.exit, 4);
    });

  test("are the only thing there is to resolve", async () => {
    const user = await userOfAlice();
    const request = { do: "resolve", package: NAME, because: "x", claimed: CLAIMED } as const;
    await assert.rejects(user.ask({ ...request, keep: "mine" }), UsageError);
    const { user: frozen } = await forked();
    await assert.rejects(frozen.ask({ ...request, keep: `sha256:${"0".repeat(64)}` }), UsageError);
  });
});

describe("handover check", () => {
  test("says whether users would follow, and take the release then; it records nothing", async () => {
    const user = await userOfAlice();
    const folder = site.folder();
    const from = site.write(folder, "chain", site.statement(rotation, alice, bob));
    const events = (await user.kinds()).length;
    const good = await user.handover({ action: "check", from, file: site.release(folder, "2.0", bob) });
    assert.deepEqual([good.exit, verdicts(good), good.judgement?.exit], [0, ["handover-applied"], 0]);
    assert.match(good.lines[0]?.sentence ?? "", /^sunpy: statement 1 would be in force/);
    const bad = await user.handover({ action: "check", from, file: site.release(folder, "3.0", carol) });
    assert.deepEqual([bad.exit, bad.judgement?.verdict], [4, "unexpected-signer"]);
    assert.equal((await user.kinds()).length, events);
  });

  test("on a machine that knows nothing holds the release to the statements", async () => {
    const folder = site.folder();
    const from = site.write(folder, "chain", site.statement(genesis(), alice, carol));
    const file = site.release(folder, "2.0", bob);
    const told = await openUser().handover({ action: "check", from, file });
    assert.deepEqual([told.exit, told.judgement?.verdict], [4, "unexpected-signer"]);
  });
});

describe("handover show", () => {
  test("tells what changes and what a statement still lacks, without a verdict", async () => {
    const user = await userOfAlice();
    const from = site.write(site.folder(), "chain", site.statement(rotation, alice));
    const told = await user.handover({ action: "show", from });
    const [line] = told.lines;
    assert.deepEqual([told.exit, line?.verdict, line?.class], [0, undefined, "ok"]);
    const labels = line?.facts.map(({ label }) => label) ?? [];
    for (const label of ["lacks", "added", "removed", "note", "sha256"]) assert.ok(labels.includes(label), label);
    assert.match(line?.facts.find(({ label }) => label === "lacks")?.text ?? "", /did not sign it$/);
  });

  test("shows a statement that nobody signed yet", async () => {
    const told = await openUser().handover({
      action: "show",
      from: site.write(site.folder(), "chain", statementText(genesis())),
    });
    assert.equal(told.exit, 0);
    assert.match(told.lines[0]?.sentence ?? "", /signed by nobody yet$/);
  });
});

describe("handover fetch", () => {
  test("follows a clone that was named, and then knows no other place", async () => {
    const user = await userOfAlice();
    const clone = site.folder();
    mkdirSync(join(clone, "tofu-handovers"));
    const text = statementText(rotation);
    site.write(clone, "tofu-handovers/0001.txt", text);
    for (const key of [alice, bob])
      site.write(clone, `tofu-handovers/0001.txt.${key}.asc`, site.statement(rotation, key).slice(text.length));
    const told = await user.handover({ action: "fetch", from: clone });
    assert.deepEqual([told.exit, verdicts(told)], [0, ["handover-applied"]]);
    await assert.rejects(user.handover({ action: "fetch" }), UsageError);
  });

  test("asks the places of the configuration, and of a site the address that every site has", async () => {
    const asked: string[] = [];
    const chain = Buffer.from(site.statement(genesis(), alice, carol));
    const get: Network["get"] = async (url) => {
      asked.push(url);
      return url.endsWith("/.well-known/tofu/pypi/sunpy")
        ? { kind: "found", bytes: chain }
        : { kind: "absent", detail: "answered 404" };
    };
    const places = ["https://mirror.example/gone", "https://sunpy.example", "/nowhere/at/all"];
    const outside = outsidePlaces({ handoverPlaces: new Map([[PACKAGE, places]]) }, {});
    const user = openUser(undefined, { network: { get }, outside: () => outside });
    const keys = [site.write(site.folder(), "x", "x").replace(/x$/, "TOFU-KEYS")];
    const told = await user.handover({ action: "fetch", keys });
    assert.deepEqual([told.exit, verdicts(told)], [0, ["first-use"]]);
    assert.deepEqual(asked, [
      "https://mirror.example/gone",
      "https://sunpy.example/.well-known/tofu/pypi/sunpy",
      "https://sunpy.example/.well-known/tofu/pypi/TOFU-KEYS",
    ]);
    const notes = told.lines[0]?.facts.filter(({ label }) => label === "not asked").map(({ text }) => text);
    assert.match(notes?.join("; ") ?? "", /mirror\.example\/gone answered 404; .*nowhere/);
  });

  test("asks no address with --offline", async () => {
    const user = openUser();
    const more = [...(genesis().more ?? []), "location https://localhost:1/TOFU-HANDOVERS"];
    await user.handover({
      from: site.write(site.folder(), "chain", site.statement({ ...genesis(), more }, alice, carol)),
    });
    await assert.rejects(user.handover({ action: "fetch", offline: true }), UsageError);
    await assert.rejects(
      user.handover({ action: "fetch" }),
      (error) => error instanceof TofuError && error.code === "place-unreachable",
    );
  });
});

test("a chain's exit code is its last statement's, but for a refusal that nothing made up for", () => {
  const rows: readonly (readonly [readonly (readonly [string, number])[], number])[] = [
    [[], 0],
    [[["handover-known", 0]], 0],
    [
      [
        ["handover-applied", 0],
        ["handover-pending", 3],
      ],
      3,
    ],
    [
      [
        ["handover-rejected", 4],
        ["handover-applied", 0],
      ],
      0,
    ],
    [
      [
        ["handover-rejected", 4],
        ["handover-known", 0],
      ],
      4,
    ],
    [
      [
        ["handover-rejected", 4],
        ["handover-gap", 3],
      ],
      4,
    ],
    [
      [
        ["handover-applied", 0],
        ["handover-rejected", 4],
        ["handover-gap", 3],
      ],
      4,
    ],
    [[["unsupported", 6]], 6],
  ];
  for (const [lines, exit] of rows)
    assert.equal(exitOf(lines.map(([verdict, one]) => ({ verdict, exit: one }))), exit, JSON.stringify(lines));
});
