import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { EventBody } from "../../daemon/core/event.ts";
import type { CertificateState, Revocation, SignatureEvidence } from "../../daemon/core/evidence.ts";
import type { Judgement } from "../../daemon/core/judgement.ts";
import { packageIn } from "../../daemon/core/package-name.ts";
import type { Requirement } from "../../daemon/core/policy.ts";
import type { WitnessAnswer } from "../../daemon/core/witness.ts";
import { PROJECT } from "../checks/places.ts";
import { type Arrival, digest, fingerprint, must, Scene, signed, signer, time } from "./scene.ts";

/** One row of the decision table: what came before, what comes, what must be answered. */
interface Row {
  readonly row: string;
  readonly name: string;
  readonly before?: (scene: Scene) => void;
  readonly arrival: Arrival;
  readonly verdict: string;
  readonly exit: number;
  readonly notices?: readonly string[];
  readonly hints?: readonly string[];
  readonly says?: RegExp;
  readonly active?: readonly string[];
}

const firstUse = (scene: Scene): void => {
  scene.arrive({ at: "2026-01-01", bytes: "one", version: "1.0", signatures: [signed("A")] });
};
const trust = (letter: string, rest: Partial<Extract<EventBody, { kind: "trust" }>> = {}): EventBody => ({
  kind: "trust",
  key: signer(letter),
  scope: "package",
  reason: "told by phone",
  ...rest,
});
const asks =
  (count: number) =>
  (scene: Scene): void => {
    scene.policy = { ...scene.policy, firstUse: { kind: "witnesses", count } };
  };
const witness = (
  kind: WitnessAnswer["kind"],
  controller: WitnessAnswer["controller"],
  letter: string | undefined,
): WitnessAnswer => ({
  kind,
  source: kind,
  controller,
  names: letter === undefined ? [] : [{ signer: signer(letter), by: "listing" }],
  against: [],
  silence: letter === undefined ? "no-key" : undefined,
});
const tag = (letter: string): WitnessAnswer => witness("git-tag", { kind: "host", host: "github.com" }, letter);
const keyring = (letter: string): WitnessAnswer => witness("debian-keyring", { kind: "distribution" }, letter);
const wkd = (letter?: string): WitnessAnswer => witness("wkd", { kind: "host", host: "sunpy.example" }, letter);
const need = (requirement: Requirement): EventBody => ({ kind: "require", requirement, reason: "house rule" });
const retired = (letter: string, cutoff: string): EventBody => ({
  kind: "retire",
  key: signer(letter),
  reason: "superseded",
  by: "cert",
  cutoff: time(cutoff),
});
const next = (signatures: readonly SignatureEvidence[], rest: Partial<Arrival> = {}): Arrival => ({
  at: "2026-03-01",
  bytes: "two",
  version: "2.0",
  signatures,
  ...rest,
});
const bad = (letter: string): SignatureEvidence => ({
  kind: "mismatched",
  packet: 0,
  signer: signer(letter),
  createdAt: undefined,
});
const unknown = (letter: string): SignatureEvidence => ({
  kind: "unverifiable",
  packet: 0,
  issuer: { fingerprint: fingerprint(letter), keyId: undefined },
  createdAt: undefined,
});
const hard: Revocation = { of: "primary", hard: true, reason: "compromised", at: time("2026-02-01") };
const soft: Revocation = { of: "primary", hard: false, reason: "superseded", at: time("2026-02-01") };
const state = (letter: string, revocations: readonly Revocation[]): CertificateState => ({
  signer: signer(letter),
  sha256: digest("cert"),
  subkeys: [],
  expiry: undefined,
  revocations,
  changed: true,
});
const two = (scene: Scene): void => {
  firstUse(scene);
  scene.append("2026-01-02", trust("B"), need({ releaseThreshold: 2 }));
};
const acceptedOnce = (bytes: string, overridden: Judgement["verdict"], letter = "A"): EventBody =>
  trust(letter, { scope: "artifact", artifact: { name: "x" as never, sha256: digest(bytes), size: 1 }, overridden });
const astropy = must(packageIn("pypi", "astropy"));

const ROWS: readonly Row[] = [
  {
    row: "1",
    name: "the first signer of a package is remembered",
    arrival: next([signed("A")]),
    verdict: "first-use",
    exit: 0,
    active: ["A"],
    says: /^sunpy 2\.0: first signature seen; its signer is now remembered$/,
  },
  {
    row: "1",
    name: "a dry run remembers nobody and says so",
    arrival: next([signed("A")], { dryRun: true }),
    verdict: "first-use",
    exit: 0,
    active: [],
    says: /would be remembered/,
  },
  {
    row: "1a",
    name: "of several signers, those with a certificate of another source are remembered",
    arrival: next([signed("A"), signed("B", { sources: ["beside"] })]),
    verdict: "first-use",
    exit: 0,
    active: ["A"],
  },
  {
    row: "1a",
    name: "several signers whose certificates all lay beside the file are asked about",
    arrival: next([signed("A", { sources: ["beside"] }), signed("B", { sources: ["beside"] })]),
    verdict: "first-use-undecided",
    exit: 3,
    active: [],
  },
  {
    row: "1a",
    name: "several signers given by hand are all remembered",
    arrival: next([signed("A"), signed("B")]),
    verdict: "first-use",
    exit: 0,
    active: ["A", "B"],
  },
  {
    row: "2",
    name: "a policy that wants a decision gets one question",
    before: (scene) => {
      scene.policy = { ...scene.policy, firstUse: { kind: "decide" } };
    },
    arrival: next([signed("A")]),
    verdict: "first-use-undecided",
    exit: 3,
    active: [],
  },
  {
    row: "2",
    name: "fewer witnesses than asked for is a question",
    before: (scene) => {
      scene.policy = { ...scene.policy, firstUse: { kind: "witnesses", count: 2 } };
    },
    arrival: next([signed("A")]),
    verdict: "first-use-undecided",
    exit: 3,
    active: [],
  },
  {
    row: "2",
    name: "as many witnesses as asked for let it pass",
    before: asks(2),
    arrival: next([signed("A")], { witnesses: [tag("A"), keyring("A"), wkd()] }),
    verdict: "first-use",
    exit: 0,
    active: ["A"],
  },
  {
    row: "74",
    name: "what one host says twice is one witness",
    before: asks(2),
    arrival: next([signed("A")], { witnesses: [tag("A"), { ...tag("A"), kind: "github" }, wkd()] }),
    verdict: "first-use-undecided",
    exit: 3,
    says: /new here; 1 of the 2 witnesses that policy asks for names its signer$/,
    active: [],
  },
  {
    row: "74",
    name: "a stranger's own domains and mailbox do not make two witnesses of one key",
    before: asks(2),
    arrival: next([signed("A")], {
      witnesses: ["a.example", "b.example", "keys.example"].map((host) => ({
        ...witness("wkd", { kind: "host", host }, undefined),
        names: [{ signer: signer("A"), by: "address" }],
      })),
    }),
    verdict: "first-use-undecided",
    exit: 3,
    active: [],
  },
  {
    row: "74",
    name: "one witness that names another signer is a question, whatever the others say",
    arrival: next([signed("A")], { witnesses: [tag("A"), keyring("B"), wkd("A")] }),
    verdict: "first-use-undecided",
    exit: 3,
    says: /a witness names another signer/,
    active: [],
  },
  {
    row: "74",
    name: "the domain that the file came from is no witness",
    before: asks(1),
    arrival: next([signed("A")], { host: "dl.sunpy.example", witnesses: [wkd("A")] }),
    verdict: "first-use-undecided",
    exit: 3,
    active: [],
  },
  {
    row: "74",
    name: "witnesses that say nothing take nothing away",
    arrival: next([signed("A")], { witnesses: [wkd()] }),
    verdict: "first-use",
    exit: 0,
    active: ["A"],
  },
  {
    row: "1a",
    name: "of several signers whose keys came along, only the one is remembered whom a witness names",
    arrival: next([signed("A", { sources: ["beside"] }), signed("B", { sources: ["beside"] })], {
      witnesses: [tag("B")],
    }),
    verdict: "first-use",
    exit: 0,
    active: ["B"],
  },
  {
    row: "1a",
    name: "a key server that has a key under no address names nobody",
    arrival: next([signed("A", { sources: ["beside"] }), signed("B", { sources: ["beside"] })], {
      witnesses: [{ ...wkd(), kind: "key-server", names: [{ signer: signer("B"), by: "bare-key" }] }],
    }),
    verdict: "first-use-undecided",
    exit: 3,
    active: [],
  },
  {
    row: "8",
    name: "witnesses who all name another signer make that signer no signer",
    before: firstUse,
    arrival: next([signed("B")], { witnesses: [tag("B"), keyring("B"), wkd("B")] }),
    verdict: "unexpected-signer",
    exit: 4,
    active: ["A"],
  },
  {
    row: "3",
    name: "a seeded machine takes no new names",
    before: (scene) => {
      scene.policy = { ...scene.policy, firstUse: { kind: "deny" } };
    },
    arrival: next([signed("A")]),
    verdict: "first-use-denied",
    exit: 4,
    active: [],
  },
  {
    row: "3",
    name: "what tofu require says is stricter than an open configuration",
    before: (scene) => scene.append("2026-01-01", need({ firstUse: { kind: "deny" } })),
    arrival: next([signed("A")]),
    verdict: "first-use-denied",
    exit: 4,
    active: [],
  },
  {
    row: "4",
    name: "the same signer is one quiet line",
    before: firstUse,
    arrival: next([signed("A")]),
    verdict: "match",
    exit: 0,
    notices: [],
    says: /^sunpy 2\.0: same signer as 1 release since 2026-01-01$/,
  },
  {
    row: "5",
    name: "a new subkey of the pinned primary is the same signer",
    before: firstUse,
    arrival: next([signed("A", { byPrimary: false, signingKey: fingerprint("a2") })]),
    verdict: "match-new-subkey",
    exit: 0,
  },
  {
    row: "6",
    name: "a subkey that does not prove it belongs is a stranger",
    before: firstUse,
    arrival: next([signed("A", { byPrimary: false, signingKey: fingerprint("a3"), standing: { kind: "unproven" } })]),
    verdict: "unexpected-signer",
    exit: 4,
    hints: ["unproven-subkey"],
  },
  {
    row: "6",
    name: "no first use for a subkey that proves nothing",
    arrival: next([signed("A", { byPrimary: false, standing: { kind: "unproven" } })]),
    verdict: "certificate-unavailable",
    exit: 6,
    active: [],
  },
  {
    row: "8",
    name: "another signer is refused",
    before: firstUse,
    arrival: next([signed("M")]),
    verdict: "unexpected-signer",
    exit: 4,
    active: ["A"],
    says: /^sunpy 2\.0 is signed by someone who never signed sunpy here$/,
  },
  {
    row: "8",
    name: "a pin without active signers never takes a first use",
    before: (scene) => {
      firstUse(scene);
      scene.append("2026-01-02", retired("A", "2026-01-02"));
    },
    arrival: next([signed("M")]),
    verdict: "unexpected-signer",
    exit: 4,
    active: [],
  },
  {
    row: "9",
    name: "a certification by the pinned key is a hint and no more",
    before: firstUse,
    arrival: next([signed("M", { certifiedBy: [signer("A")] })]),
    verdict: "unexpected-signer",
    exit: 4,
    hints: ["certified-by-pinned"],
  },
  {
    row: "9a",
    name: "an earlier verified keyring that listed the key is a hint",
    before: (scene) => {
      scene.arrive({ at: "2026-01-01", bytes: "one", signatures: [signed("A")], listed: [signer("A"), signer("M")] });
    },
    arrival: next([signed("M")]),
    verdict: "unexpected-signer",
    exit: 4,
    hints: ["listed-in-earlier-keyring"],
  },
  {
    row: "10",
    name: "a key pinned for another package says nothing about this one",
    before: (scene) => {
      firstUse(scene);
      scene.elsewhere = { signers: new Map([[signer("M"), [astropy]]]), sameBytes: [] };
    },
    arrival: next([signed("M")]),
    verdict: "unexpected-signer",
    exit: 4,
    hints: ["pinned-elsewhere"],
  },
  {
    row: "11",
    name: "an extra unknown signature beside a pinned one is no alarm",
    before: firstUse,
    arrival: next([unknown("X"), signed("A")]),
    verdict: "match-plus-unknown",
    exit: 0,
  },
  {
    row: "12",
    name: "fewer signers than required are refused",
    before: two,
    arrival: next([signed("A"), signed("M")]),
    verdict: "quorum-not-met",
    exit: 4,
    says: /carries 1 of the 2 signatures/,
  },
  {
    row: "12",
    name: "a first use with fewer signers than policy requires is refused",
    before: (scene) => {
      scene.policy = { ...scene.policy, releaseThreshold: 2 };
    },
    arrival: next([signed("A")]),
    verdict: "quorum-not-met",
    exit: 4,
    active: [],
  },
  {
    row: "12",
    name: "a first use with as many is one",
    before: (scene) => {
      scene.policy = { ...scene.policy, releaseThreshold: 2 };
    },
    arrival: next([signed("A"), signed("B")]),
    verdict: "first-use",
    exit: 0,
    active: ["A", "B"],
  },
  {
    row: "13",
    name: "one signer counts once however often it signs",
    before: two,
    arrival: next([signed("A"), signed("A", { byPrimary: false, signingKey: fingerprint("a2") })]),
    verdict: "quorum-not-met",
    exit: 4,
  },
  {
    row: "13",
    name: "equal key material under two certificates counts once",
    before: two,
    arrival: next([signed("A"), signed("B", { material: digest("material A") })]),
    verdict: "quorum-not-met",
    exit: 4,
  },
  {
    row: "13",
    name: "two signers are two",
    before: two,
    arrival: next([signed("A"), signed("B")]),
    verdict: "match",
    exit: 0,
  },
  {
    row: "14",
    name: "a key without the role does not release",
    before: (scene) => {
      firstUse(scene);
      scene.edit = (pin) => ({
        ...pin,
        signers: new Map(
          [...pin.signers].map(([key, entry]) => [key, { ...entry, roles: new Set(["handover"] as const) }]),
        ),
      });
    },
    arrival: next([signed("A")]),
    verdict: "wrong-role",
    exit: 4,
  },
  {
    row: "15",
    name: "a distrusted signer never passes",
    before: (scene) => {
      firstUse(scene);
      scene.append("2026-01-02", { kind: "distrust", key: signer("A"), scope: "package", reason: "laptop stolen" });
    },
    arrival: next([signed("A")]),
    verdict: "distrusted",
    exit: 4,
    active: [],
  },
  {
    row: "15",
    name: "distrust on the whole machine holds for every package, first uses too",
    before: (scene) =>
      scene.appendMachine("2026-01-02", { kind: "distrust", key: signer("A"), scope: "*", reason: "laptop stolen" }),
    arrival: next([signed("A")]),
    verdict: "distrusted",
    exit: 4,
    active: [],
  },
  {
    row: "15",
    name: "distrust can be taken back for one package",
    before: (scene) => {
      firstUse(scene);
      scene.append(
        "2026-01-02",
        { kind: "distrust", key: signer("A"), scope: "package", reason: "?" },
        trust("A", { undoDistrust: true }),
      );
    },
    arrival: next([signed("A")]),
    verdict: "match",
    exit: 0,
    active: ["A"],
  },
  {
    row: "15",
    name: "a signature that names a distrusted signer and can't be checked is refused all the same",
    before: (scene) => {
      firstUse(scene);
      scene.append("2026-01-02", { kind: "distrust", key: signer("B"), scope: "package", reason: "laptop stolen" });
    },
    arrival: next([unknown("B")]),
    verdict: "distrusted",
    exit: 4,
    says: /names .*, which you marked as distrusted/,
  },
  {
    row: "16",
    name: "a file accepted once passes",
    before: (scene) => {
      firstUse(scene);
      scene.append(
        "2026-02-01",
        trust("M", {
          scope: "artifact",
          artifact: { name: "x" as never, sha256: digest("two"), size: 1 },
          overridden: "unexpected-signer",
        }),
      );
    },
    arrival: next([signed("M")]),
    verdict: "accepted-once",
    exit: 0,
    active: ["A"],
  },
  {
    row: "16",
    name: "accepting a file once accepts no other",
    before: (scene) => {
      firstUse(scene);
      scene.append(
        "2026-02-01",
        trust("M", {
          scope: "artifact",
          artifact: { name: "x" as never, sha256: digest("two"), size: 1 },
          overridden: "unexpected-signer",
        }),
      );
    },
    arrival: next([signed("M")], { bytes: "three", version: "3.0" }),
    verdict: "unexpected-signer",
    exit: 4,
  },
  {
    row: "16",
    name: "a file accepted once is judged anew when its signer is distrusted",
    before: (scene) => {
      firstUse(scene);
      scene.append(
        "2026-02-01",
        trust("M", {
          scope: "artifact",
          artifact: { name: "x" as never, sha256: digest("two"), size: 1 },
          overridden: "unexpected-signer",
        }),
        { kind: "distrust", key: signer("M"), scope: "package", reason: "no" },
      );
    },
    arrival: next([signed("M")]),
    verdict: "distrusted",
    exit: 4,
  },
  {
    row: "16",
    name: "a file accepted once is judged anew when its signer is revoked as stolen",
    before: (scene) => {
      firstUse(scene);
      scene.append("2026-02-01", acceptedOnce("two", "unexpected-signer", "M"));
    },
    arrival: next([signed("M", { revocations: [hard] })]),
    verdict: "unexpected-signer",
    exit: 4,
  },
  {
    row: "16",
    name: "a file of a revoked signer may be accepted for that",
    before: (scene) => {
      firstUse(scene);
      scene.append("2026-01-02", { kind: "revoke", key: signer("A"), hard: true, by: "cert" });
      scene.append("2026-02-01", acceptedOnce("two", "revoked"));
    },
    arrival: next([signed("A", { revocations: [hard] })]),
    verdict: "accepted-once",
    exit: 0,
  },
  {
    row: "16",
    name: "a distrusted signer passes no file, whatever was accepted",
    before: (scene) => {
      firstUse(scene);
      scene.append("2026-01-02", { kind: "distrust", key: signer("A"), scope: "package", reason: "no" });
      scene.append("2026-02-01", acceptedOnce("two", "distrusted"));
    },
    arrival: next([signed("A")]),
    verdict: "distrusted",
    exit: 4,
  },
  {
    row: "16",
    name: "known bytes under a new name may be accepted",
    before: (scene) => {
      firstUse(scene);
      scene.append("2026-02-01", acceptedOnce("one", "renamed"));
    },
    arrival: next([signed("A")], { bytes: "one" }),
    verdict: "accepted-once",
    exit: 0,
  },
  {
    row: "16",
    name: "an older version may be accepted where none may go back",
    before: (scene) => {
      firstUse(scene);
      scene.append("2026-01-02", need({ noRollback: true }), acceptedOnce("zero", "older-version"));
    },
    arrival: next([signed("A")], { bytes: "zero", version: "0.5" }),
    verdict: "accepted-once",
    exit: 0,
  },
  {
    row: "16",
    name: "replaced bytes may be accepted, those and no others",
    before: (scene) => {
      firstUse(scene);
      scene.append("2026-01-02", acceptedOnce("rebuilt", "artifact-changed"));
    },
    arrival: next([signed("A")], { bytes: "rebuilt", version: "1.0" }),
    verdict: "accepted-once",
    exit: 0,
  },
  {
    row: "16",
    name: "bytes accepted as an unexpected signer's are no licence to replace a file",
    before: (scene) => {
      firstUse(scene);
      scene.append("2026-01-02", acceptedOnce("other", "unexpected-signer", "M"));
    },
    arrival: next([signed("M")], { bytes: "other", version: "1.0" }),
    verdict: "artifact-changed",
    exit: 5,
  },
  {
    row: "17a",
    name: "an artifact known before its signer retired stays good",
    before: (scene) => {
      firstUse(scene);
      scene.append("2026-02-01", retired("A", "2026-02-01"));
    },
    arrival: { at: "2026-03-01", bytes: "one", version: "1.0", signatures: [signed("A")] },
    verdict: "match-retired",
    exit: 0,
  },
  {
    row: "17b",
    name: "an unseen artifact of a retired signer is a question, whatever date it claims",
    before: (scene) => {
      firstUse(scene);
      scene.append("2026-02-01", retired("A", "2026-02-01"));
    },
    arrival: next([signed("A", { createdAt: time("2026-01-15") })]),
    verdict: "retired-signer-unseen",
    exit: 3,
  },
  {
    row: "17c",
    name: "a signature from after the retirement is refused",
    before: (scene) => {
      firstUse(scene);
      scene.append("2026-02-01", retired("A", "2026-02-01"));
    },
    arrival: next([signed("A", { createdAt: time("2026-02-15") })]),
    verdict: "retired-signer",
    exit: 4,
  },
  {
    row: "18a",
    name: "a hard revocation reaches back",
    before: firstUse,
    arrival: next([signed("A", { revocations: [hard] })], { states: [state("A", [hard])] }),
    verdict: "revoked",
    exit: 4,
    active: [],
  },
  {
    row: "18a",
    name: "a revocation is never lost, whatever copy comes next",
    before: (scene) => {
      firstUse(scene);
      scene.append("2026-02-01", { kind: "revoke", key: signer("A"), hard: true, by: "cert" });
    },
    arrival: next([signed("A")]),
    verdict: "revoked",
    exit: 4,
    active: [],
  },
  {
    row: "18a",
    name: "no first use of a revoked key",
    arrival: next([signed("A", { revocations: [hard] })]),
    verdict: "revoked",
    exit: 4,
    active: [],
  },
  {
    row: "18b",
    name: "bytes that were here before the revocation are a question",
    before: (scene) => {
      firstUse(scene);
      scene.append("2026-02-01", { kind: "revoke", key: signer("A"), hard: true, by: "cert" });
    },
    arrival: { at: "2026-03-01", bytes: "one", version: "1.0", signatures: [signed("A")] },
    verdict: "revoked-seen",
    exit: 3,
  },
  {
    row: "19",
    name: "a soft revocation retires, at the owner's own date",
    before: firstUse,
    arrival: next([signed("A", { revocations: [soft], createdAt: time("2026-02-02") })], {
      states: [state("A", [soft])],
    }),
    verdict: "retired-signer",
    exit: 4,
    active: [],
  },
  {
    row: "19",
    name: "what a softly revoked key signed before is asked about",
    before: firstUse,
    arrival: next([signed("A", { revocations: [soft], createdAt: time("2026-01-02") })], {
      states: [state("A", [soft])],
    }),
    verdict: "retired-signer-unseen",
    exit: 3,
  },
  {
    row: "19",
    name: "a subkey retired after it signed is no alarm",
    before: firstUse,
    arrival: next([
      signed("A", { byPrimary: false, revocations: [{ ...soft, of: "subkey" }], createdAt: time("2026-01-02") }),
    ]),
    verdict: "match",
    exit: 0,
  },
  {
    row: "20a",
    name: "an expired key and a known artifact: nothing to say",
    before: firstUse,
    arrival: {
      at: "2026-03-01",
      bytes: "one",
      version: "1.0",
      signatures: [signed("A", { keyExpiry: { of: "primary", at: time("2026-02-01") } })],
    },
    verdict: "match",
    exit: 0,
    notices: [],
  },
  {
    row: "20b",
    name: "a key that expired since is a notice",
    before: firstUse,
    arrival: next([signed("A", { keyExpiry: { of: "primary", at: time("2026-02-01") } })]),
    verdict: "match",
    exit: 0,
    notices: ["expired-since"],
  },
  {
    row: "20b",
    name: "a policy may make an expired key a question",
    before: (scene) => {
      firstUse(scene);
      scene.append("2026-01-02", need({ expired: "decide" }));
    },
    arrival: next([signed("A", { keyExpiry: { of: "primary", at: time("2026-02-01") } })]),
    verdict: "expired-key",
    exit: 3,
  },
  {
    row: "20b'",
    name: "a newer release with a much older signature of an expired subkey is a question",
    before: firstUse,
    arrival: next([
      signed("A", {
        byPrimary: false,
        createdAt: time("2025-05-01"),
        keyExpiry: { of: "subkey", at: time("2026-02-01") },
      }),
    ]),
    verdict: "expired-key",
    exit: 3,
  },
  {
    row: "20c i",
    name: "the primary's own signature after its expiry is a stale copy",
    before: firstUse,
    arrival: next([signed("A", { standing: { kind: "primary-expired", expiredAt: time("2025-12-01") } })]),
    verdict: "match",
    exit: 0,
    notices: ["key-copy-expired"],
  },
  {
    row: "20c ii",
    name: "a subkey's signature after its expiry is a question",
    before: firstUse,
    arrival: next([
      signed("A", { byPrimary: false, standing: { kind: "subkey-expired", expiredAt: time("2025-12-01") } }),
    ]),
    verdict: "expired-key",
    exit: 3,
  },
  {
    row: "20d",
    name: "a signature that states its own end is over then",
    before: firstUse,
    arrival: next([signed("A", { expiresAt: time("2026-02-01") })]),
    verdict: "expired-signature",
    exit: 3,
  },
  {
    row: "21",
    name: "a bad signature by the pinned key refuses on evidence",
    before: firstUse,
    arrival: next([bad("A")]),
    verdict: "bad-signature",
    exit: 5,
  },
  {
    row: "21",
    name: "a stranger's good signature does not outweigh the pinned key's bad one",
    before: firstUse,
    arrival: next([signed("M"), bad("A")]),
    verdict: "bad-signature",
    exit: 5,
  },
  {
    row: "22",
    name: "a bad one beside enough good ones is a notice",
    before: (scene) => {
      firstUse(scene);
      scene.append("2026-01-02", trust("B"));
    },
    arrival: next([bad("B"), signed("A")]),
    verdict: "match",
    exit: 0,
    notices: ["bad-signature-beside"],
  },
  {
    row: "23",
    name: "a stranger's bad signature beside a good pinned one is noise",
    before: firstUse,
    arrival: next([bad("X"), signed("A")]),
    verdict: "match-plus-unknown",
    exit: 0,
    notices: [],
  },
  {
    row: "24",
    name: "ten minutes ahead is no fault",
    before: firstUse,
    arrival: next([signed("A", { createdAt: time("2026-03-01T00:09:00Z") })]),
    verdict: "match",
    exit: 0,
  },
  {
    row: "25",
    name: "further ahead is a question about clocks",
    before: firstUse,
    arrival: next([signed("A", { createdAt: time("2026-03-04") })]),
    verdict: "future-dated",
    exit: 3,
  },
  {
    row: "26",
    name: "a signature older than its key is bad",
    before: firstUse,
    arrival: next([signed("A", { standing: { kind: "older-than-key" } })]),
    verdict: "bad-signature",
    exit: 5,
  },
  {
    row: "27",
    name: "weak cryptography is a question",
    before: firstUse,
    arrival: next([signed("A", { weaknesses: [{ algorithm: "sha1", degree: "weak" }] })]),
    verdict: "weak-crypto",
    exit: 3,
    says: /right signer, but SHA-1, which can be forged/,
  },
  {
    row: "27",
    name: "weak cryptography allowed for this signer passes with a notice",
    before: (scene) => {
      firstUse(scene);
      scene.append("2026-01-02", need({ allow: [{ algorithm: "sha1", signers: [signer("A")] }] }));
    },
    arrival: next([signed("A", { weaknesses: [{ algorithm: "sha1", degree: "weak" }] })]),
    verdict: "match",
    exit: 0,
    notices: ["allowed-weak"],
  },
  {
    row: "27",
    name: "an allowance for one signer serves no other",
    before: (scene) => {
      firstUse(scene);
      scene.append("2026-01-02", trust("B"), need({ allow: [{ algorithm: "sha1", signers: [signer("A")] }] }));
    },
    arrival: next([signed("B", { weaknesses: [{ algorithm: "sha1", degree: "weak" }] })]),
    verdict: "weak-crypto",
    exit: 3,
  },
  {
    row: "27",
    name: "an allowed weak stranger is still a stranger",
    before: (scene) => {
      firstUse(scene);
      scene.append("2026-01-02", need({ allow: [{ algorithm: "sha1", signers: [] }] }));
    },
    arrival: next([signed("M", { weaknesses: [{ algorithm: "sha1", degree: "weak" }] })]),
    verdict: "unexpected-signer",
    exit: 4,
  },
  {
    row: "27a",
    name: "broken cryptography is refused and cannot be allowed",
    before: (scene) => {
      firstUse(scene);
      scene.append("2026-01-02", need({ allow: [{ algorithm: "md5", signers: [] }] }));
    },
    arrival: next([signed("A", { weaknesses: [{ algorithm: "md5", degree: "broken" }] })]),
    verdict: "weak-crypto",
    exit: 4,
  },
  {
    row: "27b",
    name: "a signature file without a signature can't be checked",
    before: firstUse,
    arrival: next([], { signatureFile: { kind: "unreadable", detail: "a web page" } }),
    verdict: "unreadable-signature",
    exit: 6,
  },
  {
    row: "28",
    name: "a weak binding is a notice",
    before: firstUse,
    arrival: next([signed("A", { standing: { kind: "entitled", selfSignatureNewer: false, weakBinding: true } })]),
    verdict: "match",
    exit: 0,
    notices: ["weak-binding"],
  },
  {
    row: "29",
    name: "a signature that went missing is refused",
    before: firstUse,
    arrival: next([]),
    verdict: "unsigned-downgrade",
    exit: 4,
    says: /the one release seen before was/,
  },
  {
    row: "29",
    name: "a signer trusted by hand makes missing signatures an alarm",
    before: (scene) => scene.append("2026-01-01", trust("A")),
    arrival: next([]),
    verdict: "unsigned-downgrade",
    exit: 4,
  },
  {
    row: "30 i",
    name: "known bytes may come without their signature",
    before: firstUse,
    arrival: { at: "2026-03-01", bytes: "one", version: "1.0" },
    verdict: "unsigned-expected",
    exit: 0,
  },
  {
    row: "30 i",
    name: "a version allowed unsigned may come so",
    before: (scene) => {
      firstUse(scene);
      scene.append("2026-01-02", need({ unsignedOk: ["2.0" as never] }));
    },
    arrival: next([]),
    verdict: "unsigned-expected",
    exit: 0,
  },
  {
    row: "30 i",
    name: "what never was signed is expected to come so again",
    before: (scene) => {
      scene.arrive({ at: "2026-01-01", bytes: "two", version: "2.0" });
    },
    arrival: next([]),
    verdict: "unsigned-expected",
    exit: 0,
  },
  {
    row: "30 i",
    name: "a version allowed unsigned may come so where policy refuses what never was signed",
    before: (scene) => {
      scene.policy = { ...scene.policy, firstUse: { kind: "deny" } };
      scene.append("2026-01-02", need({ unsignedOk: ["2.0" as never] }));
    },
    arrival: next([]),
    verdict: "unsigned-expected",
    exit: 0,
  },
  {
    row: "30 ii",
    name: "an unsigned file from before the first signed release is a question",
    before: firstUse,
    arrival: next([], { version: "0.9" }),
    verdict: "unsigned-older",
    exit: 3,
  },
  {
    row: "31",
    name: "a package that never was signed is remembered by its bytes",
    arrival: next([]),
    verdict: "unsigned",
    exit: 0,
  },
  {
    row: "31",
    name: "policy may refuse what was never signed",
    before: (scene) => {
      scene.policy = { ...scene.policy, unsigned: "deny" };
    },
    arrival: next([]),
    verdict: "unsigned",
    exit: 4,
  },
  {
    row: "31",
    name: "the stricter of the two policies holds for unsigned files",
    before: (scene) => {
      scene.policy = { ...scene.policy, firstUse: { kind: "decide" } };
    },
    arrival: next([]),
    verdict: "unsigned",
    exit: 3,
  },
  {
    row: "32",
    name: "a pinned signer's certificate that is not at hand",
    before: firstUse,
    arrival: next([unknown("A")]),
    verdict: "certificate-unavailable",
    exit: 6,
  },
  {
    row: "33",
    name: "an issuer nobody knows may be a new subkey of the pinned signer",
    before: firstUse,
    arrival: next([unknown("X")]),
    verdict: "certificate-unavailable",
    exit: 6,
  },
  {
    row: "33",
    name: "a stranger's signature that doesn't fit shows no signer",
    before: firstUse,
    arrival: next([bad("M")]),
    verdict: "certificate-unavailable",
    exit: 6,
    says: /names .*, which never signed sunpy here, and does not fit/,
  },
  {
    row: "33",
    name: "a stranger's signature that fits is a stranger's, however old it claims to be",
    before: firstUse,
    arrival: next([signed("M", { standing: { kind: "older-than-key" } })]),
    verdict: "unexpected-signer",
    exit: 4,
  },
  {
    row: "21",
    name: "where nobody is pinned, a signature that doesn't fit is bad",
    arrival: next([bad("M")]),
    verdict: "bad-signature",
    exit: 5,
  },
  {
    row: "35",
    name: "what this build can't read is not an alarm",
    before: firstUse,
    arrival: next([{ kind: "unsupported", packet: 0, signer: signer("A"), weaknesses: [], detail: "version 9" }]),
    verdict: "unsupported",
    exit: 6,
  },
  {
    row: "36",
    name: "other bytes under a known name, signed by the same key: equivocation",
    before: firstUse,
    arrival: { at: "2026-03-01", bytes: "other", version: "1.0", signatures: [signed("A")] },
    verdict: "artifact-changed",
    exit: 5,
    hints: ["both-signed"],
    says: /both are signed/,
  },
  {
    row: "36",
    name: "the same tar packed anew has not changed",
    before: (scene) => {
      scene.arrive({ at: "2026-01-01", bytes: "xz", unpacked: "tar", signatures: [signed("A")] });
    },
    arrival: { at: "2026-03-01", bytes: "repacked", unpacked: "tar", version: "1.0", signatures: [signed("A")] },
    verdict: "match",
    exit: 0,
  },
  {
    row: "37",
    name: "other bytes under a known name by another key: replaced",
    before: firstUse,
    arrival: { at: "2026-03-01", bytes: "other", version: "1.0", signatures: [signed("M")] },
    verdict: "artifact-changed",
    exit: 5,
    says: /it was replaced/,
  },
  {
    row: "37",
    name: "refused bytes never make another file changed",
    before: (scene) => {
      firstUse(scene);
      scene.arrive(next([signed("M")], { bytes: "evil" }));
    },
    arrival: next([signed("A")]),
    verdict: "match",
    exit: 0,
  },
  {
    row: "39 i",
    name: "known bytes under another version are renamed",
    before: firstUse,
    arrival: { at: "2026-03-01", bytes: "one", version: "6.2.0", signatures: [signed("A")] },
    verdict: "renamed",
    exit: 3,
  },
  {
    row: "39 ii",
    name: "bytes known as another package are a notice",
    before: (scene) => {
      scene.elsewhere = { signers: new Map(), sameBytes: [astropy] };
    },
    arrival: next([signed("A")]),
    verdict: "first-use",
    exit: 0,
    notices: ["same-bytes"],
  },
  {
    row: "39a",
    name: "a newer version signed before the last one is a notice",
    before: firstUse,
    arrival: next([signed("A", { createdAt: time("2025-11-01") })]),
    verdict: "match",
    exit: 0,
    notices: ["older-signature"],
  },
  {
    row: "39b",
    name: "an archive that calls itself otherwise inside",
    before: firstUse,
    arrival: next([signed("A")], { topFolderVersion: "1.5" }),
    verdict: "renamed",
    exit: 3,
  },
  {
    row: "39b",
    name: "another spelling of the same version is no renaming",
    before: firstUse,
    arrival: next([signed("A")], { version: "2.0~rc1", topFolderVersion: "2.0-rc1" }),
    verdict: "match",
    exit: 0,
  },
  {
    row: "39b",
    name: "a signed manifest binds the name",
    before: firstUse,
    arrival: next([signed("A")], { topFolderVersion: "1.5", manifest: true }),
    verdict: "match",
    exit: 0,
  },
  {
    row: "40",
    name: "an older version that is known",
    before: (scene) => {
      firstUse(scene);
      scene.arrive(next([signed("A")]));
    },
    arrival: { at: "2026-04-01", bytes: "one", version: "1.0", signatures: [signed("A")] },
    verdict: "match",
    exit: 0,
    notices: [],
  },
  {
    row: "41",
    name: "an older version never seen is a notice",
    before: firstUse,
    arrival: next([signed("A", { createdAt: time("2025-11-01") })], { version: "0.9" }),
    verdict: "match",
    exit: 0,
    notices: ["older-version"],
  },
  {
    row: "41",
    name: "where no rollback is allowed it is refused",
    before: (scene) => {
      firstUse(scene);
      scene.append("2026-01-02", need({ noRollback: true }));
    },
    arrival: next([signed("A")], { version: "0.9" }),
    verdict: "older-version",
    exit: 4,
  },
  {
    row: "64",
    name: "a key shared with another package is a notice",
    before: (scene) => {
      firstUse(scene);
      scene.elsewhere = { signers: new Map([[signer("A"), [astropy]]]), sameBytes: [] };
    },
    arrival: next([signed("A")]),
    verdict: "match",
    exit: 0,
    notices: ["shared-key"],
  },
  {
    row: "4.1",
    name: "a signature made for statements counts as absent on a release",
    before: firstUse,
    arrival: next([signed("A", { purpose: "handover" })]),
    verdict: "unreadable-signature",
    exit: 6,
    notices: ["statement-signature-on-file"],
  },
  {
    row: "forget",
    name: "a forgotten pin is a first use that says so",
    before: (scene) => {
      firstUse(scene);
      scene.append("2026-02-01", { kind: "forget", reason: "start again" });
    },
    arrival: next([signed("M")]),
    verdict: "first-use",
    exit: 0,
    notices: ["forgotten-before"],
    active: ["M"],
  },
  {
    row: "forget",
    name: "the same file on the same day as the forgotten pin is remembered anew",
    before: (scene) => {
      firstUse(scene);
      scene.append("2026-01-01", { kind: "forget", reason: "start again" });
    },
    arrival: { at: "2026-01-01", bytes: "one", signatures: [signed("A")] },
    verdict: "first-use",
    exit: 0,
    notices: ["forgotten-before"],
    active: ["A"],
  },
  {
    row: "29",
    name: "that a package was signed is not forgotten with its signers",
    before: (scene) => {
      firstUse(scene);
      scene.append("2026-02-01", { kind: "forget", reason: "start again" });
    },
    arrival: next([]),
    verdict: "unsigned-downgrade",
    exit: 4,
    says: /was, until you had it forgotten/,
  },
  {
    row: "until",
    name: "trust given until a date ends then",
    before: (scene) => {
      firstUse(scene);
      scene.append("2026-01-02", trust("B", { until: time("2026-02-01") }));
    },
    arrival: next([signed("B")]),
    verdict: "unexpected-signer",
    exit: 4,
  },
];

describe("the decision table", () => {
  for (const row of ROWS) {
    it(`row ${row.row}: ${row.name}`, () => {
      const scene = new Scene();
      row.before?.(scene);
      const judgement = scene.arrive(row.arrival);
      assert.deepEqual(summary(judgement), { verdict: row.verdict, exit: row.exit }, judgement.sentence);
      if (row.notices !== undefined)
        assert.deepEqual(
          judgement.notices.map(({ kind }) => kind),
          row.notices,
        );
      if (row.hints !== undefined)
        assert.deepEqual(
          judgement.hints.map(({ kind }) => kind),
          row.hints,
        );
      if (row.says !== undefined) assert.match(judgement.sentence, row.says);
      if (row.active !== undefined) assert.deepEqual(scene.active(), row.active.map(signer));
      assert.ok(judgement.sentence.length > 0 && !judgement.sentence.includes("undefined"), judgement.sentence);
    });
  }
});

describe("what is recorded", () => {
  it("asking again on the same day appends nothing, on another day one event", () => {
    const scene = new Scene();
    firstUse(scene);
    scene.arrive({ at: "2026-01-01T09:00:00Z", bytes: "one", version: "1.0", signatures: [signed("A")] });
    assert.equal(scene.events.length, 1);
    scene.arrive({ at: "2026-01-02", bytes: "one", version: "1.0", signatures: [signed("A")] });
    assert.equal(scene.events.length, 2);
    assert.equal(scene.pin.signers.get(signer("A"))?.days, 2);
    assert.equal(scene.pin.signers.get(signer("A"))?.releases.size, 1);
  });

  it("a refusal that was told before says since when", () => {
    const scene = new Scene();
    firstUse(scene);
    assert.equal(scene.arrive(next([signed("M")])).refusedSince, undefined);
    assert.equal(scene.arrive(next([signed("M")], { at: "2026-03-05" })).refusedSince, time("2026-03-01"));
  });

  it("an alarm never names the command that silences it", () => {
    const scene = new Scene();
    firstUse(scene);
    const judgement = scene.arrive(next([signed("M")]));
    assert.deepEqual(judgement.next, ["tofu", "why", "sunpy", "2.0"]);
  });

  it("the clock going back does not undo what was seen", () => {
    const scene = new Scene();
    firstUse(scene);
    const judgement = scene.arrive(next([signed("A")], { at: "2016-01-01" }));
    assert.equal(judgement.verdict, "match");
    assert.equal(scene.pin.latest, time("2026-01-01"));
  });
});

it("a first use that witnesses let pass says how many were asked for, and what they said", () => {
  const scene = new Scene();
  asks(2)(scene);
  scene.arrive(next([signed("A")], { witnesses: [tag("A"), keyring("A"), wkd()] }));
  const [body] = scene.events.map((event) => event.body);
  assert.ok(body?.kind === "first-use");
  assert.equal(body.mode, "witnesses:2");
  assert.deepEqual(
    body.witnesses?.map(({ kind, says }) => [kind, says]),
    [
      ["git-tag", "new"],
      ["debian-keyring", "new"],
      ["wkd", "nothing"],
    ],
  );
});

it("the keyring of an earlier release is a witness only where policy asks for any (row 9a)", () => {
  for (const [count, heard] of [
    [undefined, []],
    [1, [["earlier-keyring", "new"]]],
  ] as const) {
    const scene = new Scene();
    scene.arrive({ at: "2026-01-01", bytes: "one", signatures: [signed("A")], listed: [signer("A"), signer("B")] });
    if (count !== undefined) asks(count)(scene);
    const judgement = scene.arrive(next([signed("B")], { witnesses: [] }));
    assert.equal(judgement.verdict, "unexpected-signer");
    assert.deepEqual(
      judgement.witnesses.map(({ kind, says }) => [kind, says]),
      heard,
    );
  }
});

it("docs/rules.md has every row of the table", () => {
  const documented = new Set(
    readFileSync(join(PROJECT, "docs/rules.md"), "utf8")
      .split("\n")
      .flatMap((line) => /^\| ([^|]+) \|/.exec(line)?.[1]?.split(", ") ?? []),
  );
  assert.deepEqual(
    ROWS.map(({ row }) => row).filter((row) => !documented.has(row)),
    [],
  );
});

function summary({ verdict, exit }: Judgement): { readonly verdict: string; readonly exit: number } {
  return { verdict, exit };
}
