import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseArtifactFileName } from "../../daemon/core/artifact-name.ts";
import type { EventBody } from "../../daemon/core/event.ts";
import type { Judgement } from "../../daemon/core/judgement.ts";
import { expiredLayer, layerOf } from "./layers.ts";
import { letters, offered } from "./offers.ts";
import { digest, fingerprint, must, Scene, signed, signer, time } from "./scene.ts";

const CLAIMED = { claimed: { pid: 1, parent: "sh" } };

const trust = (letter: string, rest: object = {}): EventBody => ({
  kind: "trust",
  key: signer(letter),
  scope: "package",
  reason: "asked",
  ...CLAIMED,
  ...rest,
});

function arrive(scene: Scene, list: string, rest: Partial<Parameters<Scene["arrive"]>[0]> = {}): Judgement {
  const signatures = letters(list).map((letter) => signed(letter));
  return scene.arrive({ at: "2026-03-01", bytes: `new ${list}`, version: "9.0", signatures, ...rest });
}

/** A machine that saw a release before it was seeded. */
function lived(list: string): Scene {
  const scene = new Scene();
  arrive(scene, list, { at: "2026-01-01", bytes: "one", version: "1.0" });
  return scene;
}

interface Row {
  readonly name: string;
  readonly scene: () => Scene;
  readonly signatures: string;
  readonly verdict: string;
  readonly exit: number;
  readonly notices?: readonly string[];
  /** Letters that may act afterwards. */
  readonly active?: string;
  readonly rest?: Partial<Parameters<Scene["arrive"]>[0]>;
}

function seeded(scene: Scene, ...lines: readonly string[]): Scene {
  scene.layer = layerOf(lines);
  return scene;
}

const ROWS: readonly Row[] = [
  {
    name: "a signer of the machine's files passes, and is none of a first use",
    scene: () => seeded(new Scene(), "A"),
    signatures: "A",
    verdict: "match",
    exit: 0,
    notices: [],
    active: "A",
  },
  {
    name: "another signer is an alarm at the first file",
    scene: () => seeded(new Scene(), "A"),
    signatures: "B",
    verdict: "unexpected-signer",
    exit: 4,
  },
  {
    name: "an unsigned file too",
    scene: () => seeded(new Scene(), "A"),
    signatures: "",
    verdict: "unsigned-downgrade",
    exit: 4,
  },
  {
    name: "the journal's own signer, the same, stays quiet",
    scene: () => seeded(lived("A"), "A"),
    signatures: "A",
    verdict: "match",
    exit: 0,
    notices: [],
    active: "A",
  },
  {
    name: "of signers that differ the machine's stands, and the answer says so",
    scene: () => seeded(lived("B"), "A"),
    signatures: "A",
    verdict: "match",
    exit: 0,
    notices: ["layer-conflict"],
    active: "A",
  },
  {
    name: "the journal's first signer is then a stranger",
    scene: () => seeded(lived("B"), "A"),
    signatures: "B",
    verdict: "unexpected-signer",
    exit: 4,
    notices: ["layer-conflict"],
    active: "A",
  },
  {
    name: "bytes that only such a stranger signed are not known",
    scene: () => seeded(lived("B"), "A"),
    signatures: "A",
    rest: { bytes: "genuine", version: "1.0" },
    verdict: "match",
    exit: 0,
  },
  {
    name: "bytes that passed unsigned before are no more known",
    scene: () => {
      const scene = new Scene();
      scene.arrive({ at: "2026-01-01", bytes: "new ", version: "9.0" });
      scene.arrive({ at: "2026-01-02", bytes: "new ", version: "9.0" });
      return seeded(scene, "A");
    },
    signatures: "",
    verdict: "unsigned-downgrade",
    exit: 4,
  },
  {
    name: "whom the user trusts beside the machine's signers may release",
    scene: () => {
      const scene = seeded(lived("B"), "A");
      scene.append("2026-02-01", trust("B"));
      return scene;
    },
    signatures: "B",
    verdict: "match",
    exit: 0,
    active: "A B",
  },
  {
    name: "nobody takes the place of the machine's signer by a trust of the user's",
    scene: () => {
      const scene = seeded(new Scene(), "A");
      scene.append("2026-02-01", trust("B", { replaces: signer("A") }));
      return scene;
    },
    signatures: "A",
    verdict: "match",
    exit: 0,
    active: "A B",
  },
  {
    name: "the user distrusts the machine's signer",
    scene: () => {
      const scene = seeded(new Scene(), "A");
      scene.append("2026-02-01", {
        kind: "distrust",
        key: signer("A"),
        scope: "package",
        reason: "stolen",
        ...CLAIMED,
      });
      return scene;
    },
    signatures: "A",
    verdict: "distrusted",
    exit: 4,
    active: "",
  },
  {
    name: "and takes back what was the user's own",
    scene: () => {
      const scene = seeded(new Scene(), "A");
      scene.append("2026-02-01", {
        kind: "distrust",
        key: signer("A"),
        scope: "package",
        reason: "stolen",
        ...CLAIMED,
      });
      scene.append("2026-02-02", trust("A", { undoDistrust: true }));
      return scene;
    },
    signatures: "A",
    verdict: "match",
    exit: 0,
    active: "A",
  },
  {
    name: "what the files distrust the user can't free",
    scene: () => {
      const scene = seeded(new Scene(), "A", "@distrusted B");
      scene.append("2026-02-01", trust("B", { undoDistrust: true }));
      return scene;
    },
    signatures: "B",
    verdict: "distrusted",
    exit: 4,
    active: "A",
  },
  {
    name: "nor whom they distrust and say nothing else of the package",
    scene: () => {
      const scene = seeded(lived("B"), "@distrusted B");
      scene.append("2026-02-01", trust("B", { undoDistrust: true }));
      return scene;
    },
    signatures: "B",
    verdict: "distrusted",
    exit: 4,
    active: "",
  },
  {
    name: "what the files revoke stays revoked",
    scene: () => {
      const scene = seeded(lived("B"), "A", "@revoked B hard");
      scene.append("2026-02-01", trust("B"));
      return scene;
    },
    signatures: "B",
    verdict: "revoked",
    exit: 4,
    active: "A",
  },
  {
    name: "files that only bring bad news leave the journal's signers",
    scene: () => seeded(lived("A"), "@revoked B hard"),
    signatures: "A",
    verdict: "match",
    exit: 0,
    notices: [],
    active: "A",
  },
  {
    name: "the files' threshold holds",
    scene: () => seeded(new Scene(), "A", "B", "@policy release=2"),
    signatures: "A",
    verdict: "quorum-not-met",
    exit: 4,
  },
  {
    name: "a smaller one of the user's does not loosen it",
    scene: () => {
      const scene = seeded(new Scene(), "A", "B", "@policy release=2");
      scene.append("2026-02-01", {
        kind: "require",
        requirement: { releaseThreshold: 1 },
        reason: "house rule",
        ...CLAIMED,
      });
      return scene;
    },
    signatures: "A",
    verdict: "quorum-not-met",
    exit: 4,
  },
  {
    name: "a larger one of the user's does hold",
    scene: () => {
      const scene = seeded(new Scene(), "A", "B");
      scene.append("2026-02-01", {
        kind: "require",
        requirement: { releaseThreshold: 2 },
        reason: "house rule",
        ...CLAIMED,
      });
      return scene;
    },
    signatures: "A",
    verdict: "quorum-not-met",
    exit: 4,
  },
  {
    name: "to forget takes what is the journal's, and leaves what is the machine's",
    scene: () => {
      const scene = seeded(new Scene(), "A");
      scene.append("2026-02-01", trust("B"), { kind: "forget", reason: "a new start", ...CLAIMED });
      return scene;
    },
    signatures: "B",
    verdict: "unexpected-signer",
    exit: 4,
    active: "A",
  },
  {
    name: "and ends a conflict, since the other signer is gone",
    scene: () => {
      const scene = seeded(lived("B"), "A");
      scene.append("2026-02-01", { kind: "forget", reason: "a new start", ...CLAIMED });
      return scene;
    },
    signatures: "A",
    verdict: "match",
    exit: 0,
    notices: [],
    active: "A",
  },
  {
    name: "a role that the files don't give is not given by an old first use",
    scene: () => seeded(lived("A"), "A roles=release", "B"),
    signatures: "A",
    rest: { chain: [offered({ keys: "C", remove: { A: "superseded", B: "superseded" }, by: "A C" })] },
    verdict: "match",
    exit: 0,
    active: "A B",
  },
  {
    name: "two files that differ stop those whom either names",
    scene: () => {
      const scene = new Scene();
      scene.layer = layerOf(["A"], { differ: ["/etc/tofu/known_keys", "/etc/tofu/known_keys.d/a.keys"] });
      return scene;
    },
    signatures: "A",
    verdict: "import-conflict",
    exit: 3,
  },
  {
    name: "and everybody else",
    scene: () => {
      const scene = new Scene();
      scene.layer = layerOf(["A"], { differ: ["/etc/tofu/known_keys", "/etc/tofu/known_keys.d/a.keys"] });
      return scene;
    },
    signatures: "B",
    verdict: "import-conflict",
    exit: 3,
  },
  {
    name: "a package that stood only in files that ran out is no first use",
    scene: () => {
      const scene = new Scene();
      scene.layer = expiredLayer("2026-02-01");
      return scene;
    },
    signatures: "A",
    verdict: "first-use-denied",
    exit: 4,
    active: "",
  },
  {
    name: "not by its statements either",
    scene: () => {
      const scene = new Scene();
      scene.layer = expiredLayer("2026-02-01");
      return scene;
    },
    signatures: "A",
    rest: { chain: [offered({ keys: "A", by: "A" })] },
    verdict: "first-use-denied",
    exit: 4,
    active: "",
  },
  {
    name: "nor without a signature",
    scene: () => {
      const scene = new Scene();
      scene.layer = expiredLayer("2026-02-01");
      return scene;
    },
    signatures: "",
    verdict: "first-use-denied",
    exit: 4,
  },
  {
    name: "a pin of the journal outlives the files that ran out",
    scene: () => {
      const scene = lived("A");
      scene.layer = expiredLayer("2026-02-01");
      return scene;
    },
    signatures: "A",
    verdict: "match",
    exit: 0,
    active: "A",
  },
  {
    name: "bytes that the files list otherwise are a change",
    scene: () => seeded(new Scene(), "A", `@artifact 9.0 sunpy-9.0.tar.gz sha256:${digest("listed")}`),
    signatures: "A",
    verdict: "artifact-changed",
    exit: 5,
  },
  {
    name: "the bytes they list pass without a signature",
    scene: () => seeded(new Scene(), "A", `@artifact 9.0 sunpy-9.0.tar.gz sha256:${digest("new ")}`),
    signatures: "",
    verdict: "unsigned-expected",
    exit: 0,
  },
  {
    name: "where machine and files saw different bytes, the files' are a change too",
    scene: () => seeded(lived("A"), "A", `@artifact 1.0 sunpy-1.0.tar.gz sha256:${digest("listed")}`),
    signatures: "A",
    rest: { bytes: "listed", version: "1.0" },
    verdict: "artifact-changed",
    exit: 5,
  },
  {
    name: "and so are the machine's",
    scene: () => seeded(lived("A"), "A", `@artifact 1.0 sunpy-1.0.tar.gz sha256:${digest("listed")}`),
    signatures: "A",
    rest: { bytes: "one", version: "1.0" },
    verdict: "artifact-changed",
    exit: 5,
  },
];

describe("the machine's files below the journal (row 76)", () => {
  for (const { name, scene: make, signatures, verdict, exit, notices, active, rest } of ROWS) {
    it(name, () => {
      const scene = make();
      const answer = arrive(scene, signatures, rest);
      assert.deepEqual({ verdict: answer.verdict, exit: answer.exit }, { verdict, exit }, answer.sentence);
      if (notices !== undefined)
        assert.deepEqual(
          answer.notices.map(({ kind }) => kind).filter((kind) => kind !== "older-version"),
          notices,
        );
      if (active !== undefined) assert.deepEqual([...scene.active()].sort(), letters(active).map(signer).sort());
    });
  }

  it("says which day the machine's pins ran out, for programs too", () => {
    const scene = new Scene();
    scene.layer = expiredLayer("2026-02-01");
    const answer = arrive(scene, "A");
    assert.equal(answer.reason, "seed-expired");
    assert.match(answer.sentence, /this machine's pins for it ran out on 2026-02-01$/);
    assert.deepEqual(answer.next, ["tofu", "export", "sunpy"]);
  });

  it("names both files that differ", () => {
    const scene = new Scene();
    scene.layer = layerOf(["A"], { differ: ["/etc/tofu/known_keys", "/etc/tofu/known_keys.d/a.keys"] });
    assert.match(
      arrive(scene, "A").sentence,
      /two of this machine's files differ: \/etc\/tofu\/known_keys and .*a\.keys$/,
    );
  });
});

describe("handovers on top of the machine's files", () => {
  const first = offered({ keys: "B", remove: { A: "superseded" }, by: "A B" });
  const second = offered({ on: first, keys: "C", remove: { B: "superseded" }, by: "B C" });
  const active = (scene: Scene): readonly string[] => [...scene.active()].sort();

  it("a statement by the machine's signer is followed, and stays followed", () => {
    const scene = seeded(new Scene(), "A");
    const answer = arrive(scene, "B", { chain: [first] });
    assert.equal(answer.verdict, "match-handover");
    assert.equal(arrive(scene, "B", { at: "2026-03-02" }).verdict, "match");
    assert.deepEqual(active(scene), [signer("B")]);
  });

  it("a statement that an earlier signer of the journal made is not", () => {
    const scene = lived("X");
    scene.offer("2026-02-01", offered({ keys: "Y", remove: { X: "superseded" }, by: "X Y" }));
    assert.deepEqual(active(scene), [signer("Y")]);
    scene.layer = layerOf(["A"]);
    assert.deepEqual(active(scene), [signer("A")]);
    const answer = arrive(scene, "Y");
    assert.equal(answer.verdict, "unexpected-signer");
    assert.ok(answer.notices.some(({ kind }) => kind === "layer-conflict"));
  });

  it("a chain that both have is one; what the journal has beyond leads on", () => {
    const scene = lived("A");
    scene.offer("2026-02-01", first, second);
    assert.deepEqual(active(scene), [signer("C")]);
    const roles = "roles=release,handover";
    for (const [files, chain] of [
      [["A"], []],
      [[`B ${roles}`], [first]],
      [[`C ${roles}`], [first, second]],
    ] as const) {
      scene.layer = layerOf(files, {}, chain);
      assert.deepEqual(active(scene), [signer("C")], files.join());
      assert.equal(scene.pin.chain.links.length, 2);
      assert.equal(scene.pin.layer?.beside.size, 0);
    }
  });

  it("files with a chain that is ahead of the journal lead on", () => {
    const scene = lived("A");
    scene.offer("2026-02-01", first);
    scene.layer = layerOf(["C roles=release,handover"], {}, [first, second]);
    assert.deepEqual(active(scene), [signer("C")]);
    assert.equal(arrive(scene, "B").verdict, "retired-signer-unseen");
    assert.equal(arrive(scene, "C", { at: "2026-03-02" }).verdict, "match");
  });

  it("of two statements at one place that of the files stands", () => {
    const scene = lived("A");
    scene.offer("2026-02-01", offered({ keys: "T", remove: { A: "superseded" }, by: "A T" }));
    assert.deepEqual(active(scene), [signer("T")]);
    scene.layer = layerOf(["B roles=release,handover"], {}, [first]);
    assert.deepEqual(active(scene), [signer("B")]);
    const answer = arrive(scene, "T");
    assert.equal(answer.exit, 4);
    assert.ok(answer.notices.some(({ kind }) => kind === "layer-conflict"));
  });

  it("a choice of the user's does not undo what the files say", () => {
    const scene = new Scene();
    scene.layer = layerOf(["C roles=release,handover"], {}, [first, second]);
    const rival = offered({ on: first, keys: "T", remove: { B: "superseded" }, by: "B T" });
    scene.offer("2026-02-01", rival);
    assert.equal(scene.pin.chain.competitors.length, 1);
    scene.append("2026-02-02", { kind: "resolve", keep: rival.sha256, reason: "mine", ...CLAIMED });
    assert.deepEqual(active(scene), [signer("C")]);
  });
});

/** What a journal can hold of four signers, in whatever order: most of it makes no sense on top of the files. */
const bodyArbitrary: fc.Arbitrary<EventBody> = fc
  .tuple(fc.constantFrom(...letters("A B C D")), fc.constantFrom(...letters("A B C D")), fc.nat(8))
  .map(([one, other, which]): EventBody => {
    const key = signer(one);
    const artifact = { name: must(parseArtifactFileName("sunpy-1.0.tar.gz")), sha256: digest(other), size: 1 };
    const uses = [{ key, subkey: fingerprint(one), sigCreated: time("2025-01-01"), hash: "sha512", algo: "ed25519" }];
    const source = { via: "verify" };
    const statement = offered({
      keys: one,
      remove: one === other ? {} : { [other]: "superseded" },
      by: `${one} ${other}`,
    });
    const bodies: readonly EventBody[] = [
      trust(one, one === other ? { undoDistrust: true } : { replaces: signer(other) }),
      { kind: "distrust", key, scope: "package", reason: "stolen", ...CLAIMED },
      { kind: "sighting", artifact, source, keys: uses, verdict: "match" },
      {
        kind: "first-use",
        key,
        subkey: fingerprint(one),
        artifact,
        source,
        sigCreated: time("2025-01-01"),
        certSource: "beside",
        mode: "accept",
      },
      { kind: "forget", reason: "a new start", ...CLAIMED },
      { kind: "require", requirement: { releaseThreshold: 1 }, reason: "house rule", ...CLAIMED },
      { kind: "confirm", key, method: "by phone", ...CLAIMED },
      {
        kind: "handover",
        statement: { sha256: statement.sha256, text: statement.text, signers: [key, signer(other)], place: "beside" },
        state: "active",
        via: "quorum",
      },
      {
        kind: "import",
        file: digest(one),
        label: "colleague",
        stand: "configured",
        verdict: "imported",
        rows: [{ key, effect: "taken", state: "active", roles: ["release", "handover"] }],
        here: [signer(other)],
      },
    ];
    return bodies[which] ?? trust(one);
  });

describe("whatever the journal holds", () => {
  it("the machine's bad news and thresholds stand, and its signers are never lost but to bad news or a statement", () => {
    const bad = ["A", "@distrusted B", "@revoked C hard", "@policy release=2"];
    fc.assert(
      fc.property(fc.array(bodyArbitrary, { maxLength: 20 }), (bodies) => {
        const scene = seeded(new Scene(), ...bad);
        scene.append("2026-02-01", ...bodies);
        const { pin } = scene;
        assert.equal(pin.signers.get(signer("B"))?.state, "distrusted");
        assert.ok(["revoked", "distrusted"].includes(pin.signers.get(signer("C"))?.state ?? ""));
        assert.ok((pin.importedThreshold?.release ?? 0) >= 2);
        assert.ok(pin.exists);
        // A goes by the user's own distrust or by a statement that A itself signed, and by nothing else.
        const isGone = pin.signers.get(signer("A"))?.state !== "active";
        assert.ok(!isGone || bodies.some(({ kind }) => kind === "distrust" || kind === "handover"));
      }),
      { numRuns: 300 },
    );
  });

  it("the files' going leaves the pin that the journal alone makes", () => {
    fc.assert(
      fc.property(fc.array(bodyArbitrary, { maxLength: 20 }), (bodies) => {
        const [alone, scene] = [new Scene(), seeded(new Scene(), "A")];
        alone.append("2026-02-01", ...bodies);
        scene.append("2026-02-01", ...bodies);
        scene.layer = undefined;
        assert.deepEqual(scene.active(), alone.active());
      }),
      { numRuns: 50 },
    );
  });
});
