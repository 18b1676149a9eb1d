import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { armor, enums } from "openpgp";
import { concatBytes, encodePacket, TAG, walkPackets } from "../../daemon/evidence/packet-walk.ts";
import { readSignatureFile } from "../../daemon/evidence/signature-file.ts";

const VECTOR = "test/vectors/02-rsa3072-binary-sig/artifact.sig";
const binary = new Uint8Array(readFileSync(VECTOR));
const body = walkPackets(binary).packets[0]?.body ?? new Uint8Array();
/** Version 3 (RFC 9580 section 5.2.2): length 5, type, time, key ID, RSA, MD5, two octets, a number. */
const VERSION_3 = Uint8Array.from([3, 5, 0, 1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1, 0, 0, 0, 1, 1]);

const text = (before: string): Uint8Array => new TextEncoder().encode(before + armor(enums.armor.signature, binary));

const packets = (...bodies: readonly Uint8Array[]): Uint8Array =>
  concatBytes(bodies.map((one) => encodePacket(TAG.signature, one)));
const variant = (index: number): Uint8Array => body.with(-1, index & 0xff).with(-2, index >> 8);
const variants = (count: number): Uint8Array => packets(...Array.from({ length: count }, (_, index) => variant(index)));

const FILES: readonly { readonly name: string; readonly file: Uint8Array; readonly found: string }[] = [
  { name: "one signature", file: binary, found: "document" },
  { name: "the same one a thousand times counts once", file: packets(...Array(400).fill(body)), found: "document" },
  { name: "64 signatures", file: variants(64), found: Array(64).fill("document").join() },
  { name: "65 signatures", file: variants(65), found: "it holds more than 64 signatures" },
  { name: "more than 256 KiB", file: new Uint8Array(300_000), found: "it has more than 262144 bytes" },
  { name: "version 3", file: packets(VERSION_3), found: "version-3" },
  { name: "version 99", file: packets(body.with(0, 99)), found: "unknown-version" },
  { name: "a certification", file: packets(body.with(1, 0x13)), found: "it holds no readable signature of a document" },
  { name: "a certification beside a signature", file: packets(body.with(1, 0x13), body), found: "document" },
  {
    name: "bytes behind it that are no packet",
    file: concatBytes([binary, new Uint8Array(9)]),
    found: "it is damaged",
  },
  {
    name: "a user ID behind it",
    file: concatBytes([binary, encodePacket(TAG.userId, body)]),
    found: "it holds other OpenPGP data than signatures",
  },
  {
    name: "a marker before it",
    file: concatBytes([encodePacket(TAG.marker, new Uint8Array(3)), binary]),
    found: "document",
  },
  {
    name: "an unknown packet that may be passed over",
    file: concatBytes([encodePacket(60, body), binary]),
    found: "document",
  },
  { name: "armor", file: text(""), found: "document" },
  { name: "armor behind a byte order mark", file: text("\uFEFF"), found: "document" },
  { name: "armor behind text in Icelandic", file: text("Ólafur gaf þetta út:\n"), found: "document" },
  { name: "armor behind text in Japanese", file: text("署名\n"), found: "document" },
  { name: "nothing", file: new Uint8Array(0), found: "it holds no OpenPGP data" },
];

for (const { name, file, found } of FILES) {
  test(`reads a signature file: ${name}`, () => {
    const content = readSignatureFile(file);
    const kinds = content.ok
      ? content.value.signatures.map((one) => (one.kind === "document" ? one.kind : one.error.code)).join()
      : content.error.detail;
    assert.equal(kinds, found);
  });
}
