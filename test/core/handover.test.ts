import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Evidence } from "../../daemon/core/evidence.ts";
import { packageIn } from "../../daemon/core/package-name.ts";
import { begun, offer, pinned, type Row, release, testRows } from "./handover-row.ts";
import { mark, offered, type Wish } from "./offers.ts";
import { digest, must, Scene, signed, signer, time } from "./scene.ts";

const sunpyElsewhere = must(packageIn("conda", "sunpy"));
const TWO = { keys: "A B", handover: 2 } as const;

/** The next statement on a chain of one, a month later. */
function next(first: Omit<Wish, "by">, wish: Wish, before?: (scene: Scene) => void): Row["play"] {
  return (scene) => {
    const on = begun(scene, first);
    before?.(scene);
    return offer(scene, "2026-02-01", offered({ on, ...wish }));
  };
}

/** The first statement for a package whose pin came by first use. */
function first(list: string, wish: Wish, before?: (scene: Scene) => void): Row["play"] {
  return (scene) => {
    pinned(scene, list);
    before?.(scene);
    return offer(scene, "2026-02-01", offered(wish));
  };
}

const rotation: Wish = { keys: "B", remove: { A: "superseded" }, by: "A B" };

const ORDINARY: readonly Row[] = [
  {
    row: "45",
    name: "the old quorum, every added key and the new quorum hand over",
    play: next({ keys: "A" }, rotation),
    verdict: "handover-applied",
    notices: [],
    active: "B",
  },
  {
    row: "45",
    name: "a pin of a first use follows the first statement",
    play: first("A", rotation),
    verdict: "handover-applied",
    active: "B",
  },
  {
    row: "45",
    name: "a signer that the first statement neither lists nor removes retires",
    play: first("A B C", { keys: "A", by: "A B" }),
    verdict: "handover-applied",
    active: "A",
  },
  {
    row: "45",
    name: "the first statement may remove keys that were never pinned here",
    play: first("A", { ...rotation, remove: { A: "lost", Z: "lost" } }),
    verdict: "handover-applied",
    active: "B",
  },
  {
    row: "45",
    name: "a majority of the implicit signers is enough",
    play: first("A B C", { keys: "A B", by: "A B" }),
    verdict: "handover-applied",
    active: "A B",
  },
  {
    row: "45",
    name: "three quorums of keys in a row are followed",
    play: (scene) => {
      const one = begun(scene, TWO);
      const two = offered({ on: one, keys: "B C", handover: 2, remove: { A: "retired" }, by: "A B C" });
      const three = offered({ on: two, keys: "C D", handover: 2, remove: { B: "retired" }, by: "B C D" });
      return offer(scene, "2026-02-01", two, three);
    },
    verdict: "handover-applied",
    active: "C D",
  },
  {
    row: "46",
    name: "one of two is no quorum",
    play: next(TWO, { keys: "A B C", by: "A C" }),
    verdict: "handover-rejected",
    detail: /^quorum \(1 of 2\)$/,
    active: "A B",
  },
  {
    row: "46",
    name: "a key that may only release has no say",
    play: next({ keys: "A B:r" }, { keys: "A B", by: "B" }),
    verdict: "handover-rejected",
    detail: /^quorum \(0 of 1\)$/,
    active: "A B",
  },
  {
    row: "46",
    name: "a statement that nobody signed is nothing",
    play: next({ keys: "A" }, { ...rotation, by: "" }),
    verdict: "handover-rejected",
    detail: /^quorum \(0 of 1\)$/,
    active: "A",
  },
  {
    row: "46",
    name: "a lower threshold needs the old one",
    play: next(TWO, { keys: "A B", handover: 1, by: "A" }),
    verdict: "handover-rejected",
    detail: /^quorum \(1 of 2\)$/,
  },
  {
    row: "46",
    name: "one key that signs twice counts once",
    play: next(TWO, { keys: "A B C", by: [mark("A"), mark("A"), mark("C")] }),
    verdict: "handover-rejected",
    detail: /^quorum \(1 of 2\)$/,
  },
  {
    row: "13",
    name: "equal key material in two certificates counts once",
    play: next(TWO, { keys: "A B", by: [mark("A"), mark("B", { material: digest("material A") })] }),
    verdict: "handover-rejected",
    detail: /^quorum \(1 of 2\)$/,
  },
  {
    row: "47",
    name: "an added key that did not sign",
    play: next({ keys: "A" }, { ...rotation, by: "A" }),
    verdict: "handover-rejected",
    detail: /^possession \S/,
    active: "A",
  },
  {
    row: "47",
    name: "an added recovery key that did not sign",
    play: next({ keys: "A" }, { keys: "A", recovery: "R", by: "A" }),
    verdict: "handover-rejected",
    detail: /^possession \S/,
  },
  {
    row: "47",
    name: "every key that a first statement lists must have signed it, known here or not",
    play: first("A B", { keys: "A B C", handover: 2, by: "A B" }),
    verdict: "handover-rejected",
    detail: /^possession \S/,
  },
  {
    row: "47",
    name: "a recovery key that becomes a key signs for that",
    play: next({ keys: "A", recovery: "R" }, { keys: "A R", by: "A" }),
    verdict: "handover-rejected",
    detail: /^possession \S/,
  },
  {
    row: "4.3, 3",
    name: "too few of the new set",
    play: next({ keys: "A B C" }, { keys: "A B C", handover: 2, by: "A" }),
    verdict: "handover-rejected",
    detail: /^quorum \(1 of 2\) of the new signers$/,
  },
  {
    row: "48",
    name: "a statement for another package",
    play: next({ keys: "A" }, { ...rotation, packages: [sunpyElsewhere] }),
    verdict: "handover-rejected",
    detail: /^package$/,
    active: "A",
  },
  {
    row: "48",
    name: "a statement that names this package among others",
    play: next({ keys: "A" }, { ...rotation, packages: [sunpyElsewhere, must(packageIn("pypi", "sunpy"))] }),
    verdict: "handover-applied",
  },
  {
    row: "50",
    name: "a statement that is missing before this one",
    play: next({ keys: "A" }, { ...rotation, seq: 3, previous: digest("unknown") }),
    verdict: "handover-gap",
    active: "A",
  },
  {
    row: "50",
    name: "the right place and a number too high",
    play: next({ keys: "A" }, { ...rotation, seq: 7 }),
    verdict: "handover-gap",
    active: "A",
  },
  {
    row: "50",
    name: "a number lower than its place has",
    play: (scene) => {
      const one = begun(scene, { keys: "A" });
      const two = offered({ on: one, keys: "A B", by: "A B" });
      return offer(
        scene,
        "2026-02-01",
        two,
        offered({ on: two, seq: 2, keys: "A", remove: { B: "retired" }, by: "A" }),
      );
    },
    verdict: "handover-rejected",
    detail: /^seq /,
    active: "A B",
  },
  {
    row: "50",
    name: "a predecessor that nobody knows, within our numbers",
    play: next({ keys: "A" }, { ...rotation, previous: digest("unknown") }),
    verdict: "handover-rejected",
    detail: /^genesis$/,
  },
  {
    row: "51",
    name: "the very statement again",
    play: (scene) => offer(scene, "2026-02-01", begun(scene, { keys: "A" })),
    verdict: "handover-known",
    active: "A",
  },
  {
    row: "52",
    name: "a removed key signs the next statement",
    play: (scene) => {
      const one = begun(scene, { keys: "A" });
      const two = offered({ on: one, ...rotation });
      return offer(scene, "2026-02-01", two, offered({ on: two, keys: "A", remove: { B: "lost" }, by: "A" }));
    },
    verdict: "handover-rejected",
    detail: /^quorum \(0 of 1\)$/,
    active: "B",
  },
  {
    row: "52",
    name: "a key that its owner retired in its certificate",
    play: next(TWO, { keys: "A B C", by: "A B C" }, (scene) => {
      scene.append("2026-01-15", {
        kind: "retire",
        key: signer("B"),
        reason: "superseded",
        by: "cert",
        cutoff: time("2026-01-15"),
      });
    }),
    verdict: "handover-rejected",
    detail: /^quorum \(1 of 2\)$/,
  },
  {
    row: "54",
    name: "a copy of a certificate that has expired",
    play: next({ keys: "A" }, { ...rotation, by: [mark("A", { isExpired: true }), mark("B")] }),
    verdict: "handover-applied",
    notices: ["signer-expired"],
    active: "B",
  },
  {
    row: "55",
    name: "weak cryptography does not count",
    play: next({ keys: "A" }, { ...rotation, by: [mark("A", { isWeak: true }), mark("B")] }),
    verdict: "handover-rejected",
    detail: /^quorum \(0 of 1\)$/,
  },
  {
    row: "55",
    name: "weak cryptography of an added key does not count",
    play: next({ keys: "A" }, { ...rotation, by: [mark("A"), mark("B", { isWeak: true })] }),
    verdict: "handover-rejected",
    detail: /^possession/,
  },
  {
    row: "4.1",
    name: "a signature in text mode does not count",
    play: next({ keys: "A" }, { ...rotation, by: [mark("A", { isBinary: false }), mark("B")] }),
    verdict: "handover-rejected",
    detail: /^quorum/,
  },
  {
    row: "4.1",
    name: "a signature that does not say what it is for does not count",
    play: next({ keys: "A" }, { ...rotation, by: [mark("A", { isForHandover: false }), mark("B")] }),
    verdict: "handover-rejected",
    detail: /^quorum/,
  },
  {
    row: "4.1",
    name: "a key that was not entitled to sign does not count",
    play: next({ keys: "A" }, { ...rotation, by: [mark("A", { isEntitled: false }), mark("B")] }),
    verdict: "handover-rejected",
    detail: /^quorum/,
  },
  {
    row: "4.2",
    name: "a signature that fits the file with CRLF only is named",
    play: (scene) => {
      const on = begun(scene, { keys: "A" });
      return offer(scene, "2026-02-01", { ...offered({ on, ...rotation, by: "" }), fitsOnlyRaw: true });
    },
    verdict: "handover-rejected",
    detail: /CRLF/,
  },
  {
    row: "56",
    name: "before its time a statement waits",
    play: next({ keys: "A" }, { ...rotation, notBefore: "2026-06-01" }),
    verdict: "handover-pending",
    detail: /not-before/,
    active: "A",
  },
  {
    row: "56",
    name: "what the added key signs meanwhile is a question",
    play: (scene) => {
      const on = begun(scene, { keys: "A" });
      scene.offer("2026-02-01", offered({ on, ...rotation, notBefore: "2026-06-01" }));
      return release(scene, "2026-03-01", "B");
    },
    verdict: "handover-pending",
    exit: 3,
  },
  {
    row: "56",
    name: "on its day it is in force, without being offered again",
    play: (scene) => {
      const on = begun(scene, { keys: "A" });
      scene.offer("2026-02-01", offered({ on, ...rotation, notBefore: "2026-06-01" }));
      return release(scene, "2026-06-01", "B");
    },
    verdict: "match-handover",
    exit: 0,
    active: "B",
  },
  {
    row: "56",
    name: "offered again on its day it is told as applied",
    play: (scene) => {
      const on = begun(scene, { keys: "A" });
      const waiting = offered({ on, ...rotation, notBefore: "2026-06-01" });
      scene.offer("2026-02-01", waiting);
      return offer(scene, "2026-06-01", waiting);
    },
    verdict: "handover-applied",
    active: "B",
  },
  {
    row: "56",
    name: "what waits and is offered again still waits",
    play: (scene) => {
      const on = begun(scene, { keys: "A" });
      const waiting = offered({ on, ...rotation, notBefore: "2026-06-01" });
      scene.offer("2026-02-01", waiting);
      return offer(scene, "2026-05-31", waiting);
    },
    verdict: "handover-pending",
    active: "A",
  },
  {
    row: "56, 53b",
    name: "what waits does not come into force once its signer is known as stolen",
    play: (scene) => {
      const on = begun(scene, { keys: "A" });
      scene.offer("2026-02-01", offered({ on, ...rotation, notBefore: "2026-06-01" }));
      scene.append("2026-03-01", { kind: "revoke", key: signer("A"), hard: true, compromised: true, by: "cert" });
      return release(scene, "2026-06-02", "B");
    },
    verdict: "handover-pending",
    exit: 3,
    active: "",
  },
  {
    row: "56, 49",
    name: "another quorum while one waits is a fork",
    play: (scene) => {
      const on = begun(scene, { keys: "A B:r" });
      scene.offer("2026-02-01", offered({ on, keys: "A C B:r", by: "A C", notBefore: "2026-06-01" }));
      return offer(scene, "2026-02-02", offered({ on, keys: "A M B:r", by: "A M" }));
    },
    verdict: "handover-fork",
    active: "A B",
  },
  {
    row: "56a",
    name: "issued more than ten minutes ahead",
    play: next({ keys: "A" }, { ...rotation, issued: "2026-02-01T00:10:01Z" }),
    verdict: "handover-rejected",
    detail: /^future$/,
  },
  {
    row: "56a",
    name: "issued ten minutes ahead",
    play: next({ keys: "A" }, { ...rotation, issued: "2026-02-01T00:10:00Z" }),
    verdict: "handover-applied",
  },
  {
    row: "56a",
    name: "a signature that is needed lies ahead",
    play: next({ keys: "A" }, { ...rotation, by: [mark("A", { createdAt: time("2026-03-01") }), mark("B")] }),
    verdict: "handover-rejected",
    detail: /^future$/,
  },
  {
    row: "56a",
    name: "an added key's signature lies ahead",
    play: next({ keys: "A" }, { ...rotation, by: [mark("A"), mark("B", { createdAt: time("2026-03-01") })] }),
    verdict: "handover-rejected",
    detail: /^future$/,
  },
  {
    row: "56a",
    name: "a signature that is not needed may lie ahead",
    play: next(
      { keys: "A C" },
      { keys: "A B C", by: [mark("A"), mark("B"), mark("C", { createdAt: time("2026-03-01") })] },
    ),
    verdict: "handover-applied",
  },
  {
    row: "56a",
    name: "a first statement's signature lies ahead",
    play: first("A", { ...rotation, by: [mark("A", { createdAt: time("2026-03-01") }), mark("B")] }),
    verdict: "handover-rejected",
    detail: /^future$/,
  },
  {
    row: "59",
    name: "an empty line",
    play: next({ keys: "A" }, { ...rotation, retyped: (text) => text.replace("reason", "\nreason") }),
    verdict: "handover-rejected",
    detail: /^syntax line \d+$/,
    active: "A",
  },
  {
    row: "59",
    name: "a line nobody knows",
    play: next({ keys: "A" }, { ...rotation, retyped: (text) => text.replace("reason", "colour red\nreason") }),
    verdict: "handover-rejected",
    detail: /^syntax line \d+$/,
  },
  {
    row: "59",
    name: "a newer format",
    play: next({ keys: "A" }, { ...rotation, retyped: (text) => text.replace("tofu-handover 1", "tofu-handover 2") }),
    verdict: "unsupported",
    active: "A",
  },
  {
    row: "60",
    name: "a key that becomes a recovery key is one that goes",
    play: next({ keys: "A B" }, { keys: "A", recovery: "B", by: "A B" }),
    verdict: "handover-rejected",
    detail: /^set$/,
  },
  {
    row: "60",
    name: "a key left out without a word",
    play: next({ keys: "A B" }, { keys: "A", by: "A" }),
    verdict: "handover-rejected",
    detail: /^set$/,
    active: "A B",
  },
  {
    row: "60",
    name: "the removal of a key that was not there",
    play: next({ keys: "A" }, { keys: "A", remove: { Z: "lost" }, by: "A" }),
    verdict: "handover-rejected",
    detail: /^set$/,
  },
  {
    row: "60",
    name: "a key both listed and removed",
    play: next({ keys: "A" }, { keys: "A", remove: { A: "lost" }, by: "A" }),
    verdict: "handover-rejected",
    detail: /^set$/,
  },
  {
    row: "60",
    name: "a recovery key needs no word to go, and is named",
    play: next({ keys: "A", recovery: "R" }, { keys: "A", by: "A" }),
    verdict: "handover-applied",
    notices: ["recovery-dropped"],
    active: "A",
  },
  {
    row: "4.2",
    name: "one key as key and as recovery key",
    play: next({ keys: "A" }, { keys: "A", recovery: "A", by: "A" }),
    verdict: "handover-rejected",
    detail: /^role$/,
  },
  {
    row: "4.3, 6",
    name: "a handover threshold that nobody reaches",
    play: next({ keys: "A" }, { keys: "A B:r", handover: 2, by: "A B" }),
    verdict: "handover-rejected",
    detail: /^thresholds$/,
  },
  {
    row: "4.3, 6",
    name: "a release threshold that nobody reaches",
    play: next({ keys: "A" }, { keys: "A B:h", release: 2, by: "A B" }),
    verdict: "handover-rejected",
    detail: /^thresholds$/,
  },
  {
    row: "4.3, 7",
    name: "a quorum's subkey is named as such",
    play: next({ keys: "A" }, { ...rotation, by: [mark("A", { byPrimary: false }), mark("B")] }),
    verdict: "handover-rejected",
    detail: /^subkey \S/,
  },
  {
    row: "4.3, 7",
    name: "an added key's subkey is named as such",
    play: next({ keys: "A" }, { ...rotation, by: [mark("A"), mark("B", { byPrimary: false })] }),
    verdict: "handover-rejected",
    detail: /^subkey \S/,
  },
  {
    row: "4.3, 7",
    name: "a first statement by the pin's subkey is named as such",
    play: first("A", { ...rotation, by: [mark("A", { byPrimary: false }), mark("B")] }),
    verdict: "handover-rejected",
    detail: /^subkey \S/,
  },
  {
    row: "4.3, 4",
    name: "a key called stolen helps nobody to a quorum",
    play: next({ keys: "A B C", handover: 2 }, { keys: "A C", remove: { B: "compromised" }, by: "A B" }),
    verdict: "handover-rejected",
    detail: /^quorum \(1 of 2\)$/,
    active: "A B C",
  },
  {
    row: "4.3, 4",
    name: "a key called stolen may sign where it is not needed",
    play: next({ keys: "A B C", handover: 2 }, { keys: "A C", handover: 2, remove: { B: "compromised" }, by: "A B C" }),
    verdict: "handover-applied",
    active: "A C",
  },
  {
    row: "4.3, 4",
    name: "with a threshold of one the stolen key is all its owner has",
    play: next({ keys: "A" }, { ...rotation, remove: { A: "compromised" } }),
    verdict: "handover-applied",
    active: "B",
  },
  {
    row: "62",
    name: "a first statement that no pinned key signed",
    play: first("A", { keys: "M", remove: { A: "lost" }, by: "M" }),
    verdict: "handover-rejected",
    detail: /^genesis$/,
    active: "A",
  },
  {
    row: "62",
    name: "a first statement by one of two pinned keys",
    play: first("A B", { keys: "A M", remove: { B: "lost" }, by: "A M" }),
    verdict: "handover-rejected",
    detail: /^genesis, quorum \(1 of 2\)$/,
    active: "A B",
  },
  {
    row: "2",
    name: "no statement applies where nobody may hand over",
    play: (scene) => {
      pinned(scene);
      scene.append("2026-01-02", {
        kind: "retire",
        key: signer("A"),
        reason: "lost",
        by: "user",
        cutoff: time("2026-01-02"),
      });
      return offer(scene, "2026-02-01", offered(rotation));
    },
    verdict: "handover-rejected",
    detail: /^genesis$/,
    active: "",
  },
  {
    row: "4.6",
    name: "a user who wants no handovers gets none",
    play: next({ keys: "A" }, rotation, (scene) => {
      scene.append("2026-01-02", { kind: "require", requirement: { noHandover: true }, reason: "none will come" });
    }),
    verdict: "handover-rejected",
    detail: /no handover/,
    active: "A",
  },
];

const REVOKED: readonly Row[] = [
  {
    row: "53",
    name: "a distrusted signer does not count",
    play: next(TWO, { keys: "A B C", by: "A B C" }, (scene) => {
      scene.append("2026-01-15", { kind: "distrust", key: signer("B"), scope: "package", reason: "careless" });
    }),
    verdict: "handover-rejected",
    detail: /^quorum \(1 of 2\)$/,
  },
  {
    row: "53",
    name: "a signer distrusted on the whole machine does not count",
    play: next({ keys: "A" }, rotation, (scene) => {
      scene.appendMachine("2026-01-15", { kind: "distrust", key: signer("A"), scope: "*", reason: "careless" });
    }),
    verdict: "handover-rejected",
    detail: /^quorum \(0 of 1\)$/,
  },
  {
    row: "53",
    name: "a revoked signer does not count where the others are enough",
    play: next(
      { keys: "A B C", handover: 2 },
      { keys: "A B C D", handover: 2, by: [mark("A"), mark("B"), mark("C", { revoked: "compromised" }), mark("D")] },
    ),
    verdict: "handover-applied",
    active: "A B C D",
  },
  {
    row: "53b",
    name: "a quorum that leans on a key revoked since is a question",
    play: next({ keys: "A" }, { ...rotation, by: [mark("A", { revoked: "no-reason" }), mark("B")] }),
    verdict: "handover-contested",
    detail: /leads to [0-9a-f]{64}$/,
    active: "A",
  },
  {
    row: "53b",
    name: "the same where the journal knows of the revocation",
    play: next({ keys: "A" }, rotation, (scene) => {
      scene.append("2026-01-15", { kind: "revoke", key: signer("A"), hard: true, by: "cert" });
    }),
    verdict: "handover-contested",
    active: "",
  },
  {
    row: "53b",
    name: "it is refused all the same where an added key has not signed",
    play: next({ keys: "A" }, { ...rotation, by: [mark("A", { revoked: "compromised" })] }),
    verdict: "handover-rejected",
    detail: /^possession/,
  },
  {
    row: "53b",
    name: "a first statement that leans on a key revoked since is a question",
    play: first("A", { ...rotation, by: [mark("A", { revoked: "compromised" }), mark("B")] }),
    verdict: "handover-contested",
    active: "A",
  },
];

/** A adds B; then A's owner says that A was stolen. */
function doubted(scene: Scene, at: string, compromised: boolean): ReturnType<typeof begun> {
  const one = begun(scene, { keys: "A C:r", recovery: "R" });
  const two = offered({ on: one, keys: "A B C:r", recovery: "R", by: "A B" });
  scene.offer("2026-02-01", two);
  scene.append(at, {
    kind: "revoke",
    key: signer("A"),
    hard: true,
    ...(compromised ? { compromised } : {}),
    by: "cert",
  });
  return two;
}

const DOUBTED: readonly Row[] = [
  {
    row: "53b",
    name: "a beginning that leans on a stolen key is a question, with all that follows",
    play: (scene) => {
      const stolen = mark("A", { revoked: "compromised" });
      const one = offered({ keys: "A", by: [stolen] });
      const two = offered({ on: one, keys: "B", remove: { A: "superseded" }, by: [stolen, mark("B")] });
      return offer(scene, "2026-02-01", one, two);
    },
    verdict: "handover-contested",
    detail: /^leans on .*; it leads to [0-9a-f]{64}$/,
    active: "",
  },
  {
    row: "53b",
    name: "what follows a statement in doubt is in doubt",
    play: (scene) => {
      const one = begun(scene, { keys: "A" });
      scene.append("2026-01-15", { kind: "revoke", key: signer("A"), hard: true, compromised: true, by: "cert" });
      const two = offered({ on: one, keys: "B", remove: { A: "superseded" }, by: "A B" });
      return offer(scene, "2026-02-01", two, offered({ on: two, keys: "B C", by: "B C" }));
    },
    verdict: "handover-contested",
    active: "",
  },
  {
    row: "53a",
    name: "what a stolen key helped to add is a question",
    play: (scene) => {
      doubted(scene, "2026-02-20", true);
      return release(scene, "2026-02-21", "B");
    },
    verdict: "handover-contested",
    exit: 3,
    active: "C R",
  },
  {
    row: "53a",
    name: "on the thirtieth day still",
    play: (scene) => {
      doubted(scene, "2026-03-03", true);
      return release(scene, "2026-03-04", "B");
    },
    verdict: "handover-contested",
    exit: 3,
  },
  {
    row: "53a",
    name: "later it is a notice",
    play: (scene) => {
      doubted(scene, "2026-03-04", true);
      return release(scene, "2026-03-05", "B");
    },
    verdict: "match",
    exit: 0,
    notices: ["handover-contested"],
  },
  {
    row: "53a",
    name: "and stays one",
    play: (scene) => {
      doubted(scene, "2026-03-04", true);
      return release(scene, "2026-06-05", "B");
    },
    verdict: "match",
    exit: 0,
    notices: ["handover-contested"],
  },
  {
    row: "53a",
    name: "without a reason given it is a notice",
    play: (scene) => {
      doubted(scene, "2026-02-20", false);
      return release(scene, "2026-02-21", "B");
    },
    verdict: "match",
    exit: 0,
    notices: ["handover-contested"],
  },
  {
    row: "53a",
    name: "others release on",
    play: (scene) => {
      doubted(scene, "2026-02-20", true);
      return release(scene, "2026-02-21", "C");
    },
    verdict: "match",
    exit: 0,
  },
  {
    row: "53a",
    name: "a key in doubt cannot speak for itself",
    play: (scene) => {
      const two = doubted(scene, "2026-02-20", true);
      return offer(
        scene,
        "2026-02-21",
        offered({ on: two, keys: "B", remove: { A: "compromised", C: "lost" }, by: "B" }),
      );
    },
    verdict: "handover-rejected",
    detail: /^quorum \(0 of 1\)$/,
    active: "C R",
  },
  {
    row: "53a",
    name: "the user's word ends it",
    play: (scene) => {
      doubted(scene, "2026-02-20", true);
      scene.append("2026-02-21", { kind: "resolve", keep: "mine", reason: "asked B" });
      return release(scene, "2026-02-22", "B");
    },
    verdict: "match",
    exit: 0,
    active: "B C R",
  },
  {
    row: "53a",
    name: "a statement without that key ends it",
    play: (scene) => {
      const one = begun(scene, { keys: "A D:h" });
      const two = offered({ on: one, keys: "A B D:h", by: "A B" });
      scene.offer("2026-02-01", two);
      scene.append("2026-02-20", { kind: "revoke", key: signer("A"), hard: true, compromised: true, by: "cert" });
      return offer(scene, "2026-02-21", offered({ on: two, keys: "B D:h", remove: { A: "compromised" }, by: "D" }));
    },
    verdict: "handover-applied",
    active: "B D",
  },
  {
    row: "53a",
    name: "a key that only proved possession puts nothing in doubt",
    play: (scene) => {
      const one = begun(scene, { keys: "A" });
      scene.offer("2026-02-01", offered({ on: one, keys: "A B C", by: "A B C" }));
      scene.append("2026-02-20", { kind: "revoke", key: signer("B"), hard: true, compromised: true, by: "cert" });
      return release(scene, "2026-02-21", "C");
    },
    verdict: "match",
    exit: 0,
    active: "A C",
  },
  {
    row: "53a",
    name: "a stolen key that was not needed puts nothing in doubt",
    play: (scene) => {
      const one = begun(scene, { keys: "A B" });
      scene.offer("2026-02-01", offered({ on: one, keys: "A B C", by: "A B C" }));
      scene.append("2026-02-20", { kind: "revoke", key: signer("A"), hard: true, compromised: true, by: "cert" });
      return release(scene, "2026-02-21", "C");
    },
    verdict: "match",
    exit: 0,
    active: "B C",
  },
];

describe("rules.md, 3.6: who must have signed a statement", () => testRows(ORDINARY));
describe("rules.md, 3.6: statements and revoked keys", () => testRows([...REVOKED, ...DOUBTED]));

describe("a certificate that calls its key stolen", () => {
  it("puts in doubt whom that key had helped to add", () => {
    const scene = new Scene();
    const on = begun(scene, { keys: "A C:r" });
    scene.offer("2026-02-01", offered({ on, keys: "A B C:r", by: "A B" }));
    const at = time("2026-02-10");
    const states: Evidence["certificates"] = [
      {
        signer: signer("A"),
        sha256: digest("certificate"),
        subkeys: [],
        expiry: undefined,
        revocations: [{ of: "primary", hard: true, reason: "compromised", at }],
        changed: true,
      },
    ];
    scene.arrive({ at: "2026-02-11", bytes: "x", version: "2.0", signatures: [signed("C")], states });
    assert.equal(release(scene, "2026-02-12", "B").verdict, "handover-contested");
  });
});

describe("a refused statement", () => {
  it("is written down once a day, and changes nothing", () => {
    const scene = new Scene();
    const on = begun(scene, { keys: "A" });
    const bad = offered({ on, ...rotation, by: "B" });
    const before = scene.events.length;
    for (const at of ["2026-02-01", "2026-02-01", "2026-02-02"]) scene.offer(at, bad);
    assert.deepEqual(
      scene.events.slice(before).map(({ body }) => body.kind),
      ["handover-refused", "handover-refused"],
    );
    assert.equal(release(scene, "2026-02-03", "A").verdict, "match");
  });

  it("is one of sixteen a day at most that are written down", () => {
    const scene = new Scene();
    const on = begun(scene, { keys: "A" });
    const before = scene.events.length;
    const flood = Array.from({ length: 40 }, (_, n) => offered({ on, ...rotation, by: "B", reason: `Flood ${n}.` }));
    assert.equal(scene.offer("2026-02-01", ...flood).length, 40);
    scene.offer("2026-02-01", ...flood);
    assert.equal(scene.events.length - before, 16);
  });

  it("is answered with the first reason of the order in rules.md", () => {
    const scene = new Scene();
    const on = begun(scene, { keys: "A B" });
    const worst: Wish = {
      on,
      packages: [sunpyElsewhere],
      keys: "C D",
      recovery: "C",
      handover: 3,
      issued: "2027-01-01",
      by: "",
    };
    const reasons: [Partial<Wish>, RegExp][] = [
      [{}, /^package$/],
      [{ packages: [must(packageIn("pypi", "sunpy"))] }, /^set$/],
      [{ remove: { A: "lost", B: "lost" } }, /^role$/],
      [{ recovery: "" }, /^thresholds$/],
      [{ handover: 2 }, /^future$/],
      [{ issued: "2026-01-01" }, /^quorum \(0 of 1\)$/],
      [{ by: "A" }, /^possession/],
      [{ by: "A C D" }, /^statement 2$/],
    ];
    let wish = worst;
    for (const [mended, reason] of reasons) {
      wish = { ...wish, ...mended };
      assert.match(offer(scene, "2026-02-01", offered(wish))?.detail ?? "", reason);
    }
  });
});
