import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import fc from "fast-check";
import { cutChainFile } from "../../daemon/core/chain-file.ts";
import { formatPinFile } from "../../daemon/pinfile/format.ts";
import { MAX_LINE_BYTES, MAX_LONG_LINE_BYTES, MAX_PIN_FILE_BYTES } from "../../daemon/pinfile/lines.ts";
import { parsePinFile } from "../../daemon/pinfile/parse.ts";
import type { PinFile } from "../../daemon/pinfile/pin-file.ts";
import { chainFileOf } from "../../daemon/pinfile/statements.ts";
import { ALICE, BOB, chainOf, must, packageName, pinFileArbitrary, statementRow } from "./samples.ts";

type Expected = string | { readonly pins: number };

// Shape agreed with the authors of the vectors; a case that differs fails below.
const names = JSON.parse(readFileSync("test/vectors/names.json", "utf8")) as {
  readonly known_keys: readonly { readonly input: string; readonly expect: Expected; readonly why: string }[];
  readonly stress: readonly {
    readonly make: {
      readonly prefix: string;
      readonly repeat: string;
      readonly times: number;
      readonly suffix: string;
    };
    readonly parser: string;
    readonly expect: Expected;
    readonly why: string;
  }[];
};

function answer(input: string | Uint8Array): Expected {
  const parsed = parsePinFile(typeof input === "string" ? Buffer.from(input) : input);
  if (!parsed.ok) return `refuse line ${parsed.error.line}: ${parsed.error.what}`;
  return { pins: parsed.value.packages.reduce((sum, { signers }) => sum + signers.length, 0) };
}

for (const row of names.known_keys) {
  test(`known_keys: ${row.why} (${JSON.stringify(row.input.slice(0, 60))})`, () => {
    assert.deepEqual(answer(row.input), row.expect);
  });
}

for (const { make, expect, why } of names.stress.filter(({ parser }) => parser === "known_keys")) {
  test(`known_keys: ${why}`, () => {
    assert.deepEqual(answer(make.prefix + make.repeat.repeat(make.times) + make.suffix), expect);
  });
}

const A = `pkg:pypi/a ${ALICE}`;
const TIME = "2026-01-02T03:04:05Z";
const NAME = packageName("pkg:pypi/a");
const CHAIN = chainOf(NAME, 3);
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
const statementLine = (seq: number): string =>
  `@statement pkg:pypi/a ${seq} ${base64(CHAIN[seq - 1]?.bytes ?? new Uint8Array())}`;
const head = (seq: number): string => `seq=${seq} head=sha256:${CHAIN[seq - 1]?.sha256 ?? ""}`;
const OTHER = chainOf(NAME, 2, "another hand");

const table: readonly (readonly [string, string, Expected])[] = [
  [
    "two contradictions: the first line is told, whatever its package",
    `pkg:pypi/b ${ALICE}\npkg:pypi/b ${ALICE} days=1\n${A}\n${A} days=1\n`,
    "refuse line 2: line 1 says something else of the same",
  ],
  ["an empty file", "", { pins: 0 }],
  ["blank lines and comments", "\n   \n# a\n  # b\n\r\n", { pins: 0 }],
  ["several blanks, a comment behind", `pkg:pypi/a   ${ALICE}  roles=release  # mine\n`, { pins: 1 }],
  ["a byte order mark inside", `${A}\n\ufeff${A}\n`, "refuse line 2: control character"],
  ["a tab", `pkg:pypi/a\t${ALICE}\n`, "refuse line 1: control character"],
  ["a lone carriage return", `${A}\rx\n`, "refuse line 1: control character"],
  ["a bidi control in a comment", `${A} # \u202eab\n`, "refuse line 1: control character"],
  ["letters of any script in a comment", `${A} # für 日本\n`, { pins: 1 }],
  ["a format of tomorrow", `@format 2\n${A}\n`, "refuse line 1: format 2"],
  ["a whole header", `# x\n@format 1\n@serial 42\n@created ${TIME}\n@expires 2027-01-01\n${A}\n`, { pins: 1 }],
  ["a header without format", `@serial 1\n${A}\n`, "refuse line 1: @serial without @format before it"],
  ["a header twice", "@format 1\n@serial 1\n@serial 2\n", "refuse line 3: @serial twice"],
  ["two files in one", `@format 1\n${A}\n@format 1\n`, "refuse line 3: @format behind other lines"],
  ["a serial that is none", "@format 1\n@serial -1\n", "refuse line 2: @serial"],
  ["an unknown marker", `${A}\n@key x\n`, "refuse line 2: unknown @key"],
  ["an unknown pair", `${A} role=release\n`, "refuse line 1: unknown role"],
  ["an unknown word", `${A} hard\n`, "refuse line 1: unknown hard"],
  ["a pair of one's own", `${A} x-note=a=b\n`, { pins: 1 }],
  ["a pair twice", `${A} days=1 days=2\n`, "refuse line 1: days twice"],
  ["an unknown role", `${A} roles=release,admin\n`, "refuse line 1: roles=release,admin"],
  ["an empty role", `${A} roles=\n`, "refuse line 1: roles="],
  ["a basis that is none", `${A} basis=import\n`, "refuse line 1: basis=import"],
  ["a day that no month has", `${A} first=2026-02-30\n`, "refuse line 1: first=2026-02-30"],
  ["last before first", `${A} first=2026-02-03 last=2026-02-01\n`, "refuse line 1: last= is before first="],
  ["a count too large", `${A} releases=1000000000\n`, "refuse line 1: releases=1000000000"],
  [
    "a fingerprint with 0x",
    "pkg:pypi/a openpgp:0x1A2B3C4D5E6F708192A3B4C5D6E7F8091A2B3C4D\n",
    "refuse line 1: not hexadecimal",
  ],
  [
    "a fingerprint with a hard blank",
    "pkg:pypi/a openpgp:1A2B3C4D5E6F708192A3\u00a0B4C5D6E7F8091A2B3C4D\n",
    "refuse line 1: not hexadecimal",
  ],
  ["a name without pkg:", `pypi/a ${ALICE}\n`, "refuse line 1: package name"],
  ["a name with a version", `pkg:pypi/a@1.0 ${ALICE}\n`, "refuse line 1: package name"],
  ["maven keeps case", `pkg:maven/org.x/A ${ALICE}\npkg:maven/org.x/a ${ALICE}\n`, { pins: 2 }],
  [
    "the same signer twice, once otherwise",
    `${A}\n${A} roles=release\n`,
    "refuse line 2: line 1 says something else of the same",
  ],
  ["pinned and retired at once", `@retired ${A}\n${A}\n`, "refuse line 2: line 1 says something else of the same"],
  ["a retired signer", `@retired ${A} cutoff=${TIME} reason=superseded\n`, { pins: 1 }],
  ["a reason that is none", `@retired ${A} reason=bored\n`, "refuse line 1: reason=bored"],
  ["a revoked signer", `@revoked ${A} since=${TIME} hard\n`, { pins: 1 }],
  ["distrusted here and everywhere", `@distrusted ${A}\n@distrusted * ${BOB}\n`, { pins: 1 }],
  ["pinned everywhere", `* ${ALICE}\n`, "refuse line 1: wildcard"],
  ["revoked everywhere", `@revoked * ${ALICE} hard\n`, "refuse line 1: wildcard"],
  ["a marker without a signer", "@revoked pkg:pypi/a\n", "refuse line 1: no signer"],
  ["a pair where the signer should be", "pkg:pypi/a roles=release\n", "refuse line 1: no signer"],
  ["conflict marks in the middle", `${A}\n=======\n`, "refuse line 2: merge conflict"],
  ["a policy", `${A}\n@policy pkg:pypi/a release=1 handover=2\n`, { pins: 1 }],
  ["a policy of nothing", "@policy pkg:pypi/a\n", "refuse line 1: no threshold"],
  ["a threshold of nobody", "@policy pkg:pypi/a release=0\n", "refuse line 1: release=0"],
  [
    "two policies",
    "@policy pkg:pypi/a release=1\n@policy pkg:pypi/a release=2\n@policy pkg:pypi/a release=2\n",
    "refuse line 2: line 1 says something else of the same",
  ],
  ["an artifact", `@artifact pkg:pypi/a 1.0 a%20b.tar.gz sha256:${"ab".repeat(32)} first=${TIME}\n`, { pins: 0 }],
  [
    "an artifact with a path for a name",
    `@artifact pkg:pypi/a 1.0 ..%2Fx sha256:${"ab".repeat(32)}\n`,
    "refuse line 1: file name ..%2Fx",
  ],
  [
    "an artifact with broken percent signs",
    `@artifact pkg:pypi/a 1.0 a%zz sha256:${"ab".repeat(32)}\n`,
    "refuse line 1: file name a%zz",
  ],
  [
    "an artifact with a short digest",
    "@artifact pkg:pypi/a 1.0 a.tgz sha256:abcd\n",
    "refuse line 1: digest sha256:abcd",
  ],
  [
    "one artifact with two digests",
    `@artifact pkg:pypi/a - a.tgz sha256:${"ab".repeat(32)}\n@artifact pkg:pypi/a - a.tgz sha256:${"cd".repeat(32)}\n`,
    "refuse line 2: line 1 says something else of the same",
  ],
  ["a certificate", `@certificate ${ALICE} AAECAw==\n`, { pins: 0 }],
  ["a certificate cut short", `@certificate ${ALICE} AAECAw=\n`, "refuse line 1: not base64"],
  ["a certificate of another alphabet", `@certificate ${ALICE} AA-_AA==\n`, "refuse line 1: not base64"],
  [
    "a certificate of an ssh key",
    `@certificate ssh:SHA256:${"a".repeat(43)} AAECAw==\n`,
    "refuse line 1: only OpenPGP signers have certificates",
  ],
  ["the longest line", `${A} #${"x".repeat(MAX_LINE_BYTES - A.length - 2)}\n`, { pins: 1 }],
  ["one byte more", `${A} #${"x".repeat(MAX_LINE_BYTES - A.length - 1)}\n`, "refuse line 1: line too long"],
  ["a certificate as long", `@certificate ${ALICE} ${"AAAA".repeat(MAX_LINE_BYTES / 4)}\n`, { pins: 0 }],
  [
    "a certificate too long",
    `@certificate ${ALICE} ${"AAAA".repeat(MAX_LONG_LINE_BYTES / 4)}\n`,
    "refuse line 1: line too long",
  ],
  [
    "a chain of three, in any order",
    `@chain pkg:pypi/a ${head(3)}\n${statementLine(2)}\n${statementLine(3)}\n${statementLine(1)}\n`,
    { pins: 0 },
  ],
  ["a chain without its statements", `${A}\n@chain pkg:pypi/a ${head(1)}\n`, "refuse line 2: statement 1 is missing"],
  [
    "a chain without its first statement",
    `@chain pkg:pypi/a ${head(2)}\n${statementLine(2)}\n`,
    "refuse line 1: statement 1 is missing",
  ],
  [
    "a chain with a hole",
    `@chain pkg:pypi/a ${head(3)}\n${statementLine(1)}\n${statementLine(3)}\n`,
    "refuse line 1: statement 2 is missing",
  ],
  [
    "a chain with another head",
    `@chain pkg:pypi/a seq=1 head=sha256:${"00".repeat(32)}\n${statementLine(1)}\n`,
    "refuse line 1: statement 1 is missing",
  ],
  [
    "a head of another number",
    `@chain pkg:pypi/a seq=2 head=sha256:${CHAIN[0]?.sha256}\n${statementLine(1)}\n`,
    "refuse line 1: the head has seq 1",
  ],
  ["statements without a chain", `${A}\n${statementLine(1)}\n`, "refuse line 2: @statement without @chain"],
  [
    "a statement under another number",
    statementLine(1).replace(" 1 ", " 2 ").concat("\n"),
    "refuse line 1: statement has seq 1",
  ],
  [
    "a statement of another package",
    statementLine(1).replace("pypi/a", "pypi/b").concat("\n"),
    "refuse line 1: statement of another package",
  ],
  [
    "a statement that is none",
    `@statement pkg:pypi/a 1 ${base64(Buffer.from("hello\n"))}\n`,
    "refuse line 1: not one statement with its signatures",
  ],
  [
    "a competitor at a place that is taken",
    `@chain pkg:pypi/a ${head(2)}\n${statementLine(1)}\n${statementLine(2)}\n@statement pkg:pypi/a 1 ${base64(OTHER[0]?.bytes ?? new Uint8Array())}\n`,
    { pins: 0 },
  ],
  [
    "a competitor that leads nowhere",
    `@chain pkg:pypi/a ${head(1)}\n${statementLine(1)}\n@statement pkg:pypi/a 2 ${base64(OTHER[1]?.bytes ?? new Uint8Array())}\n`,
    "refuse line 1: statement 1 is missing",
  ],
];
for (const [what, input, expected] of table) {
  test(`${what}`, () => assert.deepEqual(answer(input), expected));
}

test("a file past the bound is refused unread", () => {
  assert.equal(
    answer(new Uint8Array(MAX_PIN_FILE_BYTES + 1)),
    `refuse line 1: file has more than ${MAX_PIN_FILE_BYTES} bytes`,
  );
});

test("bytes that are no UTF-8 are refused at their line", () => {
  const bytes = Buffer.concat([Buffer.from(`${A}\n# `), Buffer.of(0xc3, 0x28, 0x0a)]);
  assert.equal(answer(bytes), "refuse line 2: not UTF-8");
});

test("an error's text shows nothing that a terminal would obey or that fills it", () => {
  for (const field of [`x${"\u{1F600}".repeat(2000)}`, `y${"z".repeat(9000)}`]) {
    const parsed = parsePinFile(Buffer.from(`pkg:pypi/a ${field}:1\n`));
    assert.ok(!parsed.ok && parsed.error.what.length < 200);
  }
});

test("a statement numbered past its predecessor is refused at its own line", () => {
  const [first] = CHAIN;
  assert.ok(first !== undefined);
  const jumping = statementRow(NAME, { ...first.statement, seq: 3, previous: first.sha256 });
  const file = `@chain pkg:pypi/a seq=3 head=sha256:${jumping.sha256}\n${statementLine(1)}\n@statement pkg:pypi/a 3 ${base64(jumping.bytes)}\n`;
  assert.equal(answer(file), "refuse line 3: statement 3 follows 1");
});

test("the chain file of a package holds its statements in order, competitors left out", () => {
  const file = must(
    parsePinFile(Buffer.from(table.find(([what]) => what === "a competitor at a place that is taken")?.[1] ?? "")),
  );
  const [rows] = file.packages;
  assert.ok(rows !== undefined);
  assert.equal(rows.statements.length, 3);
  const cut = cutChainFile(chainFileOf(rows));
  assert.equal(cut.fault, undefined);
  assert.deepEqual(
    cut.parts.map(
      ({ statement }) =>
        Buffer.from(statement)
          .toString()
          .match(/seq \d/)?.[0],
    ),
    ["seq 1", "seq 2"],
  );
});

describe("properties", () => {
  const reparsed = (file: PinFile): PinFile => must(parsePinFile(Buffer.from(formatPinFile(file))));

  test("what is written is what was read", () => {
    fc.assert(
      fc.property(pinFileArbitrary, (file) => assert.deepEqual(reparsed(file), file)),
      { numRuns: 300 },
    );
  });

  test("the order of rows does not change a byte", () => {
    fc.assert(
      fc.property(pinFileArbitrary, (file) => {
        const turned = {
          ...file,
          distrusted: file.distrusted.toReversed(),
          certificates: file.certificates.toReversed(),
          packages: file.packages.toReversed().map((rows) => ({
            ...rows,
            signers: rows.signers.toReversed(),
            statements: rows.statements.toReversed(),
            artifacts: rows.artifacts.toReversed(),
          })),
        };
        assert.equal(formatPinFile(turned), formatPinFile(file));
      }),
      { numRuns: 100 },
    );
  });

  test("written lines are plain ASCII but for pairs of one's own", () => {
    fc.assert(
      fc.property(pinFileArbitrary, (file) => {
        for (const line of formatPinFile(file).split("\n")) assert.match(line.replace(/ x-\S+/g, ""), /^[\x20-\x7e]*$/);
      }),
      { numRuns: 100 },
    );
  });

  test("10,000 damaged files: an answer each time, and what is taken is stable", () => {
    const edit = fc.record({
      kind: fc.constantFrom("flip", "cut", "insert", "double", "swap"),
      at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      byte: fc.integer({ min: 0, max: 255 }),
    });
    const files = fc
      .sample(pinFileArbitrary, { numRuns: 200, seed: 6 })
      .map((file) => Buffer.from(formatPinFile(file)));
    fc.assert(
      fc.property(fc.constantFrom(...files), fc.array(edit, { minLength: 1, maxLength: 4 }), (file, edits) => {
        const bytes = edits.reduce(damaged, file);
        const parsed = parsePinFile(bytes);
        if (!parsed.ok) {
          assert.ok(parsed.error.line >= 1 && parsed.error.line <= bytes.toString("latin1").split("\n").length);
          return;
        }
        assert.deepEqual(reparsed(parsed.value), parsed.value);
      }),
      { numRuns: 10_000, seed: 20261121 },
    );
  });
});

function damaged(bytes: Buffer, edit: { readonly kind: string; readonly at: number; readonly byte: number }): Buffer {
  const at = Math.floor(edit.at * bytes.length);
  const lines = bytes.toString("latin1").split("\n");
  const line = Math.floor(edit.at * lines.length);
  switch (edit.kind) {
    case "flip":
      return Buffer.from(bytes.map((value, index) => (index === at ? edit.byte : value)));
    case "cut":
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + edit.byte)]);
    case "insert":
      return Buffer.concat([bytes.subarray(0, at), Buffer.of(edit.byte), bytes.subarray(at)]);
    case "double":
      return Buffer.from([...lines.slice(0, line), lines[line], ...lines.slice(line)].join("\n"), "latin1");
    default:
      return Buffer.from([...lines.slice(line), ...lines.slice(0, line)].join("\n"), "latin1");
  }
}
