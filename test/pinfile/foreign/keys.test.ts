import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { findCertificates } from "../../../daemon/certificates/certificate-file.ts";
import {
  formatDebian,
  packageOfDebianControl,
  packageOfKeyFile,
  pinsOfKeys,
} from "../../../daemon/pinfile/foreign/keys.ts";
import { parsePinFile } from "../../../daemon/pinfile/parse.ts";
import type { PackageRows } from "../../../daemon/pinfile/pin-file.ts";
import { type GpgPlace, openGpgPlace } from "../../evidence/gpg.ts";
import { must, packageName, signer } from "../samples.ts";

const NAME = packageName("pkg:generic/curl");

const files: readonly (readonly [string, string | undefined])[] = [
  ["curl.asc", "pkg:generic/curl"],
  ["curl-keyring.gpg", "pkg:generic/curl"],
  ["Sun_Py.KEY", "pkg:generic/sun_py"],
  ["pypi/SunPy.asc", "pkg:pypi/sunpy"],
  ["maven/org.x/Lib-keys.asc", "pkg:maven/org.x/Lib"],
  ["README.md", undefined],
  ["../curl.asc", undefined],
  [".asc", undefined],
];
for (const [path, expected] of files) {
  test(`a key file ${path} is for ${expected ?? "nobody knows what"}`, () => {
    assert.equal(packageOfKeyFile(path), expected);
  });
}

test("debian/control names its source package", () => {
  assert.equal(packageOfDebianControl("Source: curl\nSection: web\n\nPackage: libcurl4\n"), NAME);
  assert.equal(packageOfDebianControl("Package: curl\n"), undefined);
});

describe("key files", () => {
  let place: GpgPlace;
  let alice = "";
  let bob = "";
  before(() => {
    place = openGpgPlace();
    alice = place.makeKey("Alice <alice@example.org>");
    bob = place.makeKey("Bob <bob@example.org>");
  });
  after(() => place.close());

  const rowsOf = (...keys: readonly string[]): PackageRows =>
    must(must(parsePinFile(Buffer.from(keys.map((key) => `${NAME} openpgp:${key}\n`).join("")))).packages[0]);
  const certificate = (key: string) => ({
    signer: signer(`openpgp:${key}`),
    bytes: new Uint8Array(place.gpg("--export", key)),
  });
  const primaries = (bytes: Uint8Array) => findCertificates(bytes).certificates.map(({ primary }) => primary);

  test("an Apache KEYS file gives a pin for each certificate, once", () => {
    const armor = (key: string): string => place.gpg("--armor", "--export", key).toString();
    const keys = `This file contains the PGP keys of developers.\nUsers: pgp < KEYS\n\npub   ed25519 2026-11-21 [SC]\n${armor(alice)}\nuid Bob\n${armor(bob)}${armor(alice)}`;
    assert.deepEqual(pinsOfKeys(NAME, primaries(Buffer.from(keys))), {
      pins: [alice, bob].map((key) => ({ package: NAME, signer: `openpgp:${key}` })),
      artifacts: [],
      passedOver: [],
    });
  });

  test("debian/upstream/signing-key.asc is written so that gpg and tofu read it", () => {
    const { text, leftOut } = formatDebian(rowsOf(alice, bob), [certificate(alice), certificate(bob)]);
    assert.deepEqual(leftOut, []);
    assert.deepEqual(primaries(Buffer.from(text)), [alice, bob].toSorted());
    const shown = place.gpg("--show-keys", "--with-colons", place.write("signing-key.asc", text)).toString();
    assert.deepEqual(shown.match(/(?<=^fpr:+)[0-9A-F]{40}/gm)?.toSorted(), [alice, bob].toSorted());
  });

  test("a signer without a certificate leaves the whole package out", () => {
    const { text, leftOut } = formatDebian(rowsOf(alice, bob), [certificate(alice)]);
    assert.equal(text, "");
    assert.deepEqual(leftOut, [{ package: NAME, why: "the certificate of one of its signers is not at hand" }]);
  });
});
