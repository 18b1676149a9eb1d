import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { list, oneOf, optional, record, text } from "../../daemon/core/codec.ts";
import { openMachine, type Said, told } from "./machine.ts";
import { PROJECT } from "./places.ts";
import { anything, readJson } from "./read-json.ts";

const VECTORS = join(PROJECT, "test/vectors");
const PACKAGE = "pkg:generic/vector";

type Outcome = keyof typeof ANSWERS;
interface RightAnswer {
  readonly verdicts: readonly string[];
  readonly exits: readonly number[];
  readonly notice?: string;
}

/** How an outcome of the evidence shows through the command line, once the vector's signers are pinned. */
const ANSWERS = {
  good: [
    { verdicts: ["match", "match-new-subkey", "match-plus-unknown", "match-handover"], exits: [0] },
    { verdicts: ["retired-signer-unseen"], exits: [3] },
  ],
  "unexpected-key": [
    { verdicts: ["unexpected-signer"], exits: [4] },
    { verdicts: ["certificate-unavailable"], exits: [6] },
  ],
  "bad-signature": [{ verdicts: ["bad-signature"], exits: [5] }],
  weak: [{ verdicts: ["weak-crypto"], exits: [3, 4] }],
  revoked: [{ verdicts: ["revoked", "retired-signer"], exits: [4] }],
  expired: [
    { verdicts: ["expired-key", "expired-signature"], exits: [3] },
    { verdicts: ["match"], exits: [0], notice: "key-copy-expired" },
  ],
  unsigned: [{ verdicts: ["unsigned-downgrade"], exits: [4] }],
  "cannot-check": [
    { verdicts: ["unsupported", "unreadable-signature", "certificate-unavailable"], exits: [6] },
    { verdicts: ["future-dated"], exits: [3] },
  ],
} as const satisfies Readonly<Record<string, readonly RightAnswer[]>>;

interface Vector {
  readonly title: string;
  readonly why: string;
  readonly now: string;
  readonly pinned: readonly string[];
  readonly expect: Outcome;
  readonly accept?: readonly Outcome[] | undefined;
  readonly reason: string;
  readonly peers: unknown;
}

const sentence = text(2000);
const outcome = oneOf(
  "good",
  "unexpected-key",
  "bad-signature",
  "weak",
  "revoked",
  "expired",
  "unsigned",
  "cannot-check",
);
const vectorCodec = record<Vector>({
  title: sentence,
  why: sentence,
  now: text(30),
  pinned: list(text(64), 10),
  expect: outcome,
  accept: optional(list(outcome, 8)),
  reason: sentence,
  peers: anything,
});

const names = readdirSync(VECTORS).filter((name) => existsSync(join(VECTORS, name, "case.json")));

describe("signature vectors through the command line", { concurrency: 2 }, () => {
  for (const name of names) {
    const vector = readJson(join(VECTORS, name, "case.json"), vectorCodec);
    it(`${name}: ${vector.title}`, () => judgeVector(join(VECTORS, name), vector));
  }
});

it("there are vectors", () => assert.ok(names.length >= 75));

async function judgeVector(folder: string, vector: Vector): Promise<void> {
  const machine = await openMachine();
  const given = (option: string, ...files: readonly string[]): readonly string[] =>
    files
      .map((file) => join(folder, file))
      .filter(existsSync)
      .flatMap((file) => [option, file]);
  try {
    for (const fingerprint of vector.pinned) {
      const words = [PACKAGE, fingerprint, "--because", "the vector pins it", ...given("--key", "pinned.asc")];
      const trusted = await machine.tofu(vector.now, "trust", ...words);
      // Nobody can be trusted by a certificate that is revoked already; what the file gets is asked all the same.
      assert.ok(trusted.exit === 0 || (trusted.exit === 4 && vector.expect === "revoked"), told(trusted));
    }
    const words = ["--package", PACKAGE, "--release", "1.0", "--offline", ...given("--key", "presented.asc")];
    const signature = given("--signature", "artifact.asc", "artifact.sig");
    const said = await machine.tofu(vector.now, "verify", join(folder, "artifact"), ...signature, ...words);
    const right = [vector.expect, ...(vector.accept ?? [])];
    assert.ok(
      right.some((kind) => shows(said, ANSWERS[kind])),
      `expected ${right.join(" or ")}, since ${vector.reason}: ${told(said)}`,
    );
  } finally {
    await machine.close();
  }
}

function shows(said: Said, answers: readonly RightAnswer[]): boolean {
  const { verdict = "", notices = [] } = said.judgement ?? {};
  return answers.some(
    (answer) =>
      answer.verdicts.includes(verdict) &&
      answer.exits.some((exit) => exit === said.exit) &&
      (answer.notice === undefined || notices.some(({ kind }) => kind === answer.notice)),
  );
}
