import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { addressOf } from "../../daemon/witnesses/address.ts";
import { readCommit, readTag } from "../../daemon/witnesses/signed-object.ts";

const OID = "0123456789abcdef0123456789abcdef01234567";
const HEAD = `object ${OID}\ntype commit\ntag v1\ntagger a <a> 0 +0000\n\nwords\n`;
const BEGIN = "-----BEGIN PGP SIGNATURE-----";
const END = "-----END PGP SIGNATURE-----\n";
const text = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString();

test("a tag's signature stands behind what it covers, the last one of several", () => {
  const tag = readTag(Buffer.from(`${HEAD}${BEGIN}\nfirst\n${END}${BEGIN}\nsecond\n${END}`));
  assert.equal(tag?.name, "v1");
  assert.equal(tag?.target, OID);
  assert.equal(text(tag?.signed?.payload), `${HEAD}${BEGIN}\nfirst\n${END}`);
  assert.equal(text(tag?.signed?.signature), `${BEGIN}\nsecond\n${END}`);
});

test("words that only look like a signature are none", () => {
  assert.equal(readTag(Buffer.from(`${HEAD}see ${BEGIN}\n`))?.signed, undefined);
  assert.equal(readTag(Buffer.from(`tree ${OID}\n\n${BEGIN}\n`)), undefined);
});

test("a commit's signature is left out of what it covers, and so is one for another hash", () => {
  const commit = Buffer.from(
    `tree ${OID}\nauthor a <a> 0 +0000\ngpgsig ${BEGIN}\n \n abc\n ${END.trim()}\ngpgsig-sha256 ${BEGIN}\n x\nencoding y\n\nwords\ngpgsig no header\n`,
  );
  const signed = readCommit(commit);
  assert.equal(text(signed?.signature), `${BEGIN}\n\nabc\n${END}`);
  assert.equal(text(signed?.payload), `tree ${OID}\nauthor a <a> 0 +0000\nencoding y\n\nwords\ngpgsig no header\n`);
  assert.equal(readCommit(Buffer.from(`tree ${OID}\n\ngpgsig ${BEGIN}\n`)), undefined);
});

test("whatever a clone or a key holds, reading it never fails", () => {
  const pieces = fc.array(
    fc.oneof(
      fc.constantFrom(HEAD, BEGIN, END, "\n", "gpgsig ", " ", `tree ${OID}\n`, "\n\n", "<", "@", ".", ">"),
      fc.string(),
    ),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(pieces, (parts) => {
      const whole = parts.join("");
      const bytes = Buffer.from(whole);
      const tag = readTag(bytes);
      if (tag?.signed !== undefined) assert.deepEqual(Buffer.concat([tag.signed.payload, tag.signed.signature]), bytes);
      readCommit(bytes);
      const address = addressOf(whole);
      if (address !== undefined) assert.match(address.domain, /^[a-z0-9.-]+\.[a-z0-9-]+$/);
    }),
    { numRuns: 2000 },
  );
});
