import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { SignerId } from "../../daemon/core/signer.ts";
import { siteOf } from "../../daemon/core/site.ts";
import {
  type Controller,
  countWitnesses,
  type NamedSigner,
  WITNESS_KINDS,
  type WitnessAnswer,
  type WitnessQuestion,
} from "../../daemon/core/witness.ts";
import { witnessText } from "../../daemon/core/witness-words.ts";
import { Scene, signed, signer, time } from "./scene.ts";

const [ALICE, BOB, OLD] = [signer("A"), signer("B"), signer("O")];
const QUESTION: WitnessQuestion = {
  signers: [ALICE],
  pinned: [],
  servedBy: undefined,
  now: time("2026-09-14T12:00:00Z"),
};
const HOST: Controller = { kind: "host", host: "github.com" };
const MAIL: Controller = { kind: "host", host: "sunpy.example" };
const FILES: Controller = { kind: "unsigned-files" };

const BASIS: ReadonlyMap<string, NamedSigner["by"]> = new Map([
  ["wkd", "address"],
  ["key-server", "address"],
  ["git-tag", "signature"],
]);

function says(
  kind: WitnessAnswer["kind"],
  controller: Controller,
  ...names: readonly (SignerId | NamedSigner)[]
): WitnessAnswer {
  return {
    kind,
    source: `some ${kind}`,
    controller,
    names: names.map((name) => (typeof name === "string" ? { signer: name, by: BASIS.get(kind) ?? "listing" } : name)),
    against: [],
    silence: names.length === 0 ? "no-key" : undefined,
  };
}

const since = (signerId: SignerId, at: string): NamedSigner => ({
  signer: signerId,
  by: "listing",
  firstSeen: time(at),
});

interface Row {
  readonly name: string;
  readonly answers: readonly WitnessAnswer[];
  readonly question?: Partial<WitnessQuestion>;
  /** Votes for the first signer, and how many contradict. */
  readonly votes: number;
  readonly contradicting?: number;
  readonly text: string | undefined;
  readonly about?: "alarm";
}

const ROWS: readonly Row[] = [
  { name: "nobody was asked", answers: [], votes: 0, text: undefined },
  {
    name: "three controllers, one of them silent",
    answers: [says("debian-keyring", { kind: "distribution" }, ALICE), says("git-tag", HOST, ALICE), says("wkd", MAIL)],
    votes: 2,
    text: "2 of 3 agree: Debian keyring, git tag; WKD has no key",
  },
  {
    name: "tag, commit and USER.gpg of one host are one vote",
    answers: [says("git-tag", HOST, ALICE), says("git-commit", HOST, ALICE), says("github", HOST, ALICE)],
    votes: 1,
    text: "1 of 1 agrees: git tag",
  },
  {
    name: "pages and raw files of a repository host are that host's",
    answers: [says("git-tag", HOST, ALICE), says("wkd", { kind: "host", host: "openpgpkey.sunpy.github.io" }, ALICE)],
    votes: 1,
    text: "1 of 1 agrees: git tag",
  },
  {
    name: "what agrees by an address is one, at however many domains: whoever made the key wrote them into it",
    answers: [
      says("wkd", MAIL, ALICE),
      says("wkd", { kind: "host", host: "mail.sunpy.example" }, ALICE),
      says("wkd", { kind: "host", host: "astro.example" }, ALICE),
      says("key-server", { kind: "host", host: "keys.example" }, ALICE),
    ],
    votes: 1,
    text: "1 of 1 agrees: WKD of some wkd",
  },
  {
    name: "mail domains that disagree are as many as they are",
    answers: [
      says("wkd", MAIL, BOB),
      says("wkd", { kind: "host", host: "mail.sunpy.example" }, BOB),
      says("wkd", { kind: "host", host: "astro.example" }),
    ],
    votes: 0,
    contradicting: 2,
    text: "0 of 2 agree; 2 WKDs name another signer; WKD has no key",
  },
  {
    name: "an address beside others is one more",
    answers: [says("git-tag", HOST, ALICE), says("wkd", MAIL, ALICE), says("wkd", { kind: "host", host: "x.example" })],
    votes: 2,
    text: "2 of 3 agree: git tag, WKD of some wkd; WKD has no key",
  },
  {
    name: "the domain that served the file is none, by whatever name",
    answers: [says("wkd", MAIL, ALICE), says("git-tag", HOST, ALICE)],
    question: { servedBy: "Downloads.SunPy.example" },
    votes: 1,
    text: "1 of 1 agrees: git tag",
  },
  {
    name: "the domain that served the file is heard when it names another signer",
    answers: [says("wkd", MAIL, BOB)],
    question: { servedBy: "sunpy.example" },
    votes: 0,
    contradicting: 1,
    text: "0 of 0 agree; WKD names another signer",
  },
  {
    name: "the repository host that served the file is none either",
    answers: [says("git-tag", HOST, ALICE), says("github", HOST, ALICE)],
    question: { servedBy: "objects.githubusercontent.com" },
    votes: 0,
    text: undefined,
  },
  {
    name: "a key server that only has the key",
    answers: [says("key-server", { kind: "host", host: "keys.example" }, { signer: ALICE, by: "bare-key" })],
    votes: 0,
    text: "0 of 1 agree; key server has the key, under no verified address",
  },
  {
    name: "a key server that only has another key contradicts nobody",
    answers: [says("key-server", { kind: "host", host: "keys.example" }, { signer: BOB, by: "bare-key" })],
    votes: 0,
    text: "0 of 1 agree; key server has the key, under no verified address",
  },
  {
    name: "a key server that verified the address",
    answers: [says("key-server", { kind: "host", host: "keys.example" }, { signer: ALICE, by: "address" })],
    votes: 1,
    text: "1 of 1 agrees: key server",
  },
  {
    name: "pin files signed by one key are one, by two keys two",
    answers: [
      says("pin-file", { kind: "file-signer", signer: OLD }, ALICE),
      says("pin-file", { kind: "file-signer", signer: OLD }, ALICE),
      says("pin-file", { kind: "file-signer", signer: BOB }, ALICE),
    ],
    votes: 2,
    text: "2 of 2 agree: 2 pin files",
  },
  {
    name: "unsigned pin files are one together",
    answers: [says("pin-file", FILES, since(ALICE, "2026-09-01")), says("pin-file", FILES, since(ALICE, "2026-08-01"))],
    votes: 1,
    text: "1 of 1 agrees: pin file",
  },
  {
    name: "an unsigned pin file of today is none",
    answers: [says("pin-file", FILES, since(ALICE, "2026-09-13T12:00:01Z"))],
    votes: 0,
    text: undefined,
  },
  {
    name: "an unsigned pin file that is just older than a day counts",
    answers: [says("pin-file", FILES, since(ALICE, "2026-09-13T11:59:59Z"))],
    votes: 1,
    text: "1 of 1 agrees: pin file",
  },
  {
    name: "an unsigned pin file that names no day is none",
    answers: [says("pin-file", FILES, ALICE)],
    votes: 0,
    text: undefined,
  },
  {
    name: "an unsigned pin file of today that names another signer is heard",
    answers: [says("pin-file", FILES, since(BOB, "2026-09-14")), says("git-tag", HOST, ALICE)],
    votes: 1,
    contradicting: 1,
    text: "1 of 2 agrees: git tag; pin file names another signer",
  },
  {
    name: "a source that lists several signers agrees with each",
    answers: [says("debian-keyring", { kind: "distribution" }, BOB, ALICE)],
    votes: 1,
    text: "1 of 1 agrees: Debian keyring",
  },
  {
    name: "a controller that says both has no vote",
    answers: [says("git-tag", HOST, ALICE), says("github", HOST, BOB)],
    votes: 0,
    contradicting: 1,
    text: "0 of 1 agree; GitHub names another signer",
  },
  {
    name: "one who warns of the signer",
    answers: [
      { ...says("pin-file", { kind: "file-signer", signer: OLD }), against: [ALICE] },
      says("git-tag", HOST, ALICE),
    ],
    votes: 1,
    contradicting: 1,
    text: "1 of 2 agrees: git tag; pin file warns of it",
  },
  {
    name: "whoever names a pinned signer names the old one",
    answers: [
      says("debian-keyring", { kind: "distribution" }, OLD),
      says("wkd", MAIL, OLD),
      says("key-server", { kind: "host", host: "keys.example" }),
    ],
    question: { pinned: [OLD] },
    votes: 0,
    text: "0 of 3 know it; Debian keyring and WKD name the old one",
    about: "alarm",
  },
];

describe("counting witnesses (row 74)", () => {
  for (const { name, answers, question, votes, contradicting = 0, text, about = "first-use" } of ROWS)
    test(name, () => {
      const tally = countWitnesses(answers, { ...QUESTION, ...question });
      assert.deepEqual([tally.votes.get(ALICE), tally.contradicting], [votes, contradicting]);
      assert.equal(witnessText(tally.voices, about), text);
    });
});

const host = fc.constantFrom("github.com", "sunpy.example", "dl.sunpy.example", "x.github.io", "keys.example");
const controller: fc.Arbitrary<Controller> = fc.oneof(
  host.map((name): Controller => ({ kind: "host", host: name })),
  fc.constantFrom(ALICE, BOB, OLD).map((by): Controller => ({ kind: "file-signer", signer: by })),
  fc.constantFrom<Controller>(FILES, { kind: "distribution" }, { kind: "own-journal" }, { kind: "clone", path: "/c" }),
);
const named: fc.Arbitrary<NamedSigner> = fc.record({
  signer: fc.constantFrom(ALICE, BOB, OLD),
  by: fc.constantFrom("listing", "signature", "address", "bare-key"),
  firstSeen: fc.constantFrom(undefined, time("2026-01-01"), time("2026-09-14")),
});
const answer: fc.Arbitrary<WitnessAnswer> = fc.record({
  kind: fc.constantFrom(...WITNESS_KINDS),
  source: fc.string(),
  controller,
  names: fc.array(named, { maxLength: 3 }),
  against: fc.array(fc.constantFrom(ALICE, BOB, OLD), { maxLength: 1 }),
});
const answers = fc.array(answer, { maxLength: 8 });
const question: fc.Arbitrary<WitnessQuestion> = fc.record({
  signers: fc.uniqueArray(fc.constantFrom(ALICE, BOB), { minLength: 1 }),
  pinned: fc.constantFrom([], [OLD]),
  servedBy: fc.option(host, { nil: undefined }),
  now: fc.constant(QUESTION.now),
});

describe("whatever witnesses say", () => {
  const site = ({ controller: who }: WitnessAnswer): string =>
    who.kind === "host" ? siteOf(who.host) : who.kind === "file-signer" ? who.signer : who.kind;

  test("votes are at most the controllers that name the signer, and none is whoever served the file", () => {
    fc.assert(
      fc.property(answers, question, (given, asked) => {
        const { votes } = countWitnesses(given, asked);
        for (const one of asked.signers) {
          const naming = given.filter(({ names }) => names.some(({ signer: name }) => name === one));
          const sites = new Set(naming.map(site));
          if (asked.servedBy !== undefined) sites.delete(siteOf(asked.servedBy));
          assert.ok((votes.get(one) ?? 0) <= sites.size);
        }
      }),
    );
  });

  test("their order makes no difference", () => {
    fc.assert(
      fc.property(answers, question, (given, asked) => {
        const [there, back] = [countWitnesses(given, asked), countWitnesses(given.toReversed(), asked)];
        assert.deepEqual(back.votes, there.votes);
        assert.deepEqual(
          [back.asked, back.agreeing, back.contradicting],
          [there.asked, there.agreeing, there.contradicting],
        );
      }),
    );
  });

  test("saying it twice makes no difference", () => {
    fc.assert(
      fc.property(answers, question, (given, asked) => {
        const [once, twice] = [countWitnesses(given, asked), countWitnesses([...given, ...given], asked)];
        assert.deepEqual([twice.votes, twice.asked, twice.agreeing], [once.votes, once.asked, once.agreeing]);
      }),
    );
  });

  test("one more never takes a contradiction away, and one less never makes one", () => {
    fc.assert(
      fc.property(answers, answer, question, (given, more, asked) => {
        const [before, after] = [countWitnesses(given, asked), countWitnesses([...given, more], asked)];
        assert.ok(after.contradicting >= before.contradicting);
      }),
    );
  });
});

test("whichever witness is taken out, a first use is a first use or a question, and without all of them the first", () => {
  const judged = (given: readonly WitnessAnswer[]): string =>
    new Scene().arrive({ at: "2026-09-14", bytes: "one", signatures: [signed("A")], witnesses: given }).verdict;
  fc.assert(
    fc.property(answers, fc.nat(), (given, at) => {
      const left = given.filter((_, index) => index !== at % Math.max(given.length, 1));
      for (const some of [given, left]) assert.match(judged(some), /^first-use(?:-undecided)?$/);
      if (judged(given) === "first-use") assert.equal(judged(left), "first-use");
      assert.equal(judged([]), "first-use");
    }),
  );
});

test("whose site a host is", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["github.com", "github.com"],
    ["Codeload.GitHub.com", "github.com"],
    ["objects.githubusercontent.com", "github.com"],
    ["sunpy.github.io", "github.com"],
    ["openpgpkey.sunpy.example", "sunpy.example"],
    ["a.b.example.co.uk", "example.co.uk"],
    ["example.co.uk", "example.co.uk"],
    ["example.io", "example.io"],
    ["localhost", "localhost"],
    ["sunpy.example.", "sunpy.example"],
  ];
  for (const [name, site] of rows) assert.equal(siteOf(name), site, name);
});
