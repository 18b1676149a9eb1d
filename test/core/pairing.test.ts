import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { isUnfinishedName, pairSignatures, signatureNamesFor } from "../../daemon/core/pairing.ts";

interface PairingCase {
  readonly input: readonly string[];
  readonly expect: Readonly<Record<string, string | readonly string[] | null>>;
  readonly why: string;
}

// Shape agreed with the authors of the vectors; a case that differs fails below.
const names = JSON.parse(readFileSync("test/vectors/names.json", "utf8")) as {
  readonly signature_pairing: readonly PairingCase[];
};

function paired(input: readonly string[]): Record<string, readonly string[]> {
  return Object.fromEntries(pairSignatures(input));
}

for (const row of names.signature_pairing) {
  test(`signatures are paired: ${row.why}`, () => {
    const expected = Object.entries(row.expect).map(([signature, artifacts]) => [signature, [artifacts ?? []].flat()]);
    assert.deepEqual(paired(row.input), Object.fromEntries(expected));
  });
}

const rows: readonly (readonly [string, readonly string[], Record<string, readonly string[]>])[] = [
  [
    "each suffix is a signature",
    ["a", "a.asc", "a.sig", "a.gpg", "a.sign"],
    { "a.asc": ["a"], "a.sig": ["a"], "a.gpg": ["a"], "a.sign": ["a"] },
  ],
  [
    "a plain tar takes the signature with its packed copies",
    ["a.tar.sign", "a.tar.xz", "a.tar"],
    { "a.tar.sign": ["a.tar.xz", "a.tar"] },
  ],
  [
    "a signature over the packed file is not over another packing",
    ["a.tar.gz", "a.tar.xz", "a.tar.xz.sig"],
    { "a.tar.xz.sig": ["a.tar.xz"] },
  ],
  ["a signature is no artifact", ["a", "a.asc", "a.asc.sig"], { "a.asc": ["a"], "a.asc.sig": [] }],
  [
    "an unfinished download waits",
    ["a.tar.gz.part", "a.tar.gz.part.asc", "a.tar.gz.asc"],
    { "a.tar.gz.part.asc": [], "a.tar.gz.asc": [] },
  ],
  ["a suffix alone is an ordinary name", [".asc", "a"], {}],
  [
    "property names of objects are ordinary names",
    ["__proto__", "__proto__.asc"],
    { ["__proto__.asc"]: ["__proto__"] },
  ],
  ["a name listed twice is one file", ["a", "a", "a.asc", "a.asc"], { "a.asc": ["a"] }],
];
for (const [name, input, expected] of rows) {
  test(name, () => {
    assert.deepEqual(paired(input), expected);
  });
}

test("unfinished downloads are known by their ending", () => {
  for (const suffix of [".part", ".crdownload", ".tmp", ".download", ".PART"]) {
    assert.ok(isUnfinishedName(`a-1.0.tar.gz${suffix}`), suffix);
  }
  assert.ok(!isUnfinishedName("department.tar.gz"));
});

test("a pair shares its beginning, whatever lies around it", () => {
  const name = fc
    .array(fc.constantFrom("a", "b", ".tar", ".gz", ".xz", ".asc", ".sig", ".sign", ".part", "A"), {
      minLength: 1,
      maxLength: 5,
    })
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.array(name, { maxLength: 12 }), (input) => {
      for (const [signature, artifacts] of pairSignatures(input)) {
        assert.ok(input.includes(signature));
        for (const artifact of artifacts) {
          assert.ok(input.includes(artifact));
          const { detached, unpacked } = signatureNamesFor(artifact);
          assert.ok([...detached, ...unpacked].includes(signature));
          assert.ok(artifact.startsWith(signature.slice(0, signature.lastIndexOf("."))));
        }
      }
    }),
  );
});
