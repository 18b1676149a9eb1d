import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { armor, enums } from "openpgp";
import { findCertificates } from "../../daemon/certificates/certificate-file.ts";
import { MAX_CERTIFICATE_BYTES } from "../../daemon/certificates/keyring-walk.ts";
import { concatBytes, encodePacket, TAG } from "../../daemon/evidence/packet-walk.ts";
import { makeCertificate } from "./forge.ts";

const MADE = new Date("2024-01-01T00:00:00Z");
const [alice, bob] = [await makeCertificate(MADE), await makeCertificate(MADE)];
const inArmor = (bytes: Uint8Array): string => armor(enums.armor.publicKey, bytes);
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const fingerprint = ({ certificate }: typeof alice): string => certificate.getFingerprint().toUpperCase();
const both = [fingerprint(alice), fingerprint(bob)];

const FILES: readonly { readonly name: string; readonly file: Uint8Array; readonly primaries: readonly string[] }[] = [
  { name: "one armor block", file: bytesOf(alice.certificate.armor()), primaries: both.slice(0, 1) },
  {
    name: "a KEYS file: blocks with text between",
    file: bytesOf(`pub ed25519\n${alice.certificate.armor()}\nBob:\n${bob.certificate.armor()}`),
    primaries: both,
  },
  {
    name: "both in one block",
    file: bytesOf(inArmor(concatBytes([alice.bytes, bob.bytes]))),
    primaries: both,
  },
  { name: "CRLF", file: bytesOf(alice.certificate.armor().replaceAll(/\r?\n/g, "\r\n")), primaries: both.slice(0, 1) },
  {
    name: "the label PGP ARMORED FILE",
    file: bytesOf(alice.certificate.armor().replaceAll("PGP PUBLIC KEY BLOCK", "PGP ARMORED FILE")),
    primaries: both.slice(0, 1),
  },
  { name: "a byte order mark", file: bytesOf(`\uFEFF${alice.certificate.armor()}`), primaries: both.slice(0, 1) },
  { name: "an umlaut first", file: bytesOf(`Änderungen:\n${alice.certificate.armor()}`), primaries: both.slice(0, 1) },
  { name: "binary", file: concatBytes([alice.bytes, bob.bytes]), primaries: both },
  {
    name: "a damaged block before a good one",
    file: bytesOf(`${alice.certificate.armor().replace(/\n[^\n]{60}/, "\n###")}${bob.certificate.armor()}`),
    primaries: both.slice(1),
  },
  {
    name: "a block without an end before a good one",
    file: bytesOf(`${alice.certificate.armor().slice(0, 200)}\n${bob.certificate.armor()}`),
    primaries: both.slice(1),
  },
  {
    name: "a binary file that is cut short in its second certificate",
    file: concatBytes([alice.bytes, bob.bytes.subarray(0, -9)]),
    primaries: both.slice(0, 1),
  },
  { name: "a secret key", file: bytesOf(alice.secret.armor()), primaries: [] },
  {
    name: "a certificate over the cap beside one that is not",
    file: concatBytes([alice.bytes, encodePacket(TAG.userId, new Uint8Array(MAX_CERTIFICATE_BYTES)), bob.bytes]),
    primaries: both.slice(1),
  },
  { name: "an empty file", file: new Uint8Array(0), primaries: [] },
];

for (const { name, file, primaries } of FILES) {
  test(`finds the certificates of a key file: ${name}`, () => {
    assert.deepEqual(
      findCertificates(file).certificates.map(({ primary }) => primary),
      primaries,
    );
  });
}

test("whatever the bytes, finding certificates throws nothing", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => void findCertificates(bytes)));
  const spliced = fc.tuple(fc.nat(alice.bytes.length - 1), fc.uint8Array({ maxLength: 8 }));
  fc.assert(
    fc.property(spliced, ([at, junk]) => {
      const changed = alice.bytes.slice();
      changed.set(junk.subarray(0, changed.length - at), at);
      findCertificates(changed);
    }),
  );
});
