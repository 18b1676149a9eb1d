import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseArtifactFileName, parseVersion } from "../../daemon/core/artifact-name.ts";
import type { ChainLink, ChainState } from "../../daemon/core/handover-chain.ts";
import {
  type ImportedPackage,
  type ImportJudgement,
  type ImportTrust,
  judgeImport,
  mayBeRead,
  relateChains,
  worstExit,
} from "../../daemon/core/import.ts";
import { type ImportedSigner, stopsTooMany } from "../../daemon/core/import-news.ts";
import { LayeredMap } from "../../daemon/core/layered-map.ts";
import { artifactKey, type Pin } from "../../daemon/core/pin.ts";
import { type Draft, type DraftSigner, emptyDraft, newSigner } from "../../daemon/core/pin-draft.ts";
import type { Statement } from "../../daemon/core/statement.ts";
import { parsePinFile } from "../../daemon/pinfile/parse.ts";
import { digest, must, PACKAGE, signer, time } from "./scene.ts";

const CONFIGURED: ImportTrust = { kind: "configured", signer: signer("Z") };
const LAYER: ImportTrust = { kind: "layer" };
const STRANGER: ImportTrust = { kind: "stranger", signer: signer("Y") };
const UNSIGNED: ImportTrust = { kind: "unsigned" };
const NAME = must(parseArtifactFileName("sunpy-1.0.tar.gz"));
const VERSION = must(parseVersion("1.0"));

/** What a test says of one signer here: `A`, or `A` with what differs. */
type Here = string | readonly [string, Partial<DraftSigner>];

function pinOf(signers: readonly Here[], rest: Partial<Draft> = {}): Pin {
  const draft = emptyDraft();
  for (const one of signers) {
    const [letter, fields] = typeof one === "string" ? [one, {}] : one;
    const entry = newSigner(signer(letter), { kind: "first-use", n: 1 }, time("2026-01-01"));
    draft.signers.set(signer(letter), { ...entry, roles: new Set(["release", "handover"]), ...fields });
  }
  return { ...draft, exists: [...draft.signers.values()].some(({ state }) => state === "active"), ...rest };
}

type There = string | readonly [string, Partial<ImportedSigner>];

function fileOf(signers: readonly There[], rest: Partial<ImportedPackage> = {}): ImportedPackage {
  return {
    name: PACKAGE,
    signers: signers.map((one): ImportedSigner => {
      const [letter, fields] = typeof one === "string" ? [one, {}] : one;
      return {
        signer: signer(letter),
        standing: { kind: "active" },
        roles: new Set(["release", "handover"]),
        basis: { kind: "first-use" },
        first: undefined,
        last: undefined,
        releases: undefined,
        days: undefined,
        until: undefined,
        extras: [],
        ...fields,
      };
    }),
    policy: undefined,
    chain: undefined,
    statements: [],
    artifacts: [],
    ...rest,
  };
}

const revoked = { standing: { kind: "revoked", hard: true, since: undefined } } as const;
const distrusted = { standing: { kind: "distrusted", since: undefined } } as const;
const retired = { standing: { kind: "retired", cutoff: undefined, reason: undefined } } as const;
const imported = { strength: "imported" } as const;
const verified = { strength: "verified" } as const;

/** A chain of digests; what the statements say does not matter here. */
function linksOf(...words: readonly string[]): readonly ChainLink[] {
  const state = (letter: string): ChainState => ({
    keys: new Map([[signer(letter), new Set(["release", "handover"] as const)]]),
    recovery: new Set(),
    threshold: { release: 1, handover: 1 },
  });
  return statementsOf(...words).map((row, index) => ({
    ...row,
    before: state(index === 0 ? "O" : "A"),
    after: state("A"),
    signers: [],
    via: "quorum",
    at: time("2026-01-02"),
  }));
}

function statementsOf(...words: readonly string[]): ImportedPackage["statements"] {
  return words.map((word, index) => {
    const statement: Statement = {
      packages: [PACKAGE],
      seq: index + 1,
      previous: index === 0 ? undefined : digest(words[index - 1] ?? ""),
      issued: time("2026-01-01"),
      notBefore: undefined,
      keys: [],
      recovery: [],
      threshold: { release: 1, handover: 1 },
      removed: [],
      vouches: [],
      locations: [],
      notes: [],
      reason: word,
    };
    return { sha256: digest(word), statement };
  });
}

const chained = (...words: readonly string[]): Partial<Draft> => ({
  chain: { links: linksOf(...words), pending: undefined, competitors: [], freeze: undefined },
});
const withChain = (...words: readonly string[]): Partial<ImportedPackage> => ({
  chain: { seq: words.length, head: digest(words.at(-1) ?? "") },
  statements: statementsOf(...words),
});

function withArtifact(word: string, unpacked?: string): Partial<Draft> {
  const known = {
    name: NAME,
    version: VERSION,
    sha256: digest(word),
    signedDigest: unpacked === undefined ? undefined : digest(unpacked),
    firstSeen: time("2026-01-01"),
    signers: [signer("A")],
  };
  return { artifacts: LayeredMap.of([[artifactKey(known), known]]) };
}
function bringsArtifact(word: string, unpacked?: string): Partial<ImportedPackage> {
  const digestOf = unpacked === undefined ? undefined : digest(unpacked);
  return { artifacts: [{ name: NAME, version: VERSION, sha256: digest(word), unpacked: digestOf, first: undefined }] };
}

interface Row {
  readonly here: Pin;
  readonly there: ImportedPackage;
  readonly trust?: ImportTrust;
  readonly chainHolds?: boolean;
  readonly proven?: readonly string[];
  readonly prefer?: "imported";
  /** Row, verdict, exit. */
  readonly expect: string;
  readonly install?: readonly string[];
  readonly holds?: boolean;
}

const table: Readonly<Record<string, Row>> = {
  "65: a package unknown here is taken, even unsigned": {
    here: pinOf([]),
    there: fileOf(["A"]),
    expect: "65 imported 0",
    install: ["A"],
  },
  "65: but nobody whom the user distrusts": {
    here: pinOf([["A", { state: "distrusted" }]]),
    there: fileOf(["A"]),
    trust: CONFIGURED,
    expect: "69 import-conflict 3",
    holds: true,
  },
  "65: retired signers of the file are not taken as active": {
    here: pinOf([]),
    there: fileOf(["B", ["A", retired]]),
    expect: "65 imported 0",
    install: ["B"],
  },
  "66: the same signers": { here: pinOf(["A", "B"]), there: fileOf(["B", "A"]), expect: "66 import-unchanged 0" },
  "66: whom each side trusts for itself is no difference": {
    here: pinOf(["A", ["L", { isLocal: true }]]),
    there: fileOf(["A", ["M", { basis: { kind: "trust" }, roles: new Set(["release"]) }]]),
    expect: "66 import-unchanged 0",
  },
  "67: the file's chain leads on": {
    here: pinOf(["A"], chained("one")),
    there: fileOf(["B"], withChain("one", "two")),
    chainHolds: true,
    expect: "67 handover-applied 0",
  },
  "67: and does not hold": {
    here: pinOf(["A"], chained("one")),
    there: fileOf(["B"], withChain("one", "two")),
    expect: "70 import-conflict 4",
  },
  "67: a first chain over a pin that has none": {
    here: pinOf(["A"]),
    there: fileOf(["B"], withChain("one")),
    chainHolds: true,
    expect: "67 handover-applied 0",
  },
  "68: the file's chain is behind": {
    here: pinOf(["A"], chained("one", "two")),
    there: fileOf(["O"], withChain("one")),
    expect: "68 import-unchanged 0",
  },
  "68: a file from before the chain": {
    here: pinOf(["A"], chained("one")),
    there: fileOf(["O"]),
    trust: CONFIGURED,
    expect: "68 import-unchanged 0",
  },
  "69: other signers, from a configured key": {
    here: pinOf(["A"]),
    there: fileOf(["B"]),
    trust: CONFIGURED,
    expect: "69 import-conflict 3",
    holds: true,
  },
  "69: other signers, from a stranger": {
    here: pinOf(["A"]),
    there: fileOf(["B"]),
    trust: STRANGER,
    expect: "69 import-conflict 3",
  },
  "69: the user prefers the file": {
    here: pinOf(["A"]),
    there: fileOf(["B"]),
    trust: CONFIGURED,
    prefer: "imported",
    expect: "69 imported 0",
    install: ["B"],
  },
  "69: which needs a file that somebody stands behind": {
    here: pinOf(["A"]),
    there: fileOf(["B"]),
    prefer: "imported",
    expect: "69 import-conflict 3",
  },
  "69: one signer more is a difference": {
    here: pinOf(["A"]),
    there: fileOf(["A", "B"]),
    expect: "69 import-conflict 3",
  },
  "69: a signer retired there": {
    here: pinOf(["A"]),
    there: fileOf(["B", ["A", retired]]),
    expect: "69 import-conflict 3",
  },
  "69a: the pin was itself imported": {
    here: pinOf([["A", imported]]),
    there: fileOf(["B"]),
    trust: CONFIGURED,
    prefer: "imported",
    expect: "69a import-conflict 3",
  },
  "70: the user had verified one of them": {
    here: pinOf([["A", verified], "C"]),
    there: fileOf(["B"]),
    trust: CONFIGURED,
    prefer: "imported",
    expect: "70 import-conflict 4",
  },
  "70: the pin has a chain, and the file another": {
    here: pinOf(["A"], chained("one", "two")),
    there: fileOf(["A"], withChain("one", "TWO")),
    trust: LAYER,
    expect: "70 import-conflict 4",
  },
  "70: the pin has a chain, and the file none": {
    here: pinOf(["A"], chained("one")),
    there: fileOf(["B"]),
    expect: "70 import-conflict 4",
  },
  "71: bad news from a trusted file ends a difference": {
    here: pinOf(["A", "B"]),
    there: fileOf(["B", ["A", revoked]]),
    trust: LAYER,
    expect: "66 import-unchanged 0",
  },
  "71: so does a revocation that proves itself": {
    here: pinOf(["A", "B"]),
    there: fileOf(["B", ["A", revoked]]),
    proven: ["A"],
    expect: "66 import-unchanged 0",
  },
  "71: anybody else's is an opinion": {
    here: pinOf(["A", "B"]),
    there: fileOf(["B", ["A", revoked]]),
    expect: "69 import-conflict 3",
  },
  "71: a file of nothing but bad news": {
    here: pinOf(["A"]),
    there: fileOf([["A", distrusted]]),
    expect: "66 import-unchanged 0",
  },
  "71a: other bytes, says a stranger": {
    here: pinOf(["A"], withArtifact("one")),
    there: fileOf(["A"], bringsArtifact("two")),
    trust: STRANGER,
    expect: "71a hash-differs-from-import 3",
  },
  "71a: which never hides something worse": {
    here: pinOf([["A", verified]], withArtifact("one")),
    there: fileOf(["B"], bringsArtifact("two")),
    expect: "70 import-conflict 4",
  },
  "72: other bytes, says a configured key": {
    here: pinOf(["A"], withArtifact("one")),
    there: fileOf(["A"], bringsArtifact("two")),
    trust: CONFIGURED,
    expect: "72 artifact-changed 5",
  },
  "72: louder than any conflict": {
    here: pinOf([["A", verified]], withArtifact("one")),
    there: fileOf(["B"], bringsArtifact("two")),
    trust: LAYER,
    expect: "72 import-conflict 5",
  },
  "72: the same tar packed otherwise is no change": {
    here: pinOf(["A"], withArtifact("one", "tar")),
    there: fileOf(["A"], bringsArtifact("two", "tar")),
    trust: LAYER,
    expect: "66 import-unchanged 0",
  },
};

function judged({
  here,
  there,
  trust = UNSIGNED,
  chainHolds = false,
  proven = [],
  prefer = "local" as "local" | "imported",
}: Omit<Row, "prefer"> & { readonly prefer?: "local" | "imported" }): ImportJudgement {
  return judgeImport({
    pin: here,
    imported: there,
    trust,
    chainHolds,
    provenRevocations: new Set(proven.map(signer)),
    prefer,
  });
}

describe("an import, package by package (rules.md, 3.7)", () => {
  for (const [name, row] of Object.entries(table)) {
    test(name, () => {
      const judgement = judged(row);
      assert.equal(`${judgement.row} ${judgement.verdict} ${judgement.exit}`, row.expect);
      assert.deepEqual(
        judgement.install.map((one) => one.signer),
        (row.install ?? []).map(signer),
      );
      assert.equal(judgement.holdsPackage, row.holds ?? false);
    });
  }

  test("a conflict names both sides, and preferring the file says whom it replaces", () => {
    const { differing, replaced } = judged({
      here: pinOf(["A", "C"]),
      there: fileOf(["B", "C"]),
      trust: CONFIGURED,
      prefer: "imported",
      expect: "",
    });
    assert.deepEqual(differing, { here: [signer("A")], there: [signer("B")] });
    assert.deepEqual(replaced, [signer("A")]);
  });

  test("bad news is told apart by whether it takes effect, and what is known is no news", () => {
    const here = pinOf(["A", "B", ["C", { state: "revoked" }], ["D", { state: "distrusted" }]]);
    const there = fileOf([
      ["A", revoked],
      ["B", distrusted],
      ["C", revoked],
      ["D", revoked],
      ["E", distrusted],
    ]);
    const { news } = judged({ here, there, proven: ["A", "B"], expect: "" });
    assert.deepEqual(
      news.effects.map(({ signer: who, stops }) => [who, stops]),
      [[signer("A"), true]],
    );
    assert.deepEqual(
      news.opinions.map(({ signer: who, stops }) => [who, stops]),
      [
        [signer("B"), true],
        [signer("E"), false],
      ],
    );
  });

  test("more than three signers are stopped only if the user says how many", () => {
    const letters = ["A", "B", "C", "D"];
    const stopping = (count: number) => [
      judged({
        here: pinOf(letters),
        there: fileOf(letters.slice(0, count).map((letter) => [letter, revoked] as const)),
        trust: LAYER,
        expect: "",
      }).news,
    ];
    assert.equal(stopsTooMany(stopping(3), undefined), undefined);
    assert.equal(stopsTooMany(stopping(4), undefined), 4);
    assert.equal(stopsTooMany(stopping(4), 5), 4);
    assert.equal(stopsTooMany(stopping(4), 4), undefined);
  });

  test("73: an unsigned file only from where a person pointed", () => {
    assert.deepEqual(
      [UNSIGNED, STRANGER, CONFIGURED, LAYER].map((trust) =>
        (["path", "stdin", "elsewhere"] as const).map((from) => mayBeRead(trust, from)),
      ),
      [
        [true, true, false],
        [true, true, false],
        [true, true, true],
        [true, true, true],
      ],
    );
  });

  test("what a pin file says of a package is judged as it was read", () => {
    const file = parsePinFile(Buffer.from(`${PACKAGE} ${signer("B")} basis=handover:2\n`));
    const there = file.ok ? file.value.packages[0] : undefined;
    assert.ok(there !== undefined);
    assert.equal(judged({ here: pinOf(["A"]), there, expect: "" }).row, "69");
  });

  test("the worst row is the import's exit code", () => {
    const all = Object.values(table).map(judged);
    assert.equal(worstExit(all), 5);
    assert.equal(worstExit(all.filter(({ exit }) => exit < 4)), 3);
    assert.equal(worstExit([]), 0);
  });

  test("chains are compared by digests alone", () => {
    const pin = pinOf(["A"], chained("one", "two"));
    const relation = (...words: readonly string[]) =>
      relateChains(pin, fileOf([], words.length === 0 ? {} : withChain(...words)));
    assert.deepEqual(
      [relation(), relation("one", "two"), relation("one", "two", "three", "four"), relation("one")],
      ["none", "same", "ahead", "behind"],
    );
    assert.equal(relation("one", "TWO", "three"), "forked");
  });
});
