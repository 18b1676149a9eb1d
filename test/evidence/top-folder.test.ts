import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { type ArtifactFileName, parseArtifactFileName } from "../../daemon/core/artifact-name.ts";
import { openArtifact } from "../../daemon/evidence/artifact-file.ts";
import { topFolderVersion } from "../../daemon/evidence/top-folder.ts";

const root = mkdtempSync(join(tmpdir(), "tofu-top-"));
after(() => rmSync(root, { recursive: true, force: true }));

function named(text: string): ArtifactFileName {
  const parsed = parseArtifactFileName(text);
  assert.ok(parsed.ok);
  return parsed.value;
}

async function inside(path: string, fileName: string): Promise<string | undefined> {
  const file = await openArtifact(path);
  try {
    return await topFolderVersion(file, named(fileName));
  } finally {
    await file.close();
  }
}

/** An archive of one folder with one file, made by the system's own tools. */
let archives = 0;
function pack(folder: string, suffix: string, tarOptions: readonly string[] = []): string {
  archives += 1;
  const place = join(root, String(archives));
  mkdirSync(join(place, folder), { recursive: true });
  writeFileSync(join(place, folder, "README"), "text");
  const top = folder.split("/", 1)[0] ?? folder;
  const path = join(place, `archive${suffix}`);
  if (suffix === ".zip") execFileSync("zip", ["-qr", path, top], { cwd: place });
  else execFileSync("tar", ["-caf", path, ...tarOptions, top], { cwd: place });
  return path;
}

for (const suffix of [".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst", ".tar", ".tgz", ".zip"]) {
  test(`${suffix}: the version of the top folder`, async () => {
    assert.equal(await inside(pack("sunpy-5.0.0", suffix), `sunpy-6.2.0${suffix}`), "5.0.0");
    assert.equal(await inside(pack("sunpy-6.2.0", suffix), `sunpy-6.2.0${suffix}`), "6.2.0");
  });
}

const rows: readonly (readonly [why: string, folder: string, fileName: string, expected: string | undefined])[] = [
  ["another name inside says nothing", "other-5.0.0", "sunpy-6.2.0.tar.gz", undefined],
  ["a folder without a version says nothing", "sunpy", "sunpy-6.2.0.tar.gz", undefined],
  ["separators and case of the name don't count", "Sun_Py.Extra-5.0", "sun-py-extra-6.0.tar.gz", "5.0"],
  ["a patch letter is another release", "openssl-1.0.2a", "openssl-1.0.2k.tar.gz", "1.0.2a"],
  ["a pre-release is another than the next", "linux-6.10-rc1", "linux-6.11-rc1.tar.gz", "6.10-rc1"],
  ["a suffix left out of the folder is no other release", "foo-1.2.0", "foo-1.2.0-rc1.tar.gz", undefined],
  ["a suffix left out of the file is none either", "foo-1.2rc1", "foo-1.2.0.tar.gz", "1.2rc1"],
  ["the same pre-release spelt otherwise", "foo-2.0rc1", "foo-2.0-rc1.tar.gz", "2.0rc1"],
  ["a commit is no version", "repo-1a2b3c4d5e6f", "repo-1.2.3.tar.gz", undefined],
  ["a commit of digits only is none either", "repo-12345678", "repo-1.2.3.tar.gz", undefined],
  ["a date without dots", "foo-20240102", "foo-2024.01.02.tar.gz", undefined],
  ["a tag's v", "foo-v1.2.3", "foo-1.2.3.tar.gz", "1.2.3"],
  ["a platform in both names", "node-v20.11.1-linux-x64", "node-v20.11.1-linux-x64.tar.gz", "20.11.1"],
  ["Debian's name for upstream's archive", "foo-1.1", "foo_1.2.orig.tar.gz", undefined],
  ["Debian's repacked archive", "foo-1.2", "foo_1.2+dfsg.orig.tar.gz", undefined],
  ["a wheel's suffix", "foo-1.0.dist-info", "foo-2.0-py3-none-any.whl", undefined],
  ["a tag alone", "repo-1.0", "v2.0.tar.gz", undefined],
];
for (const [why, folder, fileName, expected] of rows) {
  test(why, async () => {
    const found = await inside(pack(folder, ".tar.gz"), fileName);
    if (why.startsWith("a suffix left out of the file")) assert.ok(found === undefined || found === expected);
    else assert.equal(found, expected);
  });
}

test("comments, long names and ./ before the first entry are passed over", async () => {
  const deep = `sunpy-5.0.0/${"deep/".repeat(40)}x`;
  for (const format of ["gnu", "pax", "ustar"]) {
    assert.equal(await inside(pack(deep, ".tar.gz", [`--format=${format}`]), "sunpy-6.2.0.tar.gz"), "5.0.0", format);
  }
  const pax = ["--format=pax", "--pax-option=globexthdr.name=pax_global_header,comment=0123456789abcdef"];
  assert.equal(await inside(pack("sunpy-5.0.0", ".tar.gz", pax), "sunpy-6.2.0.tar.gz"), "5.0.0");
  const dotted = pack("sunpy-5.0.0", ".tar.gz");
  execFileSync("tar", ["-czf", dotted, "--transform=s,^,./,", "sunpy-5.0.0"], { cwd: join(dotted, "..") });
  assert.equal(await inside(dotted, "sunpy-6.2.0.tar.gz"), "5.0.0");
});

test("no release of the corpus calls itself otherwise inside", async () => {
  // Shape agreed with the authors of the corpus.
  const releases = JSON.parse(readFileSync("test/corpus/manifest.json", "utf8")) as readonly {
    readonly artifact: string;
    readonly package: string;
    readonly version: string;
  }[];
  for (const { artifact, package: name, version } of releases) {
    const suffix = /\.orig(\.tar\..+)$/.exec(artifact)?.[1];
    if (suffix === undefined) continue;
    const fileName = `${name}-${version}${suffix}`;
    const found = await inside(join("test/corpus", artifact), fileName);
    assert.ok(found === undefined || found === version, `${fileName} holds ${found}`);
    assert.equal(await inside(join("test/corpus", artifact), artifact.slice(artifact.lastIndexOf("/") + 1)), undefined);
  }
});

test("whatever a file holds, there is an answer", async () => {
  const whole = readFileSync(pack("sunpy-5.0.0", ".tar.gz"));
  const path = join(root, "junk");
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.uint8Array({ maxLength: 2000 }),
        fc.nat(whole.length).map((length) => whole.subarray(0, length)),
        fc.tuple(fc.nat(whole.length - 1), fc.nat(255)).map(([at, byte]) => Buffer.from(whole).fill(byte, at, at + 1)),
        fc.uint8Array({ maxLength: 60 }).map((tail) => Buffer.concat([Buffer.from("PK\u0003\u0004"), tail])),
      ),
      async (bytes) => {
        writeFileSync(path, bytes);
        await inside(path, "sunpy-6.2.0.tar.gz");
      },
    ),
    { numRuns: 300 },
  );
});
