import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { guessPackage, type NameGuess, parseArtifactFileName, parseVersion } from "../../daemon/core/artifact-name.ts";
import { parsePackageName } from "../../daemon/core/package-name.ts";

interface Named {
  readonly package: string;
  readonly version: string;
}

interface FileNameCase {
  readonly input: string;
  readonly expect: (Named & { readonly by?: string }) | "ask" | "refuse";
  readonly accept?: readonly (Named | "ask" | "refuse")[];
  readonly why: string;
}

interface StressCase {
  readonly make: { readonly prefix: string; readonly repeat: string; readonly times: number; readonly suffix: string };
  readonly parser: string;
  readonly expect: string;
  readonly limit_ms: number;
  readonly limit_mb: number;
  readonly why: string;
}

// Shapes agreed with the authors of the vectors; a case that differs fails below.
const names = JSON.parse(readFileSync("test/vectors/names.json", "utf8")) as {
  readonly file_names: readonly FileNameCase[];
  readonly stress: readonly StressCase[];
};

/** With no pin at all, a name that fits several ecosystems is the generic package (rules.md, row 1b). */
function unpinned(guess: NameGuess): string {
  switch (guess.kind) {
    case "known":
      return `${guess.package} ${guess.version}`;
    case "candidates":
      return `${guess.packages.at(-1)} ${guess.version}`;
    case "ask":
    case "refuse":
      return guess.kind;
  }
}

function shown(expected: Named | "ask" | "refuse"): string {
  return typeof expected === "string" ? expected : `${expected.package} ${expected.version}`;
}

for (const row of names.file_names) {
  test(`file name: ${row.why} (${JSON.stringify(row.input.slice(0, 60))})`, () => {
    const by = typeof row.expect === "string" ? undefined : row.expect.by;
    const answer = unpinned(guessPackage(row.input, by));
    assert.ok([row.expect, ...(row.accept ?? [])].map(shown).includes(answer), answer);
  });
}

for (const row of names.stress.filter(({ parser }) => parser === "file_names")) {
  test(`stress: ${row.why}`, () => {
    const input = row.make.prefix + row.make.repeat.repeat(row.make.times) + row.make.suffix;
    const [heap, start] = [process.memoryUsage().heapUsed, performance.now()];
    assert.equal(unpinned(guessPackage(input)), row.expect);
    assert.ok(performance.now() - start < row.limit_ms);
    assert.ok(process.memoryUsage().heapUsed - heap < row.limit_mb << 20);
  });
}

const H = "0123456789".repeat(6);
const rows: readonly (readonly [string, string])[] = [
  // wheels and PyPI
  ["foo-1.0-1-py3-none-any.whl", "pkg:pypi/foo 1.0"],
  ["foo-1.0-py2.py3-none-any.whl", "pkg:pypi/foo 1.0"],
  ["foo-1!2.0-py3-none-any.whl", "pkg:pypi/foo 1!2.0"],
  ["torch-2.1.0%2Bcpu-cp311-cp311-linux_x86_64.whl", "pkg:pypi/torch 2.1.0+cpu"],
  ["foo-1.0rc1.dev3-py3-none-any.whl", "pkg:pypi/foo 1.0rc1.dev3"],
  ["foo-1.0.whl", "ask"],
  ["foo-bar-1.0-py3-none-any.whl", "ask"],
  [`https://files.example/packages/ab/cd/${H}/Foo_Bar-1.0.tar.gz#sha256=00`, "pkg:pypi/foo-bar 1.0"],
  // conda
  ["foo-1.0-0.conda", "pkg:conda/foo 1.0"],
  ["foo-1.0-py310h1234567_0.tar.bz2", "pkg:conda/foo 1.0"],
  ["conda-forge/linux-64/foo-bar-1.0-0.tar.bz2", "pkg:conda/foo-bar 1.0"],
  ["foo-1.0-x86_64.tar.bz2", "pkg:generic/foo 1.0"],
  // npm
  ["lodash/-/lodash-4.17.21.tgz", "pkg:npm/lodash 4.17.21"],
  ["https://registry.example/@babel/core/-/core-7.0.0-beta.1.tgz", "pkg:npm/%40babel/core 7.0.0-beta.1"],
  ["https://registry.example/%40babel/core/-/core-7.0.0.tgz?x=1", "pkg:npm/%40babel/core 7.0.0"],
  // Debian
  ["curl_8.5.0-2ubuntu10.1_amd64.deb", "pkg:deb/debian/curl 8.5.0-2ubuntu10.1"],
  ["git_1%3a2.43.0-1_amd64.deb", "pkg:deb/debian/git 1:2.43.0-1"],
  ["curl_8.5.0-2.dsc", "pkg:deb/debian/curl 8.5.0-2"],
  ["curl_8.5.0-2.debian.tar.xz", "pkg:deb/debian/curl 8.5.0-2"],
  ["foo_1.0.orig-docs.tar.gz", "pkg:deb/debian/foo 1.0"],
  ["foo_1.2~rc1+dfsg.orig.tar.xz", "pkg:deb/debian/foo 1.2~rc1+dfsg"],
  // Maven, Gradle
  ["org/example/Lib/1.0/Lib-1.0.jar", "pkg:maven/org.example/Lib 1.0"],
  ["org/example/lib/1.0/lib-1.0-sources.jar", "pkg:maven/org.example/lib 1.0"],
  ["https://repo.example/maven2/org/example/lib/1.0-rc1/lib-1.0-rc1.pom", "pkg:maven/org.example/lib 1.0-rc1"],
  ["/home/u/.m2/repository/com/x/y/z/2.0-SNAPSHOT/z-2.0-20240101.101010-1.jar", "pkg:maven/com.x.y/z 2.0-SNAPSHOT"],
  ["/caches/modules-2/files-2.1/org.example/lib/1.0/0123abcd/lib-1.0.jar", "pkg:maven/org.example/lib 1.0"],
  [
    "maven2/org/apache/maven/apache-maven/3.9.6/apache-maven-3.9.6-bin.tar.gz",
    "pkg:maven/org.apache.maven/apache-maven 3.9.6",
  ],
  ["lib-1.0.jar", "ask"],
  ["org/example/lib/1.0/other-1.0.jar", "ask"],
  // GitHub
  ["https://github.com/Owner/Repo/archive/refs/tags/v1.2.3.tar.gz", "pkg:github/owner/repo 1.2.3"],
  ["github.com/owner/repo/archive/1.2.3.zip", "pkg:github/owner/repo 1.2.3"],
  ["https://github.com/libexpat/libexpat/archive/refs/tags/R_2_6_2.tar.gz", "pkg:github/libexpat/libexpat 2_6_2"],
  ["https://codeload.github.com/owner/repo/tar.gz/refs/tags/v2.0-rc1", "pkg:github/owner/repo 2.0-rc1"],
  ["https://github.com/owner/repo/releases/download/v1.2.3/tool-linux-amd64.tar.gz", "pkg:github/owner/repo 1.2.3"],
  ["https://github.com/owner/repo/releases/download/v1.2.3/tool_1.2.3_amd64.deb", "pkg:github/owner/repo 1.2.3"],
  ["https://github.com/owner/repo/archive/0123456789012345678901234567890123456789.tar.gz", "ask"],
  ["https://github.com/owner/repo/archive/refs/heads/main.zip", "ask"],
  // others with a suffix of their own
  ["serde-1.0.200.crate", "pkg:cargo/serde 1.0.200"],
  ["https://crates.example/api/v1/crates/serde/1.0.200/download", "pkg:cargo/serde 1.0.200"],
  ["nokogiri-1.16.0-x86_64-linux.gem", "pkg:gem/nokogiri 1.16.0"],
  ["curl-8.5.0-1.fc39.x86_64.rpm", "pkg:rpm/curl 8.5.0-1.fc39"],
  ["python3-foo-1.0~rc1-2.el9.noarch.rpm", "pkg:rpm/python3-foo 1.0~rc1-2.el9"],
  ["curl-8.5.0-r0.apk", "pkg:apk/alpine/curl 8.5.0-r0"],
  ["gcc-libs-13.2.1-3-x86_64.pkg.tar.zst", "pkg:alpm/arch/gcc-libs 13.2.1-3"],
  ["Newtonsoft.Json.13.0.1.nupkg", "pkg:nuget/newtonsoft.json 13.0.1"],
  ["golang.org/x/text/@v/v0.3.0.zip", "pkg:golang/golang.org/x/text v0.3.0"],
  ["https://proxy.example/gopkg.in/yaml.v3/@v/v3.0.1.zip", "pkg:golang/gopkg.in/yaml.v3 v3.0.1"],
  // plain archives and programs
  ["hello-2.12.1.tar.gz", "pkg:generic/hello 2.12.1"],
  ["bzip2-1.0.8.tar.gz", "pkg:generic/bzip2 1.0.8"],
  ["openssl-3.0.0-alpha17.tar.gz", "pkg:generic/openssl 3.0.0-alpha17"],
  ["openssl-1.0.2k.tar.gz", "pkg:generic/openssl 1.0.2k"],
  ["openssh-9.9p1.tar.gz", "pkg:generic/openssh 9.9p1"],
  ["gtk+-3.24.41.tar.xz", "pkg:generic/gtk+ 3.24.41"],
  ["boost_1_85_0.tar.bz2", "pkg:generic/boost 1_85_0"],
  ["node-v20.11.1-linux-x64.tar.xz", "pkg:generic/node 20.11.1"],
  ["bitcoin-27.0-x86_64-linux-gnu.tar.gz", "pkg:generic/bitcoin 27.0"],
  ["jdk-21.0.2_linux-x64_bin.tar.gz", "pkg:generic/jdk 21.0.2"],
  ["terraform_1.7.0_linux_amd64.zip", "pkg:generic/terraform 1.7.0"],
  ["debian-12.5.0-amd64-netinst.iso", "pkg:generic/debian 12.5.0"],
  ["tool-1.2.3.AppImage", "pkg:generic/tool 1.2.3"],
  ["patch-6.10.2.xz", "pkg:generic/patch 6.10.2"],
  ["log4j-1.2-api-2.17.1.tar.gz", "pkg:generic/log4j-1.2-api 2.17.1"],
  ["lib-x86_64-1.0.tar.gz", "pkg:generic/lib-x86_64 1.0"],
  ["foo-1.0.tar.lz", "pkg:generic/foo 1.0"],
  ["foo-1.0.tar.Z", "pkg:generic/foo 1.0"],
  ["foo-1.0.tgz", "pkg:generic/foo 1.0"],
  ["/home/j\u00fcrgen/Downloads/foo-1.0.tar.gz", "pkg:generic/foo 1.0"],
  ["./foo-1.0.tar.gz", "pkg:generic/foo 1.0"],
  ["/home/u/100%/foo-1.0.tar.gz", "pkg:generic/foo 1.0"],
  // only a person knows
  ["foo-1.0.tar.gz.sha256", "ask"],
  ["foo-1.0 (1).tar.gz", "ask"],
  ["SHA256SUMS", "ask"],
  ["v1.2.3.tar.gz", "ask"],
  ["1.0.tar.gz", "ask"],
  [".tar.gz", "refuse"],
  // hostile, signatures, unfinished
  ["", "refuse"],
  ["downloads/", "refuse"],
  ["a/../b-1.0.tar.gz", "refuse"],
  ["..\\b-1.0.tar.gz", "refuse"],
  ["%2e%2e/b-1.0.tar.gz", "refuse"],
  ["%252e%252e%252fb-1.0.tar.gz", "refuse"],
  ["b%00-1.0.tar.gz", "refuse"],
  ["foo-1.0.tar.gz.minisig", "refuse"],
  ["foo-1.0.tar.gz.SIG", "refuse"],
  ["foo-1.0.tar.gz.crdownload", "refuse"],
  ["a\u0000b/foo-1.0.tar.gz", "refuse"],
];
for (const [input, expected] of rows) {
  test(`${JSON.stringify(input)} is ${expected}`, () => {
    assert.equal(unpinned(guessPackage(input)), expected);
  });
}

const byRows: readonly (readonly [string, string, string])[] = [
  ["python-dateutil-2.8.2.tar.gz", "pypi", "pkg:pypi/python-dateutil 2.8.2"],
  ["foo-2-1.0.zip", "pypi", "pkg:pypi/foo-2 1.0"],
  ["foo-1.0-1.tar.gz", "pypi", "pkg:pypi/foo 1.0-1"],
  ["base64-js-1.5.1.tgz", "npm", "pkg:npm/base64-js 1.5.1"],
  ["a-2-b-1.0.0-rc.1.tgz", "npm", "pkg:npm/a-2-b 1.0.0-rc.1"],
  ["foo-1.0-0.tar.bz2", "conda", "pkg:conda/foo 1.0"],
  ["foo_1.0.tar.xz", "deb", "pkg:deb/debian/foo 1.0"],
  ["curl-8.9.1.tar.xz", "generic", "pkg:generic/curl 8.9.1"],
  ["foo-1.0-py3-none-any.whl", "npm", "ask"],
  ["lib-1.0.jar", "maven", "ask"],
  ["__proto__-1.0.tar.gz", "pypi", "ask"],
];
for (const [input, by, expected] of byRows) {
  test(`${input} of ${by} is ${expected}`, () => {
    assert.equal(unpinned(guessPackage(input, by)), expected);
  });
}

test("a name that fits several ecosystems lists them in fixed order, generic last", () => {
  assert.deepEqual(guessPackage("sunpy-6.0.tar.gz"), {
    kind: "candidates",
    packages: ["pkg:pypi/sunpy", "pkg:npm/sunpy", "pkg:conda/sunpy", "pkg:generic/sunpy"],
    version: "6.0",
  });
  assert.deepEqual(guessPackage("Sun_Py-6.0.tar.gz"), {
    kind: "candidates",
    packages: ["pkg:pypi/sun-py", "pkg:npm/sun_py", "pkg:conda/sun_py", "pkg:generic/sun_py"],
    version: "6.0",
  });
});

const likely = fc
  .array(
    fc.constantFrom(
      "foo",
      "1.0",
      "-",
      "_",
      ".",
      "/",
      "..",
      "%2f",
      "%40",
      "@",
      "v2",
      "rc1",
      ".tar.gz",
      ".whl",
      ".deb",
      "-py3-none-any",
      "x86_64",
      "+",
      "~",
      "\n",
      "\u202e",
      "github.com/",
      "archive/",
      "maven2/",
    ),
    { maxLength: 14 },
  )
  .map((parts) => parts.join(""));

test("no text throws, and what is guessed reads back as a package and a version", () => {
  fc.assert(
    fc.property(fc.oneof(likely, fc.string({ unit: "binary", maxLength: 5000 })), (input) => {
      const guess = guessPackage(input);
      if (guess.kind !== "known" && guess.kind !== "candidates") return;
      assert.ok(!/\p{C}/u.test(input) && !input.split("/").includes(".."));
      assert.ok(parseVersion(guess.version).ok);
      for (const name of guess.kind === "known" ? [guess.package] : guess.packages)
        assert.ok(parsePackageName(name).ok);
    }),
    { numRuns: 5000 },
  );
});

test("a file name is one path segment without hidden characters", () => {
  for (const good of ["a", "a b.tar.gz", "\u4e2d\u6587.zip", "x".repeat(255)])
    assert.ok(parseArtifactFileName(good).ok, good);
  for (const bad of ["", ".", "..", "a/b", "a\u0000", "a\u202e", "x".repeat(256)])
    assert.ok(!parseArtifactFileName(bad).ok, bad);
});
