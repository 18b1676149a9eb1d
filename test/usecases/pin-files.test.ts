import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { SeedRules } from "../../daemon/config/seeds-table.ts";
import { parseSigner } from "../../daemon/core/signer.ts";
import type { Answer, ImportLine } from "../../daemon/protocol/answer.ts";
import type { ExportRequest, ImportRequest } from "../../daemon/protocol/pin-file-requests.ts";
import { must } from "../core/scene.ts";
import { type GpgPlace, openGpgPlace } from "../evidence/gpg.ts";
import { makeSshKey, type SshKey, sshBlock } from "../evidence/statements.ts";
import { CLAIMED, NAME, openUser, Site, type Told, type User } from "./user.ts";

let place: GpgPlace;
let site: Site;
let ssh: SshKey;
const people = { alice: "", bob: "", carol: "", dave: "", mallory: "" };

before(() => {
  place = openGpgPlace();
  site = new Site(place);
  for (const name of ["alice", "bob", "carol", "dave", "mallory"] as const)
    people[name] = place.makeKey(`${name} <${name}@example.org>`);
  ssh = makeSshKey(place, "seeds");
});
after(() => place.close());

const EXPORT: ExportRequest = { do: "export", for: "known_keys", header: false };
const IMPORT: Omit<ImportRequest, "file"> = {
  do: "import",
  isStdin: false,
  label: "known_keys",
  from: "known_keys",
  keys: [],
  dryRun: false,
  preferImported: false,
  claimed: CLAIMED,
};
const both = (key: string): string => `openpgp:${key} release,handover`;
const importLines = ({ answers }: Told): readonly ImportLine[] => answers.filter((answer) => answer.type === "import");
const sentences = ({ answers }: Told): string =>
  answers.map((answer: Answer) => ("sentence" in answer ? answer.sentence : "")).join("\n");

async function exported(user: User, more: Partial<ExportRequest> = {}): Promise<string> {
  const { answers, exit } = await user.ask({ ...EXPORT, ...more });
  assert.equal(exit, 0);
  return answers.map((answer) => (answer.type === "text" ? answer.text : "")).join("");
}

async function imported(user: User, text: string, more: Partial<ImportRequest> = {}): Promise<Told> {
  const file = place.write("known_keys", text);
  return await user.ask({ ...IMPORT, file, ...more });
}

/** Signs the file that is imported next, as `known_keys.sig`. */
function sign(text: string): void {
  place.write("known_keys.sig", sshBlock(text, ssh, "pins@tofu.invalid"));
}

function unsign(): void {
  rmSync(join(place.folder, "known_keys.sig"), { force: true });
}

function seededUser(rules: SeedRules = { signers: [must(parseSigner(ssh.signer))] }): User {
  return openUser({ kind: "deny" }, { seeds: () => rules });
}

/** A machine with everything that a pin can have: a chain, somebody retired, distrusted, trusted, a policy, files. */
async function rich(): Promise<User> {
  const { alice, bob, carol, dave, mallory } = people;
  const user = openUser();
  await user.verify(site.release(site.folder(), "1.0", alice));
  user.pass(1);
  const folder = site.folder();
  const statement = { keys: [both(bob)], more: [`recovery openpgp:${carol}`, `remove openpgp:${alice} superseded`] };
  site.write(folder, "TOFU-HANDOVERS", site.statement(statement, alice, bob, carol));
  assert.equal((await user.verify(site.release(folder, "2.0", bob))).exit, 0);
  const because = "for a test";
  const word = { package: NAME, because, claimed: CLAIMED } as const;
  await user.ask({ do: "trust", ...word, fingerprint: dave, keys: [], undoDistrust: false });
  await user.ask({ do: "distrust", ...word, fingerprint: mallory, since: "2026-01-02" });
  await user.ask({ do: "distrust", ...word, package: "*", fingerprint: "AB".repeat(20) });
  const requirement = { allow: [], unsignedOk: [], noRollback: false, noHandover: false } as const;
  await user.ask({ do: "require", ...word, ...requirement, releaseThreshold: 1 });
  await user.verify(site.release(site.folder(), "1.0", alice), { package: "generic/other" });
  return user;
}

describe("pins that travel", () => {
  test("come out byte by byte as they went in, unsigned and signed", async () => {
    const text = await exported(await rich());
    for (const word of [
      "@retired",
      "@distrusted * ",
      "@distrusted pkg:pypi/sunpy",
      "@chain",
      "@statement",
      "@policy",
      "@artifact",
      "@certificate",
      "basis=trust",
      "roles=recovery",
    ])
      assert.ok(text.includes(word) || word === "roles=recovery", `${word} is missing:\n${text}`);
    for (const isSigned of [false, true]) {
      if (isSigned) sign(text);
      const second = seededUser();
      second.pass(3);
      const told = await imported(second, text);
      assert.equal(told.exit, 0, sentences(told));
      assert.equal(await exported(second), text, isSigned ? "signed" : "unsigned");
      const again = await imported(second, text);
      assert.equal(again.exit, 0);
      assert.equal(await exported(second), text);
      unsign();
    }
  });

  test("let a seeded machine verify with no network, and refuse what is not in them", async () => {
    const text = await exported(await rich(), { pattern: NAME });
    sign(text);
    const seeded = seededUser();
    seeded.pass(3);
    const told = await imported(seeded, text);
    unsign();
    assert.deepEqual(
      importLines(told).map(({ verdict, strength, signedBy }) => [verdict, strength, signedBy]),
      [["imported", "imported", ssh.signer]],
    );
    const bare = site.folder();
    rmSync(join(bare, "TOFU-KEYS"));
    const known = await seeded.verify(site.release(bare, "3.0", people.bob));
    assert.deepEqual([known.exit, known.judgement?.verdict], [0, "match"]);
    const other = await seeded.verify(site.release(site.folder(), "1.0", people.bob), { package: "pypi/other" });
    assert.deepEqual([other.exit, other.judgement?.verdict], [4, "first-use-denied"]);
    const retired = await seeded.verify(site.release(site.folder(), "1.0", people.alice));
    assert.equal(retired.judgement?.verdict, "match-retired", "its sha256 came with the pin file");
  });

  test("an old seed whose signer handed over is followed", async () => {
    const { alice, bob } = people;
    const seeded = seededUser();
    const seed = `${NAME} openpgp:${alice}\n`;
    await imported(seeded, seed);
    const folder = site.folder();
    site.write(
      folder,
      "TOFU-HANDOVERS",
      site.statement({ keys: [both(bob)], more: [`remove openpgp:${alice} superseded`] }, alice, bob),
    );
    const told = await seeded.verify(site.release(folder, "2.0", bob));
    assert.deepEqual([told.exit, told.judgement?.verdict], [0, "match-handover"]);
    assert.equal(importLines(await imported(seeded, seed))[0]?.detail, "row 68");
  });

  test("a chain in the file extends the one here, and a stale file is agreement (rows 67, 68)", async () => {
    const { alice } = people;
    const before = openUser();
    await before.verify(site.release(site.folder(), "1.0", alice));
    const early = await exported(before);
    const late = await exported(await rich(), { pattern: NAME });
    before.pass(3);
    assert.deepEqual(
      importLines(await imported(before, late)).map(({ verdict }) => verdict),
      ["handover-applied"],
    );
    assert.deepEqual(
      importLines(await imported(before, early)).map(({ verdict, detail }) => [verdict, detail]),
      [["import-unchanged", "row 68"]],
    );
  });
});

describe("an import", () => {
  test("names the line of a hostile file, and takes nothing of it", async () => {
    const user = openUser();
    const text = `${NAME} openpgp:${people.alice}\n${NAME} openpgp:${people.alice.slice(-16)}\n`;
    await assert.rejects(imported(user, text), /line 2: long key id is not a fingerprint/);
    assert.equal(await user.journal.count(), 0);
  });

  test("says what it would do, and records nothing, with --dry-run", async () => {
    const user = openUser();
    const told = await imported(user, `${NAME} openpgp:${people.alice}\n`, { dryRun: true });
    assert.deepEqual(
      importLines(told).map(({ verdict, recorded }) => [verdict, recorded]),
      [["imported", false]],
    );
    assert.equal(await user.journal.count(), 0);
  });

  test("holds a package that a configured signer contradicts, until it is resolved", async () => {
    const user = openUser({ kind: "accept" }, { seeds: () => ({ signers: [must(parseSigner(ssh.signer))] }) });
    await user.verify(site.release(site.folder(), "1.0", people.alice));
    const text = `${NAME} openpgp:${people.bob}\n`;
    sign(text);
    const told = await imported(user, text);
    unsign();
    assert.deepEqual([told.exit, importLines(told)[0]?.verdict], [3, "import-conflict"]);
    assert.equal(
      (await user.verify(site.release(site.folder(), "2.0", people.alice))).judgement?.verdict,
      "import-conflict",
    );
    const status = await user.ask({ do: "status", packages: [] });
    assert.match(JSON.stringify(status.answers), /known_keys names other signers; nothing passes/);
    const resolved = await user.ask({
      do: "resolve",
      package: NAME,
      keep: "theirs",
      because: "asked",
      claimed: CLAIMED,
    });
    assert.match(sentences(resolved), /the signers of known_keys hold from now on/);
    assert.equal((await user.verify(site.release(site.folder(), "3.0", people.bob))).exit, 0);
    // Before or after the cutoff by its own date: the two fall into one second.
    const late = await user.verify(site.release(site.folder(), "4.0", people.alice));
    assert.match(late.judgement?.verdict ?? "", /^retired-signer/);
  });

  test("of two machines that saw different bytes is the loudest alarm (row 72)", async () => {
    const user = openUser({ kind: "accept" }, { seeds: () => ({ signers: [must(parseSigner(ssh.signer))] }) });
    await user.verify(site.release(site.folder(), "1.0", people.alice));
    const artifact = `@artifact ${NAME} 1.0 sunpy-1.0.tar.gz sha256:${"ab".repeat(32)}`;
    const text = `${NAME} openpgp:${people.alice}\n${artifact}\n`;
    sign(text);
    const told = await imported(user, text);
    unsign();
    const [line] = importLines(told);
    assert.deepEqual([told.exit, line?.verdict], [5, "artifact-changed"]);
    assert.deepEqual(
      line?.facts.map(({ label }) => label),
      ["file", "here", "there"],
    );
  });

  test("stops more than three signers only with their number", async () => {
    const user = openUser({ kind: "accept" }, { seeds: () => ({ signers: [must(parseSigner(ssh.signer))] }) });
    const keys = [1, 2, 3, 4].map((digit) => `${digit}`.repeat(40));
    await imported(user, keys.map((key, at) => `pkg:generic/p${at} openpgp:${key}\n`).join(""));
    const text = keys.map((key, at) => `@revoked pkg:generic/p${at} openpgp:${key} hard\n`).join("");
    sign(text);
    const asked = await imported(user, text);
    assert.equal(asked.exit, 3);
    assert.match(sentences(asked), /would stop 4 signers/);
    assert.equal((await imported(user, text, { acceptRevocations: 3 })).exit, 3);
    assert.equal((await imported(user, text, { acceptRevocations: 4 })).exit, 0);
    unsign();
  });

  test("takes no signature that does not hold for none", async () => {
    const text = `${NAME} openpgp:${people.alice}\n`;
    const user = seededUser();
    sign(`${text}# more\n`);
    assert.equal((await imported(user, text)).exit, 5);
    place.write("known_keys.sig", "-----BEGIN SSH SIGNATURE-----\n");
    assert.equal((await imported(user, text)).exit, 6);
    unsign();
    assert.equal(await user.journal.count(), 0);
  });
});

describe("an old seed", () => {
  const seed = (serial: number, more = ""): string =>
    `@format 1\n@serial ${serial}\n${more}${NAME} openpgp:${"A".repeat(40)}\n`;
  const take = async (user: User, text: string, more: Partial<ImportRequest> = {}): Promise<Told> => {
    sign(text);
    try {
      return await imported(user, text, more);
    } finally {
      unsign();
    }
  };

  test("does not go back for one signer, and is the same file or another one", async () => {
    const user = seededUser();
    assert.equal((await take(user, seed(5))).exit, 0);
    assert.equal((await take(user, seed(5))).exit, 0, "the same file again");
    const older = await take(user, seed(4));
    assert.equal(older.exit, 4);
    assert.match(sentences(older), /has serial 4, and ssh:.* sent serial 5 before/);
    assert.equal((await take(user, seed(5, "@created 2026-01-01\n"))).exit, 4, "another file of the same number");
    assert.equal((await take(user, `${NAME} openpgp:${"A".repeat(40)}\n`)).exit, 4, "no serial at all");
    assert.equal((await take(user, seed(6))).exit, 0);
  });

  test("past its date, or below the least serial, seeds nothing", async () => {
    const expired = await take(seededUser(), seed(5, "@expires 2020-01-01\n"));
    assert.equal(expired.exit, 4);
    assert.match(sentences(expired), /expired on 2020-01-01/);
    assert.equal((await take(seededUser(), seed(5), { minSerial: 6 })).exit, 4);
    const asked = seededUser({ signers: [must(parseSigner(ssh.signer))], minSerial: 6 });
    assert.equal((await take(asked, seed(5))).exit, 4);
    assert.equal((await take(asked, seed(6))).exit, 0);
  });
});

describe("an import that was cut short", () => {
  test("is told by status, and the same command completes it", async () => {
    const user = openUser();
    const text = [1, 2, 3].map((at) => `pkg:generic/p${at} openpgp:${`${at}`.repeat(40)}\n`).join("");
    const whole = openUser();
    await imported(whole, text);
    const events = [];
    for await (const { event } of whole.journal.follow(0)) events.push(event);
    // The first two of its appends reached the disk: the mark, and one package.
    for (const { package: name, body, at, actor } of events.slice(0, 2))
      await user.journal.append({ name, expectedVersion: 0, events: [body], at, actor, certificates: [], objects: [] });
    const status = (await user.ask({ do: "status", packages: [] })).answers;
    assert.match(JSON.stringify(status), /import unfinished: known_keys, 3 packages/);
    assert.equal((await imported(user, text)).exit, 0);
    assert.equal(await exported(user), await exported(whole));
    assert.doesNotMatch(JSON.stringify((await user.ask({ do: "status", packages: [] })).answers), /unfinished/);
  });
});
