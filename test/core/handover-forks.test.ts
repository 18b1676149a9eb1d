import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { OfferedStatement } from "../../daemon/core/offer.ts";
import { begun, offer, type Row, release, testRows } from "./handover-row.ts";
import { offered } from "./offers.ts";
import { digest, Scene, signed, signer, time } from "./scene.ts";

interface Branches {
  readonly root: OfferedStatement;
  readonly ours: OfferedStatement;
  readonly theirs: OfferedStatement;
}

/** A hands over twice: to C beside the releaser B, and to M, who drops A. */
function branches(scene: Scene): Branches {
  const root = begun(scene, { keys: "A B:r" });
  const ours = offered({ on: root, keys: "A B:r C:r", by: "A C" });
  const theirs = offered({ on: root, keys: "B:r M", remove: { A: "lost" }, by: "A M" });
  return { root, ours, theirs };
}

function forked(scene: Scene): Branches {
  const all = branches(scene);
  scene.offer("2026-02-01", all.ours);
  scene.offer("2026-03-01", all.theirs);
  return all;
}

const resolve = (scene: Scene, keep: "mine" | OfferedStatement): void =>
  scene.append("2026-03-05", { kind: "resolve", keep: keep === "mine" ? keep : keep.sha256, reason: "asked both" });

const FORKS: readonly Row[] = [
  {
    row: "49",
    name: "a second quorum at one place freezes",
    play: (scene) => {
      const { ours, theirs } = branches(scene);
      scene.offer("2026-02-01", ours);
      return offer(scene, "2026-03-01", theirs);
    },
    verdict: "handover-fork",
    active: "B",
  },
  {
    row: "49",
    name: "who is in both branches passes",
    play: (scene) => {
      forked(scene);
      return release(scene, "2026-03-02", "B");
    },
    verdict: "match",
    exit: 0,
  },
  {
    row: "49",
    name: "who is in ours alone is refused",
    play: (scene) => {
      forked(scene);
      return release(scene, "2026-03-02", "C");
    },
    verdict: "handover-fork",
    exit: 4,
  },
  {
    row: "49",
    name: "who left in theirs is refused",
    play: (scene) => {
      forked(scene);
      return release(scene, "2026-03-02", "A");
    },
    verdict: "handover-fork",
    exit: 4,
  },
  {
    row: "49",
    name: "who is in theirs alone is refused for what it is",
    play: (scene) => {
      forked(scene);
      return release(scene, "2026-03-02", "M");
    },
    verdict: "handover-fork",
    exit: 4,
  },
  {
    row: "49",
    name: "offered again it is the same fork",
    play: (scene) => offer(scene, "2026-03-02", forked(scene).theirs),
    verdict: "handover-fork",
    active: "B",
  },
  {
    row: "49",
    name: "a frozen branch cannot go on by itself",
    play: (scene) => {
      const { ours } = forked(scene);
      return offer(scene, "2026-03-02", offered({ on: ours, keys: "A B:r", remove: { C: "retired" }, by: "A" }));
    },
    verdict: "handover-fork",
    active: "B",
  },
  {
    row: "49",
    name: "an unsigned statement in a freeze is refused like any other",
    play: (scene) => {
      const { ours } = forked(scene);
      return offer(scene, "2026-03-02", offered({ on: ours, keys: "A B:r C:r", by: "" }));
    },
    verdict: "handover-rejected",
    active: "B",
  },
  {
    row: "49",
    name: "a third branch leaves fewer, never more",
    play: (scene) => {
      const { root } = forked(scene);
      return offer(scene, "2026-03-02", offered({ on: root, keys: "A D", remove: { B: "lost" }, by: "A D" }));
    },
    verdict: "handover-fork",
    active: "",
  },
  {
    row: "49",
    name: "an unsigned competitor is nothing",
    play: (scene) => {
      const { root, ours } = branches(scene);
      scene.offer("2026-02-01", ours);
      return offer(scene, "2026-03-01", offered({ on: root, keys: "B:r M", remove: { A: "lost" }, by: "M" }));
    },
    verdict: "handover-rejected",
    active: "A B C",
  },
  {
    row: "49",
    name: "a competitor that an added key did not sign is nothing",
    play: (scene) => {
      const { root, ours } = branches(scene);
      scene.offer("2026-02-01", ours);
      return offer(scene, "2026-03-01", offered({ on: root, keys: "B:r M", remove: { A: "lost" }, by: "A" }));
    },
    verdict: "handover-rejected",
    active: "A B C",
  },
  {
    row: "49",
    name: "a second first statement by a signer who still may is a fork",
    play: (scene) => {
      scene.arrive({ at: "2026-01-01", bytes: "one", signatures: [signed("A")] });
      scene.offer("2026-02-01", offered({ keys: "A", by: "A" }));
      return offer(scene, "2026-03-01", offered({ keys: "A M", by: "A M" }));
    },
    verdict: "handover-fork",
    active: "A",
  },
  {
    row: "49",
    name: "the higher of both thresholds must be met",
    play: (scene) => {
      const root = begun(scene, { keys: "A B" });
      scene.offer("2026-02-01", offered({ on: root, keys: "A B", handover: 2, by: "A B" }));
      return offer(scene, "2026-03-01", offered({ on: root, keys: "A M", remove: { B: "lost" }, by: "A M" }));
    },
    verdict: "handover-rejected",
    active: "A B",
  },
  {
    row: "49",
    name: "whoever signs and may hand over at our head counts, also whom it adds",
    play: (scene) => {
      const root = begun(scene, { keys: "A" });
      scene.offer("2026-02-01", offered({ on: root, keys: "A C", handover: 2, by: "A C" }));
      return offer(scene, "2026-03-01", offered({ on: root, keys: "A C D", handover: 2, by: "A C D" }));
    },
    verdict: "handover-fork",
    active: "A",
  },
  {
    row: "49a",
    name: "a key that our branch called compromised is heard, and has no say",
    play: (scene) => {
      const root = begun(scene, { keys: "A B" });
      scene.offer("2026-02-01", offered({ on: root, keys: "A M", remove: { B: "compromised" }, by: "A M" }));
      return offer(scene, "2026-02-03", offered({ on: root, keys: "B N", remove: { A: "compromised" }, by: "B N" }));
    },
    verdict: "handover-rejected",
    detail: /^spent$/,
    notices: ["handover-contested"],
    active: "A M",
  },
  {
    row: "49a",
    name: "a competitor by keys that have left is spent",
    play: (scene) => {
      const root = begun(scene, { keys: "A" });
      scene.offer("2026-02-01", offered({ on: root, keys: "B", remove: { A: "superseded" }, by: "A B" }));
      return offer(scene, "2026-03-01", offered({ on: root, keys: "C", remove: { A: "superseded" }, by: "A C" }));
    },
    verdict: "handover-rejected",
    notices: ["handover-contested"],
    active: "B",
  },
  {
    row: "49a",
    name: "it is named for seven days",
    play: (scene) => {
      spent(scene);
      return release(scene, "2026-03-07", "B");
    },
    verdict: "match",
    exit: 0,
    notices: ["handover-contested"],
  },
  {
    row: "49a",
    name: "and no longer",
    play: (scene) => {
      spent(scene);
      return release(scene, "2026-03-08", "B");
    },
    verdict: "match",
    exit: 0,
    notices: [],
  },
  {
    row: "49a",
    name: "also where it is offered again and again",
    play: (scene) => {
      const again = spent(scene);
      return release(scene, "2026-04-08", "B", [again]);
    },
    verdict: "match",
    exit: 0,
    notices: [],
  },
  {
    row: "4.6",
    name: "kept as mine, all is as it was",
    play: (scene) => {
      forked(scene);
      resolve(scene, "mine");
      return release(scene, "2026-03-06", "C");
    },
    verdict: "match",
    exit: 0,
    active: "A B C",
  },
  {
    row: "4.6",
    name: "kept as mine, the other branch's signer is a stranger",
    play: (scene) => {
      forked(scene);
      resolve(scene, "mine");
      return release(scene, "2026-03-06", "M");
    },
    verdict: "unexpected-signer",
    exit: 4,
  },
  {
    row: "4.6",
    name: "kept as mine, the other statement freezes nothing any more",
    play: (scene) => {
      const { theirs } = forked(scene);
      resolve(scene, "mine");
      return release(scene, "2026-03-06", "A", [theirs]);
    },
    verdict: "match",
    exit: 0,
    notices: [],
    active: "A B C",
  },
  {
    row: "4.6",
    name: "kept as mine, our branch goes on",
    play: (scene) => {
      const { ours } = forked(scene);
      resolve(scene, "mine");
      return offer(scene, "2026-03-06", offered({ on: ours, keys: "A B:r", remove: { C: "retired" }, by: "A" }));
    },
    verdict: "handover-applied",
    active: "A B",
  },
  {
    row: "4.6",
    name: "kept as theirs, theirs is in force",
    play: (scene) => {
      const { theirs } = forked(scene);
      resolve(scene, theirs);
      return release(scene, "2026-03-06", "M");
    },
    verdict: "match",
    exit: 0,
    active: "B M",
  },
  {
    row: "4.6",
    name: "kept as theirs, our statement freezes nothing any more",
    play: (scene) => {
      const { ours, theirs } = forked(scene);
      resolve(scene, theirs);
      return release(scene, "2026-03-06", "M", [ours]);
    },
    verdict: "match",
    exit: 0,
    active: "B M",
  },
];

function spent(scene: Scene): OfferedStatement {
  const root = begun(scene, { keys: "A" });
  scene.offer("2026-02-01", offered({ on: root, keys: "B", remove: { A: "superseded" }, by: "A B" }));
  const again = offered({ on: root, keys: "C", remove: { A: "superseded" }, by: "A C" });
  scene.offer("2026-03-01", again);
  return again;
}

/** One handover key and a recovery key; on the first of February somebody with the recovery key speaks. */
function recovering(
  scene: Scene,
  keys = "A",
): { readonly root: OfferedStatement; readonly recovery: OfferedStatement } {
  const root = begun(scene, { keys, recovery: "R" });
  const recovery = offered({ on: root, keys: "N", recovery: "R", remove: gone(keys), by: "R N" });
  scene.offer("2026-02-01", recovery);
  return { root, recovery };
}

function gone(keys: string): Record<string, "lost"> {
  return Object.fromEntries(keys.split(" ").map((letter) => [letter, "lost" as const]));
}

/** Looks around on these days, at a place without the statement. */
function look(scene: Scene, ...days: readonly string[]): void {
  for (const day of days) release(scene, day, "A");
}

const LOST: readonly Row[] = [
  {
    row: "58",
    name: "a recovery key alone waits",
    play: (scene) => {
      const { recovery } = recovering(scene);
      return offer(scene, "2026-02-02", recovery);
    },
    verdict: "handover-pending",
    active: "A R",
  },
  {
    row: "58",
    name: "old keys pass meanwhile",
    play: (scene) => {
      recovering(scene);
      return release(scene, "2026-02-02", "A");
    },
    verdict: "match",
    exit: 0,
  },
  {
    row: "58",
    name: "new keys are a question",
    play: (scene) => {
      recovering(scene);
      return release(scene, "2026-02-02", "N");
    },
    verdict: "handover-pending",
    exit: 3,
  },
  {
    row: "58a",
    name: "after seven days with three looks it is in force",
    play: (scene) => {
      recovering(scene);
      look(scene, "2026-02-02", "2026-02-03", "2026-02-04");
      return release(scene, "2026-02-08", "N");
    },
    verdict: "match-handover",
    exit: 0,
    active: "N R",
  },
  {
    row: "58a",
    name: "offered after its window it is told as recovered",
    play: (scene) => {
      const { recovery } = recovering(scene);
      look(scene, "2026-02-02", "2026-02-03", "2026-02-04");
      return offer(scene, "2026-02-08", recovery);
    },
    verdict: "handover-recovered",
    active: "N R",
  },
  {
    row: "58a",
    name: "a moment before seven days it waits",
    play: (scene) => {
      recovering(scene);
      look(scene, "2026-02-02", "2026-02-03", "2026-02-04");
      return release(scene, "2026-02-07T23:59:59Z", "N");
    },
    verdict: "handover-pending",
    exit: 3,
  },
  {
    row: "58a",
    name: "two days of looking are too few",
    play: (scene) => {
      recovering(scene);
      look(scene, "2026-02-02", "2026-02-03", "2026-02-03T10:00:00Z");
      return release(scene, "2026-03-08", "N");
    },
    verdict: "handover-pending",
    exit: 3,
  },
  {
    row: "58a",
    name: "three looks at the place that delivers it are no look around",
    play: (scene) => {
      const { recovery } = recovering(scene);
      for (const day of ["2026-02-02", "2026-02-03", "2026-02-04"]) release(scene, day, "A", [recovery]);
      return release(scene, "2026-03-08", "N", [recovery]);
    },
    verdict: "handover-pending",
    exit: 3,
  },
  {
    row: "58a",
    name: "the file that it came with is no look around either",
    play: (scene) => {
      const root = begun(scene, { keys: "A", recovery: "R" });
      const recovery = offered({ on: root, keys: "N", recovery: "R", remove: { A: "lost" }, by: "R N" });
      for (const day of ["2026-02-01", "2026-02-02", "2026-02-03"]) release(scene, day, "A", [recovery]);
      return release(scene, "2026-03-08", "N", [recovery]);
    },
    verdict: "handover-pending",
    exit: 3,
  },
  {
    row: "58a",
    name: "the user may end the wait",
    play: (scene) => {
      const { recovery } = recovering(scene);
      scene.append("2026-02-02", { kind: "handover-active", sha256: recovery.sha256, by: "user", reason: "met her" });
      return release(scene, "2026-02-03", "N");
    },
    verdict: "match",
    exit: 0,
    active: "N R",
  },
  {
    row: "58, 53",
    name: "what waits falls with its recovery key",
    play: (scene) => {
      recovering(scene);
      look(scene, "2026-02-02", "2026-02-03", "2026-02-04");
      scene.append("2026-02-05", { kind: "distrust", key: signer("R"), scope: "package", reason: "stolen" });
      return release(scene, "2026-03-08", "A");
    },
    verdict: "match",
    exit: 0,
    active: "A",
  },
  {
    row: "58",
    name: "an added key must sign a recovery too",
    play: (scene) => {
      const root = begun(scene, { keys: "A", recovery: "R" });
      return offer(
        scene,
        "2026-02-01",
        offered({ on: root, keys: "N", recovery: "R", remove: { A: "lost" }, by: "R" }),
      );
    },
    verdict: "handover-rejected",
    detail: /^possession/,
  },
  {
    row: "58",
    name: "a recovery key that was dropped recovers nothing",
    play: (scene) => {
      const root = begun(scene, { keys: "A", recovery: "R" });
      const two = offered({ on: root, keys: "A", by: "A" });
      return offer(scene, "2026-02-01", two, offered({ on: two, keys: "N", remove: { A: "lost" }, by: "R N" }));
    },
    verdict: "handover-rejected",
    detail: /^quorum \(0 of 1\)$/,
    active: "A",
  },
  {
    row: "4.6",
    name: "a single key does not veto",
    play: (scene) => {
      const { root } = recovering(scene);
      return offer(scene, "2026-02-02", offered({ on: root, keys: "A", recovery: "R", by: "A" }));
    },
    verdict: "handover-contested",
    active: "A R",
  },
  {
    row: "4.6",
    name: "and the recovery comes all the same",
    play: (scene) => {
      const { root } = recovering(scene);
      scene.offer("2026-02-02", offered({ on: root, keys: "A", recovery: "R", by: "A" }));
      look(scene, "2026-02-02", "2026-02-03", "2026-02-04");
      return release(scene, "2026-02-08", "N");
    },
    verdict: "match-handover",
    exit: 0,
    active: "N R",
  },
  {
    row: "4.6",
    name: "two keys veto",
    play: (scene) => {
      const { root } = recovering(scene, "A B");
      return offer(scene, "2026-02-02", offered({ on: root, keys: "A B", recovery: "R", by: "A B" }));
    },
    verdict: "handover-applied",
    active: "A B R",
  },
  {
    row: "4.6",
    name: "what was vetoed never comes",
    play: (scene) => {
      const { root, recovery } = recovering(scene, "A B");
      scene.offer("2026-02-02", offered({ on: root, keys: "A B", recovery: "R", by: "A B" }));
      look(scene, "2026-02-02", "2026-02-03", "2026-02-04");
      return release(scene, "2026-03-08", "N", [recovery]);
    },
    verdict: "unexpected-signer",
    exit: 4,
    active: "A B R",
  },
  {
    row: "4.6",
    name: "a second recovery does not replace the one that waits",
    play: (scene) => {
      const { root } = recovering(scene);
      return offer(
        scene,
        "2026-02-02",
        offered({ on: root, keys: "O", recovery: "R", remove: { A: "lost" }, by: "R O" }),
      );
    },
    verdict: "handover-contested",
    active: "A R",
  },
  {
    row: "4.3, 1",
    name: "the quorum goes on though a recovery key signed too",
    play: (scene) => {
      const root = begun(scene, { keys: "A", recovery: "R" });
      return offer(scene, "2026-02-01", offered({ on: root, keys: "A N", recovery: "R", by: "A R N" }));
    },
    verdict: "handover-applied",
    active: "A N R",
  },
];

/** A thief with the only handover key was first; the owner answers with the recovery key on this day. */
function race(
  scene: Scene,
  at: string,
  thief: { readonly by?: string; readonly more?: number } = {},
): OfferedStatement {
  const root = begun(scene, { keys: "A C", recovery: "R" });
  let stolen = offered({
    on: root,
    keys: "M C",
    recovery: "R",
    remove: { A: "superseded" },
    vouch: ["poison"],
    by: thief.by ?? "A M",
  });
  scene.offer("2026-02-01", stolen);
  for (let more = 0; more < (thief.more ?? 0); more += 1) {
    stolen = offered({ on: stolen, keys: "M C", recovery: "R", reason: `Again ${more}.`, by: "M" });
    scene.offer("2026-02-06", stolen);
  }
  scene.arrive({ at: "2026-02-02", bytes: "evil", version: "9.0", signatures: [signed("M"), signed("X")] });
  scene.arrive({ at: "2026-02-02", bytes: "honest", version: "2.0", signatures: [signed("C")] });
  const owner = offered({ on: root, keys: "C N", recovery: "R", remove: { A: "compromised" }, by: "R N" });
  scene.offer(at, owner);
  return owner;
}

const RACES: readonly Row[] = [
  {
    row: "4.6",
    name: "recovery wins within seven days of the branch's first statement",
    play: (scene) => {
      race(scene, "2026-02-08");
      return release(scene, "2026-02-09", "N");
    },
    verdict: "match",
    exit: 0,
    active: "C N R",
  },
  {
    row: "4.6",
    name: "however many statements follow",
    play: (scene) => {
      race(scene, "2026-02-08", { more: 3 });
      return release(scene, "2026-02-09", "N");
    },
    verdict: "match",
    exit: 0,
    active: "C N R",
  },
  {
    row: "4.6",
    name: "not later, however new the last of the branch is",
    play: (scene) => {
      race(scene, "2026-02-08T00:00:01Z", { more: 3 });
      return release(scene, "2026-02-09", "M");
    },
    verdict: "match",
    exit: 0,
    active: "C M R",
  },
  {
    row: "4.6",
    name: "the loser's signer is a stranger",
    play: (scene) => {
      race(scene, "2026-02-08");
      return release(scene, "2026-02-09", "M");
    },
    verdict: "unexpected-signer",
    exit: 4,
  },
  {
    row: "4.6",
    name: "the loser's bytes are no longer known, whoever else signed them",
    play: (scene) => {
      race(scene, "2026-02-08");
      return scene.arrive({ at: "2026-02-09", bytes: "evil", version: "9.0", signatures: [signed("M"), signed("X")] });
    },
    verdict: "unexpected-signer",
    exit: 4,
  },
  {
    row: "4.6",
    name: "nor does the loser's version stand in the way",
    play: (scene) => {
      race(scene, "2026-02-08");
      return scene.arrive({ at: "2026-02-09", bytes: "good", version: "3.0", signatures: [signed("N")] });
    },
    verdict: "match",
    exit: 0,
    notices: [],
  },
  {
    row: "4.6",
    name: "nor do the loser's vouches hold",
    play: (scene) => {
      race(scene, "2026-02-08");
      return scene.arrive({ at: "2026-02-09", bytes: "poison", version: "5.0" });
    },
    verdict: "unsigned-downgrade",
    exit: 4,
  },
  {
    row: "4.6",
    name: "the key that its owner calls stolen is refused",
    play: (scene) => {
      race(scene, "2026-02-08");
      return release(scene, "2026-02-09", "A");
    },
    verdict: "revoked",
    exit: 4,
  },
  {
    row: "4.6",
    name: "a recovery key that signed the branch can't contest it",
    play: (scene) => {
      race(scene, "2026-02-08", { by: "A M R" });
      return release(scene, "2026-02-09", "M");
    },
    verdict: "match",
    exit: 0,
    active: "C M R",
  },
  {
    row: "4.6",
    name: "nor can it against a branch that two keys began",
    play: (scene) => {
      race(scene, "2026-02-08", { by: "A C M" });
      return release(scene, "2026-02-09", "M");
    },
    verdict: "match",
    exit: 0,
    active: "C M R",
  },
  {
    row: "4.6",
    name: "a recovery ends a freeze",
    play: (scene) => {
      const root = begun(scene, { keys: "A", recovery: "R" });
      scene.offer("2026-02-01", offered({ on: root, keys: "A C", recovery: "R", by: "A C" }));
      scene.offer("2026-02-02", offered({ on: root, keys: "A M", recovery: "R", by: "A M" }));
      return offer(
        scene,
        "2026-02-03",
        offered({ on: root, keys: "N", recovery: "R", remove: { A: "compromised" }, by: "R N" }),
      );
    },
    verdict: "handover-recovered",
    active: "N R",
  },
  {
    row: "4.6",
    name: "an owner who signs with the stolen key as well recovers all the same",
    play: (scene) => {
      const root = begun(scene, { keys: "A", recovery: "R" });
      scene.offer("2026-02-01", offered({ on: root, keys: "M", recovery: "R", remove: { A: "lost" }, by: "A M" }));
      const owner = offered({ on: root, keys: "N", recovery: "R", remove: { A: "compromised" }, by: "A R N" });
      return offer(scene, "2026-02-03", owner);
    },
    verdict: "handover-recovered",
    active: "N R",
  },
  {
    row: "4.6",
    name: "what the branch says of the recovery key doesn't silence it",
    play: (scene) => {
      const root = begun(scene, { keys: "A", recovery: "R" });
      scene.offer("2026-02-01", offered({ on: root, keys: "M", remove: { A: "lost", R: "compromised" }, by: "A M" }));
      const owner = offered({ on: root, keys: "N", recovery: "R", remove: { A: "compromised" }, by: "R N" });
      return offer(scene, "2026-02-03", owner);
    },
    verdict: "handover-recovered",
    active: "N R",
  },
  {
    row: "4.6, 49a",
    name: "too late, it is kept as evidence",
    play: (scene) => {
      race(scene, "2026-02-09");
      return release(scene, "2026-02-10", "M");
    },
    verdict: "match",
    exit: 0,
    notices: ["handover-contested", "older-version"],
  },
  {
    row: "4.6",
    name: "offered one after the other at one instant, they were not seen together",
    play: (scene) => {
      const root = begun(scene, { keys: "A", recovery: "R" });
      scene.offer("2026-02-01", offered({ on: root, keys: "M", recovery: "R", remove: { A: "lost" }, by: "A M" }));
      const owner = offered({ on: root, keys: "N", recovery: "R", remove: { A: "compromised" }, by: "R N" });
      return offer(scene, "2026-02-01", owner);
    },
    verdict: "handover-recovered",
    active: "N R",
  },
  {
    row: "4.6",
    name: "both first seen together are a question",
    play: (scene) => together(scene),
    verdict: "handover-contested",
    active: "R",
  },
  {
    row: "4.6",
    name: "seen together, the quorum's new key is a question",
    play: (scene) => {
      together(scene);
      return release(scene, "2026-02-02", "M");
    },
    verdict: "handover-contested",
    exit: 3,
  },
  {
    row: "4.6",
    name: "seen together, the recovery's new key is a question",
    play: (scene) => {
      together(scene);
      return release(scene, "2026-02-02", "N");
    },
    verdict: "handover-contested",
    exit: 3,
  },
  {
    row: "4.6",
    name: "seen together, the user decides for the recovery",
    play: (scene) => {
      together(scene);
      const keep = scene.pin.chain.competitors[0]?.link.sha256 ?? "mine";
      scene.append("2026-02-03", { kind: "resolve", keep, reason: "met her" });
      return release(scene, "2026-02-04", "N");
    },
    verdict: "match",
    exit: 0,
    active: "N R",
  },
  {
    row: "4.6",
    name: "seen together, the user decides for the quorum",
    play: (scene) => {
      together(scene);
      scene.append("2026-02-03", { kind: "resolve", keep: "mine", reason: "met her" });
      return release(scene, "2026-02-04", "N");
    },
    verdict: "unexpected-signer",
    exit: 4,
    active: "M R",
  },
];

function together(scene: Scene): ReturnType<typeof offer> {
  const root = begun(scene, { keys: "A", recovery: "R" });
  const quorum = offered({ on: root, keys: "M", recovery: "R", remove: { A: "superseded" }, by: "A M" });
  const recovery = offered({ on: root, keys: "N", recovery: "R", remove: { A: "compromised" }, by: "R N" });
  return offer(scene, "2026-02-01", quorum, recovery);
}

/** C is to come on the first of June; then a second quorum speaks. */
function frozenWhileWaiting(scene: Scene): void {
  const on = begun(scene, { keys: "A B:r" });
  scene.offer("2026-02-01", offered({ on, keys: "A C B:r", by: "A C", notBefore: "2026-06-01" }));
  scene.offer("2026-02-02", offered({ on, keys: "A M B:r", by: "A M" }));
}

const WAITING: readonly Row[] = [
  {
    row: "49",
    name: "a key that left our branch and came back is in both",
    play: (scene) => {
      const on = begun(scene, { keys: "A B C", handover: 2 });
      const gone = offered({ on, keys: "A C E", handover: 2, remove: { B: "retired" }, by: "A B C E" });
      const back = offered({ on: gone, keys: "A B C", handover: 2, remove: { E: "retired" }, by: "A B C E" });
      scene.offer("2026-02-01", gone, back);
      const theirs = offered({ on, keys: "A B D", handover: 2, remove: { C: "retired" }, by: "A B C D" });
      return offer(scene, "2026-02-02", theirs);
    },
    verdict: "handover-fork",
    active: "A B",
  },
  {
    row: "49, 56",
    name: "in a freeze nothing comes into force, its day or not",
    play: (scene) => {
      frozenWhileWaiting(scene);
      return release(scene, "2026-06-02", "C");
    },
    verdict: "handover-fork",
    exit: 4,
    active: "A B",
  },
  {
    row: "49, 56",
    name: "kept as mine, what waited goes on waiting",
    play: (scene) => {
      frozenWhileWaiting(scene);
      resolve(scene, "mine");
      return release(scene, "2026-03-06", "C");
    },
    verdict: "handover-pending",
    exit: 3,
    active: "A B",
  },
  {
    row: "49, 56",
    name: "kept as mine, what waited comes on its day",
    play: (scene) => {
      frozenWhileWaiting(scene);
      resolve(scene, "mine");
      return release(scene, "2026-06-02", "C");
    },
    verdict: "match-handover",
    exit: 0,
    active: "A B C",
  },
  {
    row: "4.6",
    name: "offered after the user's answer, the other statement is refused without a question",
    play: (scene) => {
      const { theirs } = forked(scene);
      resolve(scene, "mine");
      return offer(scene, "2026-03-06", theirs);
    },
    verdict: "handover-rejected",
    detail: /^spent$/,
    notices: [],
    active: "A B C",
  },
];

describe("rules.md, 4.6: two statements at one place", () => testRows([...FORKS, ...WAITING]));
describe("rules.md, 4.6: recovery keys", () => testRows(LOST));
describe("rules.md, 4.6: the stolen key race", () => testRows(RACES));

describe("a branch that lost", () => {
  it("leaves its artifacts for the audit, and takes nobody else's along", () => {
    const scene = new Scene();
    race(scene, "2026-02-08");
    assert.deepEqual(
      scene.pin.undone.map(({ sha256 }) => sha256),
      [digest("evil")],
    );
    assert.ok(scene.pin.bySha256.has(digest("honest")));
  });

  it("does not wash a distrusted signer clean", () => {
    const scene = new Scene();
    const root = begun(scene, { keys: "A", recovery: "R" });
    scene.offer("2026-02-01", offered({ on: root, keys: "A M", recovery: "R", by: "A M" }));
    scene.append("2026-02-02", { kind: "distrust", key: signer("M"), scope: "package", reason: "a thief" });
    scene.offer("2026-02-03", offered({ on: root, keys: "N", recovery: "R", remove: { A: "compromised" }, by: "R N" }));
    assert.equal(release(scene, "2026-02-04", "M").verdict, "distrusted");
  });

  it("gives the user's own signer back", () => {
    const scene = new Scene();
    const root = begun(scene, { keys: "A", recovery: "R" });
    scene.append("2026-01-15", { kind: "trust", key: signer("L"), scope: "package", reason: "a colleague" });
    scene.offer("2026-02-01", offered({ on: root, keys: "M L", recovery: "R", remove: { A: "lost" }, by: "A M L" }));
    scene.offer("2026-02-03", offered({ on: root, keys: "N", recovery: "R", remove: { A: "compromised" }, by: "R N" }));
    assert.equal(release(scene, "2026-02-04", "L").verdict, "match");
    assert.equal(scene.pin.signers.get(signer("L"))?.isLocal, true);
  });

  it("leaves a signer retired since when its own certificate had retired it", () => {
    const scene = new Scene();
    const root = begun(scene, { keys: "A B", recovery: "R" });
    const cutoff = time("2026-01-15");
    scene.append("2026-01-15", { kind: "retire", key: signer("B"), reason: "superseded", by: "cert", cutoff });
    const remove = { A: "lost", B: "lost" } as const;
    scene.offer("2026-02-01", offered({ on: root, keys: "M", recovery: "R", remove, by: "A M" }));
    scene.offer("2026-02-03", offered({ on: root, keys: "N", recovery: "R", remove, by: "R N" }));
    assert.equal(scene.pin.signers.get(signer("B"))?.retirement?.cutoff, cutoff);
  });

  it("gives those back whom it called compromised", () => {
    const scene = new Scene();
    const root = begun(scene, { keys: "A C", recovery: "R" });
    const lie = { C: "compromised" } as const;
    scene.offer("2026-02-01", offered({ on: root, keys: "A M", recovery: "R", remove: lie, by: "A M" }));
    assert.equal(release(scene, "2026-02-02", "C").verdict, "revoked");
    const owner = offered({ on: root, keys: "C N", recovery: "R", remove: { A: "compromised" }, by: "R N" });
    scene.offer("2026-02-03", owner);
    assert.equal(release(scene, "2026-02-04", "C").verdict, "match");
  });

  it("keeps the bytes that one of the others had signed as well", () => {
    const scene = new Scene();
    const root = begun(scene, { keys: "A C", recovery: "R" });
    scene.offer("2026-02-01", offered({ on: root, keys: "M C", recovery: "R", remove: { A: "lost" }, by: "A M" }));
    release(scene, "2026-02-02", "M C");
    const owner = offered({ on: root, keys: "C N", recovery: "R", remove: { A: "compromised" }, by: "R N" });
    scene.offer("2026-02-03", owner);
    assert.deepEqual(scene.pin.undone, []);
    assert.equal(scene.pin.bySha256.size, 1);
  });

  it("freezes nothing when it is offered again, though its signer is still there", () => {
    const scene = new Scene();
    const root = begun(scene, { keys: "A B:r" });
    const ours = offered({ on: root, keys: "A B:r C", by: "A C" });
    const theirs = offered({ on: root, keys: "A B:r D", by: "A D" });
    scene.offer("2026-02-01", ours);
    scene.offer("2026-03-01", theirs);
    resolve(scene, theirs);
    assert.equal(release(scene, "2026-03-06", "D", [ours]).verdict, "match");
    assert.equal(scene.pin.chain.freeze, undefined);
  });
});

it("keeps at most sixteen spent competitors, and writes no more of them down", () => {
  const scene = new Scene();
  const root = begun(scene, { keys: "A" });
  scene.offer("2026-02-01", offered({ on: root, keys: "B", remove: { A: "superseded" }, by: "A B" }));
  for (let n = 0; n < 20; n += 1)
    scene.offer("2026-03-01", offered({ on: root, keys: "A", by: "A", reason: `Mine, ${n}.` }));
  assert.equal(scene.pin.chain.competitors.length, 16);
  assert.equal(scene.events.filter(({ body }) => body.kind === "handover-contest").length, 16);
});
