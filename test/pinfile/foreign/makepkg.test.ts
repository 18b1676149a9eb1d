import assert from "node:assert/strict";
import { test } from "node:test";
import { formatMakepkg, readMakepkg } from "../../../daemon/pinfile/foreign/makepkg.ts";
import { parsePinFile } from "../../../daemon/pinfile/parse.ts";
import { ALICE, BOB, must, packageName } from "../samples.ts";

const alice = ALICE.slice("openpgp:".length);
const bob = BOB.slice("openpgp:".length);

const PKGBUILD = `# Maintainer: Somebody <somebody at example dot org>
pkgbase=curl
pkgname=(curl libcurl-compat)
pkgver=8.10.1
source=("https://example.org/curl-$pkgver.tar.gz"{,.asc})
validpgpkeys=('${alice}') # Alice
build() { :; }
`;
const SPLIT = `pkgname="gnupg"
validpgpkeys=(
  '${alice.replace(/(.{4})/g, "$1")}' # Alice (release key)
  # '0123456789012345678901234567890123456789'
  "${bob.toLowerCase()}"
  0x${"A".repeat(16)}
  $OTHER
)
`;
const SRCINFO = `pkgbase = curl
\tpkgver = 8.10.1
\tvalidpgpkeys = ${alice}
\tvalidpgpkeys = ${bob}

pkgname = curl
`;

const table: readonly (readonly [string, string, readonly string[], readonly number[]])[] = [
  ["a PKGBUILD of one line", PKGBUILD, [`pkg:generic/curl ${ALICE}`], []],
  ["an array over several lines", SPLIT, [`pkg:generic/gnupg ${ALICE}`, `pkg:generic/gnupg ${BOB}`], [6, 7]],
  ["CRLF", SPLIT.replaceAll("\n", "\r\n"), [`pkg:generic/gnupg ${ALICE}`, `pkg:generic/gnupg ${BOB}`], [6, 7]],
  ["a .SRCINFO", SRCINFO, [`pkg:generic/curl ${ALICE}`, `pkg:generic/curl ${BOB}`], []],
  ["no keys at all", "pkgname=x\n", [], []],
];
for (const [what, text, pins, passedOver] of table) {
  test(`validpgpkeys: ${what}`, () => {
    const read = must(readMakepkg(text));
    assert.deepEqual(
      read.pins.map(({ package: name, signer }) => `${name} ${signer}`),
      pins,
    );
    assert.deepEqual(
      read.passedOver.map(({ line }) => line),
      passedOver,
    );
  });
}

test("validpgpkeys without a name needs one, and an array must end", () => {
  const nameless = `validpgpkeys=('${alice}')\n`;
  assert.equal(readMakepkg(nameless).ok, false);
  assert.equal(must(readMakepkg(nameless, packageName("pkg:pypi/a"))).pins.length, 1);
  assert.deepEqual(readMakepkg(`pkgname=x\nvalidpgpkeys=('${alice}'\n`), {
    ok: false,
    error: { line: 3, code: "malformed", what: "validpgpkeys is not closed" },
  });
});

test("validpgpkeys: long blanks cost nothing", () => {
  const blanks = " ".repeat(1 << 19);
  assert.equal(readMakepkg(`pkgname=${blanks}x\n`).ok, false);
  assert.equal(must(readMakepkg(`pkgname=x\nvalidpgpkeys=(${blanks})\n`)).pins.length, 0);
});

test("validpgpkeys are written as they are read", () => {
  const [rows] = must(parsePinFile(Buffer.from(`pkg:generic/curl ${ALICE}\npkg:generic/curl ${BOB}\n`))).packages;
  const { text, leftOut } = formatMakepkg(must(rows));
  assert.equal(text, `validpgpkeys=(\n  '${alice}'\n  '${bob}'\n)\n`);
  assert.deepEqual(leftOut, []);
  assert.equal(must(readMakepkg(`pkgname=curl\n${text}`)).pins.length, 2);
});
