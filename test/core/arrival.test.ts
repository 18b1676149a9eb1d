import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { foldEvents } from "../../daemon/core/fold.ts";
import type { Judgement } from "../../daemon/core/judgement.ts";
import type { OfferedStatement } from "../../daemon/core/offer.ts";
import { begun, offer, pinned, type Row, release, testRows } from "./handover-row.ts";
import { offered, type Wish } from "./offers.ts";
import { plain } from "./plain.ts";
import { digest, Scene, signed, signer, time } from "./scene.ts";

const rotation: Wish = { keys: "B", remove: { A: "superseded" }, by: "A B" };

/** A, then A and B, then B and C: as a project publishes it. */
function published(): readonly [OfferedStatement, OfferedStatement, OfferedStatement] {
  const one = offered({ keys: "A", by: "A" });
  const two = offered({ on: one, keys: "A B", by: "A B" });
  const three = offered({ on: two, keys: "B C", remove: { A: "retired" }, vouch: ["very old"], by: "B C" });
  return [one, two, three];
}

function decided(scene: Scene, kind: "decide" | "deny"): void {
  scene.policy = { ...scene.policy, firstUse: { kind } };
}

/** A release by C with the chain, where policy asks for one witness; each list is whom one source names. */
function asksOne(scene: Scene, ...named: readonly (readonly string[])[]): Judgement {
  scene.policy = { ...scene.policy, firstUse: { kind: "witnesses", count: 1 } };
  return scene.arrive({
    at: "2026-02-01",
    bytes: "release",
    signatures: [signed("C")],
    chain: published(),
    witnesses: named.map((letters, index) => ({
      kind: "git-tag",
      source: "v1",
      controller: { kind: "clone", path: `/clone/${index}` },
      names: letters.map((letter) => ({ signer: signer(letter), by: "signature" })),
      against: [],
    })),
  });
}

const FIRST_SIGHT: readonly Row[] = [
  {
    row: "61",
    name: "a release by the head's signers brings the chain",
    play: (scene) => release(scene, "2026-02-01", "C", published()),
    verdict: "first-use",
    exit: 0,
    notices: [],
    active: "B C",
  },
  {
    row: "61",
    name: "retired keys are known as retired",
    play: (scene) => {
      release(scene, "2026-02-01", "C", published());
      return release(scene, "2026-03-01", "A");
    },
    verdict: "retired-signer-unseen",
    exit: 3,
  },
  {
    row: "61",
    name: "a release by somebody else is judged as if there were no chain",
    play: (scene) => release(scene, "2026-02-01", "M", published()),
    verdict: "first-use",
    exit: 0,
    notices: ["chain-ignored"],
    active: "M",
  },
  {
    row: "61",
    name: "a release by a signer who has left is judged so too",
    play: (scene) => release(scene, "2026-02-01", "A", published()),
    verdict: "first-use",
    exit: 0,
    notices: ["chain-ignored"],
    active: "A",
  },
  {
    row: "61",
    name: "the release quorum of the head must have signed",
    play: (scene) => release(scene, "2026-02-01", "A", [offered({ keys: "A B", release: 2, by: "A B" })]),
    verdict: "first-use",
    exit: 0,
    notices: ["chain-ignored"],
    active: "A",
  },
  {
    row: "61, 2",
    name: "a policy that asks still asks",
    play: (scene) => {
      decided(scene, "decide");
      return release(scene, "2026-02-01", "C", published());
    },
    verdict: "first-use-undecided",
    exit: 3,
    active: "",
  },
  {
    row: "61, 2",
    name: "a policy that asks for a witness takes a chain that one bears out",
    play: (scene) => asksOne(scene, ["C"]),
    verdict: "first-use",
    exit: 0,
    active: "B C",
  },
  {
    row: "61, 2",
    name: "a policy that asks for a witness takes no chain without",
    play: (scene) => asksOne(scene, []),
    verdict: "first-use-undecided",
    exit: 3,
    active: "",
  },
  {
    row: "61, 74",
    name: "a witness that still names who was there before the last statement does not contradict it",
    play: (scene) => asksOne(scene, ["C"], ["A"]),
    verdict: "first-use",
    exit: 0,
    active: "B C",
  },
  {
    row: "61, 74",
    name: "a witness that names nobody of the chain makes it a question",
    play: (scene) => asksOne(scene, ["C"], ["X"]),
    verdict: "first-use-undecided",
    exit: 3,
    active: "",
  },
  {
    row: "61, 3",
    name: "a policy that takes no first uses takes no chain",
    play: (scene) => {
      decided(scene, "deny");
      return release(scene, "2026-02-01", "C", published());
    },
    verdict: "first-use-denied",
    exit: 4,
    active: "",
  },
  {
    row: "61",
    name: "a dry run brings nothing",
    play: (scene) =>
      scene.arrive({ at: "2026-02-01", bytes: "x", signatures: [signed("C")], chain: published(), dryRun: true }),
    verdict: "first-use",
    exit: 0,
    active: "",
  },
  {
    row: "61",
    name: "a chain by itself is the user's own word",
    play: (scene) => offer(scene, "2026-02-01", ...published()),
    verdict: "handover-applied",
    active: "B C",
  },
  {
    row: "61",
    name: "its first statement is a first use",
    play: (scene) => offer(scene, "2026-02-01", published()[0]),
    verdict: "first-use",
    active: "A",
  },
  {
    row: "61",
    name: "a chain whose beginning is missing is none",
    play: (scene) => offer(scene, "2026-02-01", published()[1]),
    verdict: "handover-gap",
    active: "",
  },
  {
    row: "61, 47",
    name: "a first statement that one of its keys did not sign is none",
    play: (scene) => offer(scene, "2026-02-01", offered({ keys: "A B", by: "A" })),
    verdict: "handover-rejected",
    detail: /^possession/,
    active: "",
  },
  {
    row: "61, 56",
    name: "a first statement before its time brings nothing",
    play: (scene) => offer(scene, "2026-02-01", offered({ keys: "A", notBefore: "2026-06-01", by: "A" })),
    verdict: "handover-pending",
    active: "",
  },
  {
    row: "61, 56a",
    name: "a first statement from the future brings nothing",
    play: (scene) => offer(scene, "2026-02-01", offered({ keys: "A", issued: "2026-06-01", by: "A" })),
    verdict: "handover-rejected",
    detail: /^future$/,
    active: "",
  },
  {
    row: "61",
    name: "after it was forgotten it is a first sight again, and says so",
    play: (scene) => {
      begun(scene, { keys: "A" });
      scene.append("2026-01-02", { kind: "forget", reason: "start over" });
      return release(scene, "2026-02-01", "C", published());
    },
    verdict: "first-use",
    exit: 0,
    notices: ["forgotten-before"],
    active: "B C",
  },
];

const CATCHING_UP: readonly Row[] = [
  {
    row: "7",
    name: "a new signer with its statement",
    play: (scene) => {
      const on = begun(scene, { keys: "A" });
      return release(scene, "2026-02-01", "B", [offered({ on, ...rotation })]);
    },
    verdict: "match-handover",
    exit: 0,
    notices: [],
    active: "B",
  },
  {
    row: "7",
    name: "afterwards it is a signer like any other",
    play: (scene) => {
      const on = begun(scene, { keys: "A" });
      const two = offered({ on, ...rotation });
      release(scene, "2026-02-01", "B", [two]);
      return release(scene, "2026-02-02", "B", [two]);
    },
    verdict: "match",
    exit: 0,
    notices: [],
    active: "B",
  },
  {
    row: "8",
    name: "a new signer whose statement is refused",
    play: (scene) => {
      const on = begun(scene, { keys: "A" });
      return release(scene, "2026-02-01", "B", [offered({ on, ...rotation, by: "B" })]);
    },
    verdict: "unexpected-signer",
    exit: 4,
    active: "A",
  },
  {
    row: "14",
    name: "a new key that may only hand over",
    play: (scene) => {
      const on = begun(scene, { keys: "A" });
      return release(scene, "2026-02-01", "B", [offered({ on, keys: "A B:h", by: "A B" })]);
    },
    verdict: "wrong-role",
    exit: 4,
  },
  {
    row: "14",
    name: "a recovery key signs no release",
    play: (scene) => {
      begun(scene, { keys: "A", recovery: "R" });
      return release(scene, "2026-02-01", "R");
    },
    verdict: "wrong-role",
    exit: 4,
  },
  {
    row: "4.5",
    name: "several statements at once, each against the state before it",
    play: (scene) => {
      const all = published();
      scene.offer("2026-01-01", all[0]);
      return release(scene, "2026-02-01", "C", all);
    },
    verdict: "match-handover",
    exit: 0,
    active: "B C",
  },
  {
    row: "50",
    name: "a gap says nothing about the artifact",
    play: (scene) => {
      const all = published();
      scene.offer("2026-01-01", all[0]);
      return release(scene, "2026-02-01", "A", [all[2]]);
    },
    verdict: "match",
    exit: 0,
    active: "A",
  },
  {
    row: "50",
    name: "what could not be read to its end counts up to there",
    play: (scene) => {
      const on = begun(scene, { keys: "A" });
      return scene.arrive({
        at: "2026-02-01",
        bytes: "x",
        version: "2.0",
        signatures: [signed("B")],
        chain: [offered({ on, ...rotation })],
        chainIsCut: true,
      });
    },
    verdict: "match-handover",
    exit: 0,
    notices: ["chain-ignored"],
    active: "B",
  },
  {
    row: "6a",
    name: "a removal arrives while the removed key still signs",
    play: (scene) => {
      const on = begun(scene, { keys: "A" });
      return release(scene, "2026-02-01", "A", [offered({ on, ...rotation })]);
    },
    verdict: "retired-signer-unseen",
    exit: 3,
    active: "B",
  },
  {
    row: "6a, 18a",
    name: "a theft is told while the thief still signs",
    play: (scene) => {
      const on = begun(scene, { keys: "A" });
      return release(scene, "2026-02-01", "A", [offered({ on, ...rotation, remove: { A: "compromised" } })]);
    },
    verdict: "revoked",
    exit: 4,
    active: "B",
  },
  {
    row: "18b",
    name: "bytes from before the theft are a question",
    play: (scene) => {
      const on = begun(scene, { keys: "A" });
      scene.arrive({ at: "2026-01-02", bytes: "early", version: "1.0", signatures: [signed("A")] });
      scene.offer("2026-02-01", offered({ on, ...rotation, remove: { A: "compromised" }, since: "2026-01-20" }));
      return scene.arrive({ at: "2026-02-02", bytes: "early", version: "1.0", signatures: [signed("A")] });
    },
    verdict: "revoked-seen",
    exit: 3,
  },
  {
    row: "18a",
    name: "bytes from after the theft are refused",
    play: (scene) => {
      const on = begun(scene, { keys: "A" });
      scene.arrive({ at: "2026-01-25", bytes: "late", version: "1.0", signatures: [signed("A")] });
      scene.offer("2026-02-01", offered({ on, ...rotation, remove: { A: "compromised" }, since: "2026-01-20" }));
      return scene.arrive({ at: "2026-02-02", bytes: "late", version: "1.0", signatures: [signed("A")] });
    },
    verdict: "revoked",
    exit: 4,
  },
  {
    row: "18a",
    name: "a key that left in peace and is revoked as stolen later",
    play: (scene) => {
      const on = begun(scene, { keys: "A" });
      scene.offer("2026-02-01", offered({ on, ...rotation }));
      scene.append("2026-06-01", { kind: "revoke", key: signer("A"), hard: true, compromised: true, by: "cert" });
      return release(scene, "2026-06-02", "A");
    },
    verdict: "revoked",
    exit: 4,
    active: "B",
  },
  {
    row: "17a",
    name: "a file known from before the signer left",
    play: (scene) => {
      const on = begun(scene, { keys: "A" });
      scene.arrive({ at: "2026-01-02", bytes: "early", version: "1.0", signatures: [signed("A")] });
      scene.offer("2026-02-01", offered({ on, ...rotation }));
      return scene.arrive({ at: "2026-02-02", bytes: "early", version: "1.0", signatures: [signed("A")] });
    },
    verdict: "match-retired",
    exit: 0,
  },
  {
    row: "17b",
    name: "a file never seen, by a signer who left",
    play: (scene) => {
      left(scene, []);
      return old(scene, "A");
    },
    verdict: "retired-signer-unseen",
    exit: 3,
  },
  {
    row: "17a",
    name: "a file that a statement vouches for",
    play: (scene) => {
      left(scene, ["old"]);
      return old(scene, "A");
    },
    verdict: "match-retired",
    exit: 0,
  },
  {
    row: "4.2",
    name: "a vouch is no signature",
    play: (scene) => {
      left(scene, ["old"]);
      return old(scene, "M");
    },
    verdict: "unexpected-signer",
    exit: 4,
  },
  {
    row: "4.2",
    name: "a vouch helps no stolen key",
    play: (scene) => {
      left(scene, ["old"]);
      scene.append("2026-02-02", { kind: "revoke", key: signer("A"), hard: true, by: "cert" });
      return old(scene, "A");
    },
    verdict: "revoked",
    exit: 4,
  },
  {
    row: "4.2",
    name: "a vouch excuses no signature from after the retirement",
    play: (scene) => {
      left(scene, ["old"]);
      const signatures = [signed("A", { createdAt: time("2026-02-02") })];
      return scene.arrive({ at: "2026-02-03", bytes: "old", version: "0.5", signatures });
    },
    verdict: "retired-signer",
    exit: 4,
  },
  {
    row: "4.2",
    name: "vouches add up along the chain",
    play: (scene) => {
      const two = left(scene, ["old"]);
      scene.offer("2026-02-02", offered({ on: two, keys: "B", by: "B" }));
      return old(scene, "A");
    },
    verdict: "match-retired",
    exit: 0,
  },
  {
    row: "44",
    name: "a place with less of the chain is named",
    play: (scene) => {
      const all = published();
      scene.offer("2026-01-01", ...all);
      return release(scene, "2026-02-01", "C", all.slice(0, 2));
    },
    verdict: "match",
    exit: 0,
    notices: ["chain-rollback"],
    active: "B C",
  },
  {
    row: "44",
    name: "a place with all of it is not",
    play: (scene) => {
      const all = published();
      scene.offer("2026-01-01", ...all);
      return release(scene, "2026-02-01", "C", all);
    },
    verdict: "match",
    exit: 0,
    notices: [],
  },
  {
    row: "43",
    name: "a release that knows a later statement",
    play: (scene) => {
      begun(scene, { keys: "A" });
      return knowing(scene, "A", 2);
    },
    verdict: "chain-behind",
    exit: 3,
  },
  {
    row: "43",
    name: "a release that knows the statement we have",
    play: (scene) => {
      begun(scene, { keys: "A" });
      return knowing(scene, "A", 1);
    },
    verdict: "match",
    exit: 0,
  },
  {
    row: "43",
    name: "a release that knows a statement that waits here",
    play: (scene) => {
      const on = begun(scene, { keys: "A" });
      scene.offer("2026-01-02", offered({ on, ...rotation, notBefore: "2026-06-01" }));
      return knowing(scene, "A", 2);
    },
    verdict: "match",
    exit: 0,
  },
  {
    row: "43",
    name: "a stranger's word on that counts for nothing",
    play: (scene) => {
      begun(scene, { keys: "A" });
      return knowing(scene, "M", 9);
    },
    verdict: "unexpected-signer",
    exit: 4,
  },
  {
    row: "4.3, 8",
    name: "a signer trusted here alone stays, and is named",
    play: (scene) => {
      const on = local(scene);
      return offer(scene, "2026-02-01", offered({ on, ...rotation }));
    },
    verdict: "handover-applied",
    notices: ["trusted-here-only"],
    active: "B L",
  },
  {
    row: "4.3, 8",
    name: "it releases on",
    play: (scene) => {
      const on = local(scene);
      scene.offer("2026-02-01", offered({ on, ...rotation }));
      return release(scene, "2026-02-02", "L");
    },
    verdict: "match",
    exit: 0,
  },
  {
    row: "4.3, 8",
    name: "it has no say in the chain",
    play: (scene) => {
      const on = local(scene);
      return offer(scene, "2026-02-01", offered({ on, keys: "A L", by: "L" }));
    },
    verdict: "handover-rejected",
    detail: /^quorum \(0 of 1\)$/,
  },
  {
    row: "4.3, 8",
    name: "nor before there is one",
    play: (scene) => {
      pinned(scene);
      scene.append("2026-01-02", { kind: "trust", key: signer("L"), scope: "package", reason: "a colleague" });
      return offer(scene, "2026-02-01", offered({ ...rotation, by: "L B" }));
    },
    verdict: "handover-rejected",
    detail: /^genesis$/,
    active: "A L",
  },
  {
    row: "2",
    name: "a signer confirmed by the user has one",
    play: (scene) => {
      pinned(scene);
      scene.append(
        "2026-01-02",
        { kind: "trust", key: signer("L"), scope: "package", reason: "a colleague" },
        { kind: "confirm", key: signer("L"), method: "phone" },
      );
      return offer(scene, "2026-02-01", offered({ ...rotation, by: "A B" }));
    },
    verdict: "handover-rejected",
    detail: /^genesis, quorum \(1 of 2\)$/,
  },
];

/** B follows A, vouching for these bytes. */
function left(scene: Scene, vouch: readonly string[]): OfferedStatement {
  const on = begun(scene, { keys: "A" });
  const two = offered({ on, ...rotation, vouch });
  scene.offer("2026-02-01", two);
  return two;
}

function old(scene: Scene, letter: string): ReturnType<typeof release> {
  return scene.arrive({ at: "2026-02-03", bytes: "old", version: "0.5", signatures: [signed(letter)] });
}

function knowing(scene: Scene, letter: string, seq: number): ReturnType<typeof release> {
  const handoverHead = `${seq}:${digest("any")}`;
  return scene.arrive({
    at: "2026-02-03",
    bytes: "knowing",
    version: "2.0",
    signatures: [signed(letter, { handoverHead })],
  });
}

function local(scene: Scene): OfferedStatement {
  const on = begun(scene, { keys: "A" });
  scene.append("2026-01-02", { kind: "trust", key: signer("L"), scope: "package", reason: "a colleague" });
  return on;
}

/** A was lost, and the user was told outside of the chain that N came after. */
function replacing(scene: Scene, wish: Parameters<typeof begun>[1]): OfferedStatement {
  const first = begun(scene, wish);
  const told = { scope: "package", reason: "told by phone", replaces: signer("A") } as const;
  scene.append("2026-02-01", { kind: "trust", key: signer("N"), ...told });
  return first;
}

const JOINING: readonly Row[] = [
  {
    row: "62",
    name: "a pin joins where its own signer was in the quorum",
    play: (scene) => {
      pinned(scene, "B");
      return release(scene, "2026-02-01", "C", published());
    },
    verdict: "match-handover",
    exit: 0,
    notices: [],
    active: "B C",
  },
  {
    row: "62",
    name: "what came before is known afterwards, not refused",
    play: (scene) => {
      pinned(scene, "B");
      release(scene, "2026-02-01", "C", published());
      return offer(scene, "2026-02-02", published()[0], published()[1], published()[2]);
    },
    verdict: "handover-known",
    active: "B C",
  },
  {
    row: "62",
    name: "a chain that its signers have no part in",
    play: (scene) => {
      pinned(scene, "Z");
      return offer(scene, "2026-02-01", ...published());
    },
    verdict: "handover-rejected",
    detail: /^genesis$/,
    active: "Z",
  },
  {
    row: "62",
    name: "nobody joins a future statement",
    play: (scene) => {
      pinned(scene, "B");
      const [one] = published();
      return offer(scene, "2026-02-01", offered({ on: one, keys: "B", issued: "2026-06-01", by: "A B" }));
    },
    verdict: "handover-rejected",
    detail: /^future$/,
    active: "B",
  },
  {
    row: "62, 56",
    name: "what a pin joins at waits for its day like any other",
    play: (scene) => {
      pinned(scene, "B");
      const [one] = published();
      return offer(
        scene,
        "2026-02-01",
        offered({ on: one, keys: "C", remove: { A: "retired" }, notBefore: "2026-06-01", by: "A B C" }),
      );
    },
    verdict: "handover-pending",
    active: "B",
  },
  {
    row: "62",
    name: "the new quorum must have signed what a pin joins at",
    play: (scene) => {
      pinned(scene, "B");
      const [one] = published();
      return offer(scene, "2026-02-01", offered({ on: one, keys: "C", by: "A B" }));
    },
    verdict: "handover-rejected",
    detail: /of the new signers$/,
    active: "B",
  },
  {
    row: "62, 50",
    name: "a later statement by nobody pinned asks for what it follows",
    play: (scene) => {
      pinned(scene, "M");
      return offer(scene, "2026-02-01", published()[1]);
    },
    verdict: "handover-gap",
    active: "M",
  },
  {
    row: "62",
    name: "with what it follows it is no chain of this pin",
    play: (scene) => {
      pinned(scene, "M");
      const [one, two] = published();
      return offer(scene, "2026-02-01", one, two);
    },
    verdict: "handover-rejected",
    detail: /^genesis$/,
    active: "M",
  },
  {
    row: "replaces",
    name: "who took over outside of a chain that nobody can go on with begins a new one",
    play: (scene) => {
      replacing(scene, { keys: "A" });
      return offer(scene, "2026-02-02", offered({ keys: "N O", by: "N O" }));
    },
    verdict: "handover-applied",
    active: "N O",
  },
  {
    row: "replaces",
    name: "the one who was replaced has no say in it",
    play: (scene) => {
      const first = replacing(scene, { keys: "A" });
      return offer(scene, "2026-02-02", offered({ on: first, keys: "M", remove: { A: "lost" }, by: "A M" }));
    },
    verdict: "handover-gap",
    active: "N",
  },
  {
    row: "replaces",
    name: "as many must sign a release as before",
    play: (scene) => {
      replacing(scene, { keys: "A B", handover: 2, release: 2 });
      return release(scene, "2026-02-02", "N");
    },
    verdict: "quorum-not-met",
    exit: 4,
    active: "B N",
  },
  {
    row: "replaces",
    name: "a chain that others can go on with goes on",
    play: (scene) => {
      const first = replacing(scene, { keys: "A B" });
      return offer(scene, "2026-02-02", offered({ on: first, keys: "B", remove: { A: "lost" }, by: "B" }));
    },
    verdict: "handover-applied",
    active: "B",
  },
  {
    row: "62, 49",
    name: "another statement at the place where it joined is a fork",
    play: (scene) => {
      pinned(scene, "B");
      const [one, two] = published();
      scene.offer("2026-02-01", one, two);
      return offer(scene, "2026-02-02", offered({ on: one, keys: "B M", by: "B M" }));
    },
    verdict: "handover-fork",
    active: "B",
  },
];

describe("rules.md, row 61: a package seen first with a chain", () => testRows(FIRST_SIGHT));
describe("rules.md, 3.1, 6a: statements before signers", () => testRows(CATCHING_UP));
describe("rules.md, row 62: a pin without a chain", () => testRows(JOINING));

describe("statements that a pin joined after", () => {
  it("are told as known each time, with nothing written down", () => {
    const scene = new Scene();
    pinned(scene, "C");
    release(scene, "2026-02-01", "C", published());
    const before = scene.events.length;
    assert.deepEqual(
      scene.offer("2026-03-01", ...published()).map(({ verdict }) => verdict),
      ["handover-known", "handover-known", "handover-known"],
    );
    assert.equal(scene.events.length, before);
  });
});

describe("strength along a chain", () => {
  it("is that of the weakest who signed from the state before", () => {
    const scene = new Scene();
    pinned(scene);
    scene.append("2026-01-02", { kind: "confirm", key: signer("A"), method: "phone" });
    const one = offered({ keys: "A B", by: "A B" });
    scene.offer("2026-02-01", one);
    assert.equal(scene.pin.signers.get(signer("B"))?.strength, "verified");
    const weak = new Scene();
    pinned(weak);
    weak.offer("2026-02-01", one);
    assert.equal(weak.pin.signers.get(signer("B"))?.strength, "tofu");
  });
});

describe("two releasers and a handover to others", () => {
  it("raise not one alarm in fifty releases", () => {
    const { answers, scene } = fifty((text) => text);
    assert.deepEqual(
      answers.filter(({ exit }) => exit !== 0).map(({ sentence }) => sentence),
      [],
    );
    assert.deepEqual(
      answers.filter(({ verdict }) => verdict !== "match").map(({ verdict }) => verdict),
      ["first-use", "match-handover", "match-handover"],
    );
    assert.deepEqual(scene.active(), [signer("C"), signer("D")].sort());
    assert.deepEqual(
      scene.events.filter(({ body }) => body.kind === "handover-refused"),
      [],
    );
  });

  it("are refused where one byte of one statement differs, with the reason", () => {
    const { answers, scene } = fifty((text) => text.replace("As announced.", "As announced!"));
    assert.deepEqual([...new Set(answers.slice(26).map(({ verdict }) => verdict))], ["unexpected-signer", "match"]);
    assert.ok(answers.slice(26).some(({ exit }) => exit === 4));
    const refused = scene.events.flatMap(({ body }) => (body.kind === "handover-refused" ? [body.detail] : []));
    assert.equal(refused[0], "quorum (0 of 2)");
  });
});

/** A and B alternate; C follows A after 25 releases, D follows B ten later. The changed text has lost its signatures. */
function fifty(change: (text: string) => string): {
  readonly scene: Scene;
  readonly answers: readonly ReturnType<typeof release>[];
} {
  const scene = new Scene();
  const one = offered({ keys: "A B", handover: 2, by: "A B" });
  const honest = offered({ on: one, keys: "B C", handover: 2, remove: { A: "superseded" }, by: "A B C" });
  const told = change(honest.text);
  const two =
    told === honest.text
      ? honest
      : offered({ on: one, keys: "B C", handover: 2, remove: { A: "superseded" }, by: "", retyped: change });
  const three = offered({ on: honest, keys: "C D", handover: 2, remove: { B: "retired" }, by: "B C D" });
  const answers = Array.from({ length: 50 }, (_, n) => {
    const team = n < 26 ? "AB" : n < 36 ? "CB" : "CD";
    const chain = n < 26 ? [one] : n < 36 ? [one, two] : [one, two, three];
    const at = new Date(Date.UTC(2026, 1, 1 + n)).toISOString().slice(0, 10);
    return release(scene, at, team[n % 2] ?? "", chain);
  });
  return { scene, answers };
}

describe("the fold of a chain", () => {
  it("is the same however its events are batched", () => {
    const scene = new Scene();
    const on = begun(scene, { keys: "A B:r", recovery: "R" });
    scene.offer("2026-02-01", offered({ on, keys: "A B:r C", recovery: "R", by: "A C" }));
    scene.offer("2026-02-02", offered({ on, keys: "A B:r M", recovery: "R", by: "A M" }));
    scene.offer("2026-02-03", offered({ on, keys: "B:r N", recovery: "R", remove: { A: "compromised" }, by: "R N" }));
    const whole = foldEvents(scene.events);
    for (let cut = 0; cut <= scene.events.length; cut += 1) {
      const start = foldEvents(scene.events.slice(0, cut));
      assert.deepEqual(plain(foldEvents(scene.events.slice(cut), start)), plain(whole));
    }
  });
});
