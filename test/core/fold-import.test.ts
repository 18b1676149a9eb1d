import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { ImportJudgement, ImportTrust } from "../../daemon/core/import.ts";
import { foldPlan, planImport } from "../../daemon/core/import-plan.ts";
import type { Pin } from "../../daemon/core/pin.ts";
import { emptyDraft } from "../../daemon/core/pin-draft.ts";
import { parsePinFile } from "../../daemon/pinfile/parse.ts";
import { digestOf } from "./event-arbitrary.ts";
import { digest, must, PACKAGE, Scene, signed, signer, time } from "./scene.ts";

const TRUSTED: ImportTrust = { kind: "configured", signer: signer("Z") };
const UNSIGNED: ImportTrust = { kind: "unsigned" };
const F1 = `@artifact ${PACKAGE} 1.0 sunpy-1.0.tar.gz sha256:${digest("one")} first=2025-01-01T00:00:00Z`;

/** Lines about sunpy: `A` pins A, others as they stand with `A` for its signer. */
function textOf(lines: readonly string[]): string {
  return lines
    .map((line) => (/^[A-Z]( |$)/.test(line) ? `${PACKAGE} ${line}` : line))
    .map((line) => `${line.replace(/(?<= )[A-Z](?= |$)/, (letter) => signer(letter))}\n`)
    .join("");
}

function questionOf(lines: readonly string[], pin: Pin, trust: ImportTrust, prefer: "local" | "imported" = "local") {
  const [imported] = must(parsePinFile(Buffer.from(textOf(lines)))).packages;
  assert.ok(imported !== undefined);
  const question = { pin, imported, trust, chainHolds: false, provenRevocations: new Set<never>(), prefer };
  return { question, file: { file: digestOf(lines.join()), label: "known_keys", trust } };
}

function importInto(scene: Scene, at: string, lines: readonly string[], trust = UNSIGNED): ImportJudgement {
  const { question, file } = questionOf(lines, scene.pin, trust);
  const { judgement, events } = planImport(question, file);
  scene.append(at, ...events);
  return judgement;
}

describe("a pin file in the journal", () => {
  it("pins its signers as imported, and a release of theirs passes", () => {
    const scene = new Scene();
    scene.policy = { ...scene.policy, firstUse: { kind: "deny" } };
    importInto(scene, "2026-01-01", ["A first=2024-03-02 releases=12 days=9"], TRUSTED);
    const entry = scene.pin.signers.get(signer("A"));
    assert.deepEqual([entry?.strength, entry?.signedBy], ["imported", [signer("Z")]]);
    const answer = scene.arrive({ at: "2026-02-01", bytes: "two", version: "2.0", signatures: [signed("A")] });
    assert.equal(answer.verdict, "match");
    assert.match(answer.sentence, /signer as in known_keys, imported with 12 releases/);
    assert.equal(scene.arrive({ at: "2026-02-01", bytes: "two", version: "2.0" }).verdict, "unsigned-expected");
    assert.equal(scene.arrive({ at: "2026-02-01", bytes: "x", version: "3.0" }).verdict, "unsigned-downgrade");
  });

  it("the same file told twice changes nothing", () => {
    const scene = new Scene();
    importInto(scene, "2026-01-01", ["A"]);
    importInto(scene, "2026-01-02", ["A"]);
    assert.equal(scene.events.length, 1);
  });

  it("bytes of a trusted file count as seen here, those of any other do not", () => {
    const retire = `@retired ${PACKAGE} B cutoff=2026-01-01T00:00:00Z reason=superseded`;
    for (const [trust, verdict] of [
      [TRUSTED, "match-retired"],
      [UNSIGNED, "retired-signer-unseen"],
    ] as const) {
      const scene = new Scene();
      importInto(scene, "2026-01-01", ["A", retire, F1], trust);
      const signature = signed("B", { createdAt: time("2025-01-01") });
      assert.equal(scene.arrive({ at: "2026-02-01", bytes: "one", signatures: [signature] }).verdict, verdict);
    }
  });

  it("other bytes than a trusted file lists are a change, than another file lists a question", () => {
    for (const [trust, verdict] of [
      [TRUSTED, "artifact-changed"],
      [UNSIGNED, "hash-differs-from-import"],
    ] as const) {
      const scene = new Scene();
      importInto(scene, "2026-01-01", ["A", F1], trust);
      assert.equal(scene.arrive({ at: "2026-02-01", bytes: "other", signatures: [signed("A")] }).verdict, verdict);
      assert.equal(scene.arrive({ at: "2026-02-01", bytes: "one", signatures: [signed("A")] }).verdict, "match");
    }
  });

  it("a conflict with a trusted file holds the package until it is resolved (row 69)", () => {
    for (const keep of ["mine", "theirs"] as const) {
      const scene = new Scene();
      scene.arrive({ at: "2026-01-01", bytes: "one", signatures: [signed("A")] });
      const { verdict, exit, holdsPackage } = importInto(scene, "2026-01-02", ["M"], TRUSTED);
      assert.deepEqual([verdict, exit, holdsPackage], ["import-conflict", 3, true]);
      const by = (letter: string) =>
        scene.arrive({ at: "2026-01-03", bytes: `v2 ${letter}`, version: `2.${letter}`, signatures: [signed(letter)] });
      assert.deepEqual(
        ["A", "M", "X"].map((one) => by(one).verdict).join(),
        "import-conflict,import-conflict,unexpected-signer",
      );
      const file = scene.pin.importConflict?.file;
      assert.ok(file !== undefined);
      scene.append("2026-01-04", { kind: "resolve", keep, import: file, reason: "asked" });
      const passes = keep === "mine" ? "A" : "M";
      assert.deepEqual(scene.active(), [signer(passes)]);
      assert.equal(by(passes).exit, 0);
      assert.notEqual(by(keep === "mine" ? "M" : "A").exit, 0);
    }
  });

  it("a conflict with any other file is noted, and the pin stays in force", () => {
    const scene = new Scene();
    scene.arrive({ at: "2026-01-01", bytes: "one", signatures: [signed("A")] });
    assert.equal(importInto(scene, "2026-01-02", ["M"]).exit, 3);
    const answer = scene.arrive({ at: "2026-01-03", bytes: "two", version: "2.0", signatures: [signed("A")] });
    assert.equal(answer.verdict, "match");
    assert.equal(scene.pin.importConflict?.holds, false);
  });

  it("bad news takes effect from a trusted file, and is told from any other (row 71)", () => {
    const news = [`@revoked ${PACKAGE} A since=2026-01-05T00:00:00Z hard`];
    for (const [trust, verdict, notices] of [
      [TRUSTED, "revoked", []],
      [UNSIGNED, "match", ["imported-opinion"]],
    ] as const) {
      const scene = new Scene();
      scene.arrive({ at: "2026-01-01", bytes: "one", signatures: [signed("A")] });
      importInto(scene, "2026-01-10", news, trust);
      const answer = scene.arrive({ at: "2026-01-11", bytes: "two", version: "2.0", signatures: [signed("A")] });
      assert.equal(answer.verdict, verdict);
      assert.deepEqual(
        answer.notices.map(({ kind }) => kind),
        notices,
      );
      const seen = scene.arrive({ at: "2026-01-11", bytes: "one", signatures: [signed("A")] });
      assert.equal(seen.verdict, trust === TRUSTED ? "revoked-seen" : "match");
    }
  });

  it("bad news from any other file is a witness against a first use (row 71)", () => {
    for (const [letter, verdict] of [
      ["A", "first-use-undecided"],
      ["B", "first-use"],
    ] as const) {
      const scene = new Scene();
      importInto(scene, "2026-01-10", [`@revoked ${PACKAGE} A since=2026-01-05T00:00:00Z hard`]);
      const answer = scene.arrive({ at: "2026-01-11", bytes: "one", signatures: [signed(letter)], witnesses: [] });
      assert.equal(answer.verdict, verdict);
      assert.deepEqual(
        answer.witnesses.map(({ kind, says }) => [kind, says]),
        letter === "A" ? [["pin-file", "against"]] : [],
      );
    }
  });

  it("as a layer it is folded before the journal, at version 0", () => {
    const { question, file } = questionOf(["A"], emptyDraft(), { kind: "layer" });
    const pin = foldPlan(question.pin, planImport(question, file), time("2026-01-01"));
    assert.deepEqual([pin.version, pin.latest, pin.exists], [0, undefined, true]);
    assert.deepEqual([...pin.signers.keys()], [signer("A")]);
  });
});

const LINES = [
  "A",
  "A roles=release",
  "A first=2024-01-01 releases=3",
  "A basis=trust roles=release",
  "B",
  "B last=2026-01-01 days=4",
  "C basis=trust roles=release",
  `@retired ${PACKAGE} A cutoff=2026-01-01T00:00:00Z reason=superseded`,
  `@retired ${PACKAGE} C cutoff=2025-01-01T00:00:00Z reason=lost`,
  `@retired ${PACKAGE} C cutoff=2024-01-01T00:00:00Z reason=lost`,
  `@revoked ${PACKAGE} B hard`,
  `@distrusted ${PACKAGE} D`,
  `@policy ${PACKAGE} release=2`,
  `@policy ${PACKAGE} release=1`,
  F1,
  `@artifact ${PACKAGE} 1.0 sunpy-1.0.tar.gz sha256:${digest("other")}`,
];

const pinFile = fc
  .subarray(LINES, { minLength: 1 })
  .filter((lines) => lines.some((line) => /^[AB]/.test(line)) && parsePinFile(Buffer.from(textOf(lines))).ok);
const trusts = fc.constantFrom(TRUSTED, UNSIGNED);

/** All of a pin that decides an answer. */
function essence(pin: Pin): unknown {
  const signers = [...pin.signers.values()]
    .map(({ signer: key, state, roles, imported, retirement, isLocal }) => ({
      key,
      state,
      roles: [...roles].sort(),
      first: imported?.first,
      last: imported?.last,
      releases: imported?.releases,
      retirement: retirement === undefined ? undefined : retirement.cutoff,
      isLocal,
    }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const artifacts = [...pin.artifacts].map(([key, { sha256 }]) => `${key} ${sha256}`).sort();
  const { release = 1 } = pin.importedThreshold ?? {};
  return { signers, artifacts, release };
}

describe("two pin files", () => {
  it("give the same pin in either order, or a conflict that names both", () => {
    let compared = 0;
    fc.assert(
      fc.property(pinFile, pinFile, trusts, (one, other, trust) => {
        fc.pre(one.join() !== other.join());
        const play = (first: readonly string[], second: readonly string[]) => {
          const scene = new Scene();
          importInto(scene, "2026-02-01", first, trust);
          return { pin: scene.pin, ...importInto(scene, "2026-02-01", second, trust), after: scene.pin };
        };
        const [forth, back] = [play(one, other), play(other, one)];
        if (forth.exit !== 0 || back.exit !== 0) {
          for (const { exit, differing, changed, verdict } of [forth, back])
            assert.ok(
              exit !== 0 && (changed.length > 0 || differing.here.length + differing.there.length > 0),
              verdict,
            );
          return;
        }
        compared += 1;
        assert.deepEqual(essence(forth.after), essence(back.after));
      }),
      { numRuns: 1500 },
    );
    assert.ok(compared > 100, `only ${compared} pairs agreed`);
  });
});
