import assert from "node:assert/strict";
import { appendFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { findCertificates } from "../../daemon/certificates/certificate-file.ts";
import { parseStatement } from "../../daemon/core/statement.ts";
import { UsageError } from "../../daemon/core/tofu-error.ts";
import type { HandoverMakeRequest } from "../../daemon/protocol/handover-requests.ts";
import { readBase } from "../../daemon/usecases/statement-base.ts";
import { whoMustSign } from "../../daemon/usecases/statement-signers.ts";
import { must, PACKAGE } from "../core/scene.ts";
import { makeSshKey } from "../evidence/statements.ts";
import { openPublisher, type Publisher, runShell } from "./publisher.ts";

type Words = Partial<HandoverMakeRequest>;

/** One statement of a package's life: who is asked to sign, and what users' machines make of it then. */
interface Step {
  readonly words: (key: (person: string) => string) => Words;
  /** Those without whom it does not pass. */
  readonly must: readonly string[];
  /** Others whose signatures are used. */
  readonly also?: readonly string[];
  readonly verdict?: "handover-applied" | "handover-pending";
}

interface Life {
  readonly name: string;
  readonly pinned: readonly string[];
  readonly steps: readonly Step[];
}

const first: Step = { words: (key) => ({ recovery: [key("dave")] }), must: ["alice", "dave"] };

const LIVES: readonly Life[] = [
  {
    name: "a first statement lists the pinned signer, the added one and a recovery key",
    pinned: ["alice"],
    steps: [{ words: (key) => ({ add: [key("bob")], recovery: [key("dave")] }), must: ["alice", "bob", "dave"] }],
  },
  {
    name: "a first statement for a package that nobody has pinned yet",
    pinned: [],
    steps: [{ words: (key) => ({ add: [key("alice")] }), must: ["alice"] }],
  },
  {
    name: "a rotation as the first statement, then another",
    pinned: ["alice"],
    steps: [
      { words: (key) => ({ rotate: [`${key("alice")}=${key("bob")}`] }), must: ["alice", "bob"] },
      { words: (key) => ({ rotate: [`${key("bob")}=${key("carol")}`] }), must: ["bob", "carol"] },
    ],
  },
  {
    name: "a release-only key is added by the others and consents",
    pinned: ["alice"],
    steps: [first, { words: (key) => ({ add: [`${key("robot")}=release`] }), must: ["alice", "robot"] }],
  },
  {
    name: "a second manager comes and both must sign from then on, then the first one goes",
    pinned: ["alice"],
    steps: [
      first,
      { words: (key) => ({ add: [key("bob")], handoverThreshold: 2 }), must: ["alice", "bob"] },
      { words: (key) => ({ remove: [`${key("alice")}=retired`] }), must: ["alice", "bob"] },
    ],
  },
  {
    name: "the project goes to a new team",
    pinned: ["alice"],
    steps: [
      first,
      {
        words: (key) => ({ handTo: [key("erin"), key("frank")], handoverThreshold: 2 }),
        must: ["alice", "erin", "frank"],
      },
    ],
  },
  {
    name: "a lost key is replaced by the recovery key, after a wait",
    pinned: ["alice"],
    steps: [
      first,
      {
        words: (key) => ({ remove: [`${key("alice")}=lost`], add: [key("bob")] }),
        must: ["dave", "bob"],
        verdict: "handover-pending",
      },
    ],
  },
  {
    name: "two of three may remove the stolen third",
    pinned: ["alice", "bob", "carol"],
    steps: [
      { words: () => ({}), must: ["alice", "bob", "carol"] },
      { words: (key) => ({ remove: [`${key("carol")}=compromised@2026-01-02`] }), must: ["alice", "bob"] },
    ],
  },
  {
    name: "thresholds alone",
    pinned: ["alice", "bob"],
    steps: [
      { words: () => ({ handoverThreshold: 1 }), must: ["alice", "bob"] },
      { words: () => ({ releaseThreshold: 2 }), must: [], also: ["bob"] },
    ],
  },
];

describe("a statement that is made, signed with its script and followed", () => {
  for (const life of LIVES) {
    test(life.name, async () => {
      const publisher = await openPublisher(...life.pinned);
      try {
        for (const [index, step] of life.steps.entries()) await playStep(publisher, step, index + 1);
      } finally {
        publisher.close();
      }
    });
  }
});

/** Those asked are exactly those needed: with all of them it passes, without any single one it does not. */
async function playStep(publisher: Publisher, step: Step, seq: number): Promise<void> {
  const { key, folder } = publisher;
  const base = await readBase(publisher.world, PACKAGE, { keys: [] });
  await publisher.make(step.words(key));
  const name = `${String(seq).padStart(4, "0")}.txt`;
  const statement = must(parseStatement(readFileSync(join(folder, name))));
  const asked = whoMustSign(base, statement, new Set()).signers;
  const sorted = (people: readonly string[]): readonly string[] =>
    people.map((person) => `openpgp:${key(person)}`).sort();
  assert.deepEqual(
    asked
      .filter((each) => each.must)
      .map(({ signer }) => signer)
      .sort(),
    sorted(step.must),
  );
  const signers = [...step.must, ...(step.also ?? [])];
  for (const person of signers) {
    const said = publisher.sign(seq, person);
    assert.deepEqual([said.code, said.stderr.replace(/^gpg: .*\n/gm, "")], [0, ""]);
  }
  for (const missing of step.must) await withoutSignature(publisher, `${name}.${key(missing)}.asc`);
  const judged = await publisher.follow();
  assert.deepEqual(verdictsOf(judged).slice(-1), [
    step.verdict ?? (base.pin.exists ? "handover-applied" : "first-use"),
  ]);
}

async function withoutSignature(publisher: Publisher, name: string): Promise<void> {
  const path = join(publisher.folder, name);
  const bytes = readFileSync(path);
  rmSync(path);
  const judged = verdictsOf(await publisher.judge()).at(-1);
  assert.ok(
    judged === undefined || judged === "handover-rejected" || judged === "handover-known",
    `without ${name}: ${judged}`,
  );
  writeFileSync(path, bytes);
}

function verdictsOf(judged: Awaited<ReturnType<Publisher["judge"]>>): readonly string[] {
  return judged.statements.map(({ judgement }) => judgement.verdict);
}

test("a stolen key: what its thief said first is undone by the owner's statement with the recovery key", async () => {
  const publisher = await openPublisher("alice");
  const { key, make, sign, place, folder } = publisher;
  try {
    await make({ recovery: [key("dave")] });
    for (const person of ["alice", "dave"]) sign(1, person);
    await publisher.follow();
    const stolen = { rotate: [`${key("alice")}=${key("mallory")}`] };
    await make({ ...stolen, output: join(place.folder, "thief", "tofu-handovers") });
    runShell(`cp ${folder}/0001.txt* ../../thief/tofu-handovers/`, folder, place.folder);
    for (const person of ["alice", "mallory"])
      runShell(`sh sign-0002.sh ${key(person)}`, join(place.folder, "thief", "tofu-handovers"), place.folder);
    const base = await readBase(publisher.world, PACKAGE, { keys: [] });
    await make({ remove: [`${key("alice")}=compromised`], add: [key("bob")] });
    const statement = must(parseStatement(readFileSync(join(folder, "0002.txt"))));
    const { signers } = whoMustSign(base, statement, new Set());
    assert.deepEqual(
      signers.map((each) => [each.signer, each.must]),
      [
        [`openpgp:${key("alice")}`, true],
        [`openpgp:${key("bob")}`, true],
        [`openpgp:${key("dave")}`, false],
      ],
    );
    assert.deepEqual(verdictsOf(await publisher.follow(join(place.folder, "thief"))), [
      "handover-known",
      "handover-applied",
    ]);
    for (const person of ["alice", "bob", "dave"]) sign(2, person);
    assert.deepEqual(verdictsOf(await publisher.follow()), ["handover-known", "handover-recovered"]);
  } finally {
    publisher.close();
  }
});

describe("what is written", () => {
  let publisher: Publisher;
  before(async () => {
    publisher = await openPublisher("alice");
  });
  after(() => publisher.close());

  test("the statement, the script and the certificates, told with their paths, then the words", async () => {
    const answers = await publisher.make({ add: [publisher.key("bob")], recovery: [publisher.key("dave")] });
    const paths = answers.flatMap((answer) =>
      answer.type === "text" ? [answer.path?.slice(publisher.folder.length)] : [],
    );
    assert.deepEqual(paths, ["/0001.txt", "/sign-0001.sh", "/TOFU-KEYS", undefined]);
    const certificates = findCertificates(readFileSync(join(publisher.folder, "TOFU-KEYS"))).certificates;
    assert.deepEqual(
      certificates.map(({ primary }) => primary).sort(),
      ["alice", "bob", "dave"].map(publisher.key).sort(),
    );
    const imported = publisher.place
      .gpg("--show-keys", "--with-colons", join(publisher.folder, "TOFU-KEYS"))
      .toString();
    assert.deepEqual([imported.match(/^pub:/gm)?.length, imported.match(/^uid:/gm)?.length], [3, 3]);
    const [, , , text, recorded] = answers;
    assert.ok(text?.type === "text" && recorded?.type === "recorded");
    for (const person of ["alice", "bob", "dave"])
      assert.ok(
        text.text.includes(
          `gpg --armor --detach-sign --sig-notation purpose@tofu.invalid=handover -u '${publisher.key(person)}!' -o 0001.txt.${publisher.key(person)}.asc 0001.txt`,
        ),
      );
    assert.equal(recorded.sentence, "sunpy: statement 1 is written; 3 keys must sign before anybody follows it");
  });

  test("nothing is recorded", async () => {
    assert.equal((await publisher.world.journal.read(PACKAGE)).length, 1);
  });

  test("a statement that differs stays as it is, and nothing else is written", async () => {
    const statement = readFileSync(join(publisher.folder, "0001.txt"));
    const script = readFileSync(join(publisher.folder, "sign-0001.sh"));
    await assert.rejects(publisher.make({ add: [publisher.key("carol")] }), UsageError);
    assert.deepEqual(readFileSync(join(publisher.folder, "0001.txt")), statement);
    assert.deepEqual(readFileSync(join(publisher.folder, "sign-0001.sh")), script);
  });

  test("the next statement builds on those in the folder, which this machine never saw", async () => {
    for (const person of ["alice", "bob", "dave"]) publisher.sign(1, person);
    const output = join(publisher.folder, "..", "elsewhere");
    await publisher.make({
      from: publisher.folder,
      output,
      dropRecovery: [publisher.key("dave")],
      alsoFor: ["pkg:conda/sunpy"],
    });
    const next = must(parseStatement(readFileSync(join(output, "0002.txt"))));
    const { seq, packages, recovery, threshold } = next;
    assert.deepEqual([seq, packages, recovery, threshold.handover], [2, ["pkg:conda/sunpy", "pkg:pypi/sunpy"], [], 2]);
  });
});

describe("what is refused, with nothing written", () => {
  const rows: readonly (readonly [name: string, words: (key: (person: string) => string) => Words, message: RegExp])[] =
    [
      ["no reason", (key) => ({ add: [key("bob")], reason: undefined }), /needs a reason/],
      ["a reason of blanks", (key) => ({ add: [key("bob")], reason: "  " }), /needs a reason/],
      ["a reason in another script", (key) => ({ add: [key("bob")], reason: "Schlüssel" }), /plain ASCII/],
      ["a long reason", (key) => ({ add: [key("bob")], reason: "a".repeat(201) }), /200/],
      ["a key ID", () => ({ add: ["28B8B19AD578A535"] }), /key ID/],
      ["an unknown role", (key) => ({ add: [`${key("bob")}=admin`] }), /no list of roles/],
      ["a removal without its why", (key) => ({ remove: [key("alice")] }), /no reason to remove/],
      ["nobody left", (key) => ({ remove: [`${key("alice")}=lost`] }), /nobody would be left/],
      ["a threshold out of reach", () => ({ handoverThreshold: 2 }), /only 1 key may/],
      ["a recovery key that also releases", (key) => ({ recovery: [key("alice")] }), /has another role/],
      ["no recovery key to drop", (key) => ({ dropRecovery: [key("bob")] }), /no recovery key/],
      [
        "a rotation of a stranger",
        (key) => ({ rotate: [`${key("bob")}=${key("carol")}`] }),
        /no key of the present state/,
      ],
      ["a location that is no web address", () => ({ location: ["ftp://example.org/x"] }), /no https address/],
      ["a time that is none", () => ({ notBefore: "soon" }), /--not-before/],
      [
        "the only signer lost, and nobody to say so",
        (key) => ({ remove: [`${key("alice")}=lost`], add: [key("bob")] }),
        /no statement can be made/,
      ],
    ];
  let publisher: Publisher;
  before(async () => {
    publisher = await openPublisher("alice");
  });
  after(() => publisher.close());
  for (const [name, words, message] of rows) {
    test(name, async () => {
      await assert.rejects(publisher.make(words(publisher.key)), message);
      assert.throws(() => readFileSync(join(publisher.folder, "0001.txt")));
    });
  }

  test("a package of which nothing is known, without a key", async () => {
    await assert.rejects(publisher.make({ package: "pkg:pypi/other" }), /say who its signers are/);
  });
});

describe("the script for co-signers", () => {
  let publisher: Publisher;
  before(async () => {
    publisher = await openPublisher("alice");
    publisher.place.gpg("--quick-add-key", publisher.key("alice"), "ed25519", "sign", "never");
    await publisher.make({ add: [publisher.key("bob")] });
  });
  after(() => publisher.close());
  const run = (word: string): ReturnType<typeof runShell> =>
    runShell(`sh sign-0001.sh ${word}`, publisher.folder, publisher.place.folder);
  const signature = (person: string): string => join(publisher.folder, `0001.txt.${publisher.key(person)}.asc`);

  test("refuses who is not asked, a short fingerprint and a subkey", () => {
    const [, subkey = ""] = fingerprints(publisher, "alice");
    assert.match(run(publisher.key("mallory")).stderr, /is not asked to sign/);
    assert.match(run(publisher.key("alice").slice(-16)).stderr, /whole fingerprint/);
    assert.match(run(subkey).stderr, /is not asked to sign/);
    assert.match(run("").stderr, /usage/);
  });

  test("refuses a statement that is one byte different", () => {
    const path = join(publisher.folder, "0001.txt");
    const bytes = readFileSync(path);
    appendFileSync(path, "\n");
    assert.match(run(publisher.key("alice")).stderr, /not the statement that was agreed on/);
    writeFileSync(path, bytes);
    assert.throws(() => readFileSync(signature("alice")));
  });

  test("refuses what gpg makes of it by a text mode or SHA-1 in its settings, and leaves nothing behind", () => {
    for (const setting of [
      "digest-algo SHA1\nallow-weak-digest-algos\n",
      "sig-notation purpose@tofu.invalid=release\n",
    ]) {
      publisher.place.write("gpg.conf", setting);
      const said = run(publisher.key("alice"));
      publisher.place.write("gpg.conf", "");
      assert.match(said.stderr, /not as it must be|can't verify/, setting);
      assert.throws(() => readFileSync(signature("alice")));
    }
  });

  test("signs with the primary although there is a subkey, in either case, with spaces, once", () => {
    publisher.place.write("gpg.conf", "textmode\n");
    assert.equal(run(`0x${publisher.key("alice").toLowerCase()}`).code, 0);
    publisher.place.write("gpg.conf", "");
    assert.equal(run(publisher.key("bob").replace(/(.{4})/g, "$1 ")).code, 0);
    assert.match(run(publisher.key("bob")).stderr, /is there already/);
  });

  test("and what it made counts", async () => {
    assert.deepEqual(verdictsOf(await publisher.judge()), ["handover-applied"]);
  });
});

test("a primary key that may only certify is told so by make and by the script; after the recipe it counts", async () => {
  const publisher = await openPublisher("alice");
  try {
    const { place } = publisher;
    place.gpg("--quick-gen-key", "cold <cold@example.org>", "ed25519", "cert", "never");
    const [cold = ""] = fingerprints(publisher, "cold");
    const recorded = (await publisher.make({ add: [cold] })).at(-1);
    assert.ok(recorded?.type === "recorded");
    assert.ok(recorded.details.some((line) => line.includes(`gpg --edit-key ${cold}`)));
    const run = (): ReturnType<typeof runShell> => runShell(`sh sign-0001.sh ${cold}`, publisher.folder, place.folder);
    assert.match(run().stderr, /change-usage, S, Q, save/);
    const recipe = "printf 'change-usage\\nS\\nQ\\nsave\\n' | gpg --no-tty --command-fd 0 --edit-key";
    runShell(`${recipe} ${cold}`, publisher.folder, place.folder);
    // The same statement again brings the new self-signature into TOFU-KEYS.
    rmSync(join(publisher.folder, "0001.txt"));
    await publisher.make({ add: [cold] });
    assert.deepEqual([run().code, publisher.sign(1, "alice").code], [0, 0]);
    assert.deepEqual(verdictsOf(await publisher.judge()), ["handover-applied"]);
  } finally {
    publisher.close();
  }
});

test("a key that its owner has revoked as stolen is not asked; the recovery key is", async () => {
  const publisher = await openPublisher("alice");
  const { key, make, sign, place } = publisher;
  try {
    await make({ recovery: [key("dave")] });
    for (const person of ["alice", "dave"]) sign(1, person);
    await publisher.follow();
    const revoke = "printf 'y\\n1\\n\\ny\\n' | gpg --no-tty --command-fd 0 --output rev --gen-revoke";
    assert.equal(runShell(`${revoke} ${key("alice")} && gpg --import rev`, place.folder, place.folder).code, 0);
    const kept = (await make({ add: [key("bob")] })).at(-1);
    assert.ok(kept?.type === "recorded" && kept.details.some((line) => line.includes("counts nowhere")));
    rmSync(join(publisher.folder, "0002.txt"));
    await make({ remove: [`${key("alice")}=compromised`], add: [key("bob")] });
    for (const person of ["dave", "bob"]) assert.equal(sign(2, person).code, 0);
    assert.deepEqual(verdictsOf(await publisher.follow()), ["handover-known", "handover-pending"]);
  } finally {
    publisher.close();
  }
});

test("an ssh key that a statement lists signs it with the command that make prints", async () => {
  const publisher = await openPublisher("alice");
  try {
    const ssh = makeSshKey(publisher.place, "id_releaser");
    const text = (await publisher.make({ add: [`${ssh.signer}=handover`] })).find(
      (answer) => answer.type === "text" && answer.path === undefined,
    );
    const command = text?.type === "text" ? /ssh-keygen .*/.exec(text.text)?.[0] : undefined;
    assert.ok(command !== undefined);
    const run = runShell(command.replace("KEYFILE", ssh.file), publisher.folder, publisher.place.folder);
    assert.equal(run.code, 0, run.stderr);
    publisher.sign(1, "alice");
    assert.deepEqual(verdictsOf(await publisher.judge()), ["handover-applied"]);
  } finally {
    publisher.close();
  }
});

test("the plan tells what ends when and what a loss would mean, and writes nothing", async () => {
  const publisher = await openPublisher("alice");
  try {
    publisher.place.gpg("--quick-set-expire", publisher.key("alice"), "40d");
    const [answer, ...more] = await publisher.make({ plan: true, reason: undefined });
    assert.ok(answer?.type === "text" && more.length === 0);
    assert.match(answer.text, /no statement yet/);
    assert.match(answer.text, /expires on \d{4}-\d\d-\d\d, in (39|40) days/);
    assert.match(answer.text, /1 key can change everything, and nothing tells its thief from its owner/);
    assert.match(answer.text, /no statement can ever be made again/);
    assert.match(answer.text, /publish a first statement now/);
    const [better] = await publisher.make({
      plan: true,
      add: [publisher.key("bob")],
      recovery: [publisher.key("dave")],
    });
    assert.ok(better?.type === "text");
    assert.match(better.text, /needs 1 more to change the keys/);
    assert.throws(() => readFileSync(join(publisher.folder, "0001.txt")));
  } finally {
    publisher.close();
  }
});

function fingerprints(publisher: Publisher, person: string): readonly string[] {
  const listing = publisher.place.gpg("--with-colons", "--with-subkey-fingerprint", "--list-keys", person).toString();
  return [...listing.matchAll(/^fpr:{9}([0-9A-F]+):/gm)].flatMap(([, fingerprint]) => fingerprint ?? []);
}
