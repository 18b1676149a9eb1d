import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseVersion, type Version } from "../../daemon/core/artifact-name.ts";
import { compareVersions, sameVersion } from "../../daemon/core/version.ts";

function version(text: string): Version {
  const parsed = parseVersion(text);
  assert.ok(parsed.ok, text);
  return parsed.value;
}

/** Each list in rising order, as its ecosystem writes it. */
const rising: readonly { readonly name: string; readonly versions: readonly string[] }[] = [
  { name: "numbers by value, not by letter", versions: ["1.2", "1.9", "1.10", "2", "10", "10.0.1"] },
  {
    name: "PEP 440",
    versions: ["1.0.dev1", "1.0a1", "1.0a2.dev3", "1.0a2", "1.0b1", "1.0rc1", "1.0", "1.0.post1", "1.0.1"],
  },
  { name: "PEP 440 pre-releases of pre-releases", versions: ["2.0a1.dev1", "2.0a1", "2.0.post1.dev2", "2.0.post1"] },
  {
    name: "SemVer",
    versions: ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0"],
  },
  { name: "Maven", versions: ["1.0-M1", "1.0-M2", "1.0-RC1", "1.0-SNAPSHOT", "1.0", "1.0.1"] },
  { name: "Linux", versions: ["6.9", "6.10-rc3", "6.10-rc10", "6.10", "6.10.1"] },
  { name: "OpenSSL patch letters", versions: ["1.0.2", "1.0.2a", "1.0.2b", "1.0.2k", "1.0.2zg", "1.0.3"] },
  { name: "OpenSSH portable", versions: ["9.8p1", "9.9p1", "9.9p2", "10.0p1"] },
  { name: "tzdata", versions: ["2023d", "2024a", "2024b", "2025a"] },
  { name: "Debian tilde", versions: ["1.0~~", "1.0~", "1.0~rc1", "1.0", "1.0+dfsg", "1.1"] },
  { name: "epochs first", versions: ["3.0", "1:1.0", "1:2.0", "2!0.1"] },
  { name: "dates and builds longer than a double", versions: ["20240101235959000001", "20240101235959000002"] },
];
for (const row of rising) {
  test(`versions rise: ${row.name}`, () => {
    row.versions.forEach((low, at) => {
      for (const high of row.versions.slice(at + 1)) {
        assert.equal(compareVersions(version(low), version(high)), -1, `${low} < ${high}`);
        assert.equal(compareVersions(version(high), version(low)), 1, `${high} > ${low}`);
      }
    });
  });
}

const same: readonly (readonly [string, string])[] = [
  ["2.0~rc1", "2.0-rc1"],
  ["2.0~rc1", "2.0rc1"],
  ["2.0-rc.1", "2.0rc1"],
  ["1.0", "1.0.0"],
  ["1.0.0-beta1", "1.0b1"],
  ["1_85_0", "1.85.0"],
  ["v1.2.3", "1.2.3"],
  ["1.2+dfsg", "1.2"],
  ["1.2+dfsg1", "1.2"],
  ["1.2+ds", "1.2"],
  ["1.2~dfsg.1", "1.2"],
  ["1.2.dfsg", "1.2"],
  ["3.0+really2.9", "2.9"],
  ["1:2.0", "2.0"],
  ["4.1.0.Final", "4.1.0"],
  ["1.07", "1.7"],
];
for (const [a, b] of same) {
  test(`${a} and ${b} can be one release`, () => {
    assert.ok(sameVersion(version(a), version(b)));
    assert.ok(sameVersion(version(b), version(a)));
  });
}

const different: readonly (readonly [string, string])[] = [
  ["5.0.0", "6.2.0"],
  ["1.11", "11.1"],
  ["1.0.1", "1.0"],
  ["1.0rc1", "1.0"],
  ["1.0rc1", "1.0rc2"],
  ["1.0.2k", "1.0.2"],
  ["1.0.2k", "1.0.2l"],
  ["1.0-builds", "1.0-buil"],
];
for (const [a, b] of different) {
  test(`${a} and ${b} are two releases`, () => {
    assert.ok(!sameVersion(version(a), version(b)));
  });
}

/** Versions made of the pieces that real ones are made of, so that neighbours and near misses are frequent. */
const anyVersion: fc.Arbitrary<Version> = fc
  .array(
    fc.constantFrom(
      "0",
      "1",
      "2",
      "10",
      "00",
      "a",
      "b",
      "k",
      "rc",
      "dev",
      "post",
      "p",
      "alpha",
      "final",
      ".",
      "-",
      "~",
      "+",
      "_",
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((pieces) => pieces.join(""))
  .filter((text) => parseVersion(text).ok)
  .chain((text) => fc.constantFrom("", "", "0:", "1:", "1!").map((epoch) => version(`${epoch}${text}`)));

test("every version equals itself, in order and in meaning", () => {
  fc.assert(
    fc.property(anyVersion, (a) => {
      assert.equal(compareVersions(a, a), 0);
      assert.ok(sameVersion(a, a));
    }),
  );
});

test("the order is the same from both sides", () => {
  fc.assert(
    fc.property(anyVersion, anyVersion, (a, b) => {
      assert.equal(compareVersions(a, b) + compareVersions(b, a), 0);
      assert.equal(sameVersion(a, b), sameVersion(b, a));
    }),
    { numRuns: 2000 },
  );
});

test("the order is transitive, equality included", () => {
  fc.assert(
    fc.property(anyVersion, anyVersion, anyVersion, (a, b, c) => {
      const [ab, bc, ac] = [compareVersions(a, b), compareVersions(b, c), compareVersions(a, c)];
      if (ab === bc) assert.equal(ac, ab, `${a} ${b} ${c}`);
      if (ab === 0) assert.equal(ac, bc, `${a} ${b} ${c}`);
      if (bc === 0) assert.equal(ac, ab, `${a} ${b} ${c}`);
    }),
    { numRuns: 5000 },
  );
});
