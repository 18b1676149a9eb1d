import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { parseManifest } from "../../daemon/evidence/manifest.ts";

const A = "a".repeat(64);
const B = "b".repeat(64);

function parsed(text: string): Record<string, string> {
  return Object.fromEntries(parseManifest(Buffer.from(text)));
}

const rows: readonly (readonly [string, string, Record<string, string>])[] = [
  ["GNU text and binary lines", `${A}  x-1.0.tar.gz\n${B} *y.zip\n`, { "x-1.0.tar.gz": A, "y.zip": B }],
  ["BSD lines", `SHA256 (x (1).zip) = ${A}\n`, { "x (1).zip": A }],
  ["upper-case digits", `${A.toUpperCase()}  x\n`, { x: A }],
  ["line ends of another system, and none at the end", `${A}  x\r\n${B}  y`, { x: A, y: B }],
  ["./ is the folder itself", `${A}  ./x\n`, { x: A }],
  ["a name with a folder stands as written", `${A}  lib/x\n`, { "lib/x": A }],
  ["the same digest twice is one entry", `${A}  x\n${A} *./x\n`, { x: A }],
  ["two digests for one name list neither", `${A}  x\n${B}  x\n${A}  x\n${B}  y\n`, { y: B }],
  [
    "comments, armor, other digests and loose text are passed over",
    `# c\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n${A}  x\n${"c".repeat(128)}  z\nSHA512 (q) = ${A}\nx ${A}\n`,
    { x: A },
  ],
  [
    "ways out of the folder are no names",
    `${A}  ../x\n${A}  /etc/x\n${A}  a/../x\n${A}  a//x\n${A}  .\n${A}  ./\n`,
    {},
  ],
  ["hostile characters are no names", `${A}  x\u202ey\n${A}  x\u0000y\n${A}  x\ty\n\\${A}  x\\ny\n${A}  x\\y\n`, {}],
  [
    "property names of objects are ordinary names",
    `${A}  __proto__\n${B}  constructor\n`,
    { ["__proto__"]: A, constructor: B },
  ],
  ["one space or none is another format", `${A} x\n${A}x\n`, {}],
  ["an overlong line is passed over", `${A}  ${"x".repeat(5000)}\n${B}  y\n`, { y: B }],
];
for (const [name, text, expected] of rows) {
  test(name, () => {
    assert.deepEqual(parsed(text), expected);
  });
}

test("bytes that are no UTF-8 name nothing", () => {
  assert.equal(parseManifest(Buffer.concat([Buffer.from(`${A}  x`), Buffer.from([0xff, 0x0a])])).size, 0);
});

test("a manifest past its bounds lists nothing, and at them everything", () => {
  assert.equal(parseManifest(Buffer.alloc((4 << 20) + 1, `${A}  x\n`)).size, 0);
  assert.equal(parseManifest(Buffer.from("\n".repeat(100_000))).size, 0);
  assert.deepEqual(parsed(`${A}  x${"\n".repeat(99_999)}`), { x: A });
});

test("what sha256sum writes is read back", () => {
  const folder = mkdtempSync(join(tmpdir(), "tofu-manifest-"));
  try {
    for (const name of ["plain", "with space", "(odd) = x"]) writeFileSync(join(folder, name), name);
    const names = ["plain", "with space", "(odd) = x"];
    for (const form of [[], ["--binary"], ["--tag"]]) {
      const output = execFileSync("sha256sum", [...form, "--", ...names], { cwd: folder });
      assert.deepEqual([...parseManifest(output).keys()], names);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("junk never throws, and no name climbs", () => {
  const line = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: "binary" }).map((name) => `${A}  ${name}`),
    fc.string().map((name) => `SHA256 (${name}) = ${A}`),
  );
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      for (const name of parseManifest(Buffer.from(lines.join("\n"))).keys()) {
        assert.ok(!name.split("/").some((part) => part === "" || part === "." || part === ".."));
        assert.doesNotMatch(name, /\p{Cc}/u);
      }
    }),
  );
});
