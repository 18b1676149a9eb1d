import assert from "node:assert/strict";
import { test } from "node:test";
import { readKey, readSignature, revokeKey, type SecretKeyPacket } from "openpgp";
import type { Certificate } from "../../daemon/certificates/certificate.ts";
import { mergeWithStored } from "../../daemon/certificates/facts.ts";
import { mergeCopies } from "../../daemon/certificates/merge.ts";
import { minimalCertificate } from "../../daemon/certificates/minimal.ts";
import { unixMs } from "../../daemon/core/time.ts";
import { standingAt } from "../../daemon/evidence/key-standing.ts";
import { encodePacket, type RawPacket, TAG, walkPackets } from "../../daemon/evidence/packet-walk.ts";
import { parseSignatureParts, SUBPACKET, withUnhashed } from "../../daemon/evidence/signature-packet.ts";
import { openGpgPlace } from "../evidence/gpg.ts";
import { bindUntil, makeCertificate, only, rewrite } from "./forge.ts";

const MADE = new Date("2024-01-01T00:00:00Z");
const SIGNED = unixMs(Date.parse("2025-01-01T00:00:00Z"));
const NOW = unixMs(Date.parse("2026-01-01T00:00:00Z"));

async function merge(...copies: readonly [Uint8Array, ...Uint8Array[]]): Promise<Certificate> {
  const [first, ...rest] = copies;
  const merged = await mergeCopies([only(first), ...rest.map(only)]);
  assert.ok(merged !== undefined);
  return merged;
}

function subkeyStanding(certificate: Certificate): string {
  const [subkey] = certificate.subkeys;
  assert.ok(subkey !== undefined);
  return standingAt(certificate, subkey.key.fingerprint, { createdAt: SIGNED, now: NOW }).kind;
}

function typeOf({ tag, body }: RawPacket): number | undefined {
  const parts = tag === TAG.signature ? parseSignatureParts(body) : undefined;
  return parts?.ok === true ? parts.value.type : undefined;
}

/** A later creation time written into the hashed area: the signature no longer fits. */
function postdated(body: Uint8Array): Uint8Array {
  const parts = parseSignatureParts(body);
  assert.ok(parts.ok);
  const created = parts.value.hashed.find(({ type }) => type === SUBPACKET.created);
  assert.ok(created !== undefined);
  const copy = body.slice();
  const offset = created.body.byteOffset - body.byteOffset;
  copy[offset] = (copy[offset] ?? 0) + 1;
  return copy;
}

test("a newer forged binding in another copy does not take a verified one's place", async () => {
  const { bytes } = await makeCertificate(MADE);
  const forged = rewrite(bytes, (packet) =>
    typeOf(packet) === 0x18 ? [{ ...packet, body: postdated(packet.body) }] : [packet],
  );
  assert.equal(subkeyStanding(await merge(forged)), "unproven");
  assert.equal(subkeyStanding(await merge(bytes, forged)), "entitled");
  assert.equal(subkeyStanding(await merge(forged, bytes)), "entitled");
  // What the library's own merge makes of it is why it is not used.
  const merged = await (await readKey({ binaryKey: bytes })).update(await readKey({ binaryKey: forged }));
  await assert.rejects(merged.getSigningKey(merged.subkeys[0]?.getKeyID(), new Date(SIGNED)));
});

test("a revocation stays, whichever copy lacks it", async () => {
  const { secret, bytes } = await makeCertificate(MADE);
  const { publicKey } = await revokeKey({ key: secret, format: "object", date: new Date(SIGNED) });
  const revoked = publicKey.write();
  for (const merged of [await merge(bytes, revoked), await merge(revoked, bytes)]) {
    assert.deepEqual(
      merged.revocations.map(({ of, hard, reason }) => ({ of, hard, reason })),
      [{ of: "primary", hard: true, reason: "none" }],
    );
  }
  const stored = await mergeWithStored([only(revoked)], undefined, NOW);
  const later = await mergeWithStored([only(bytes)], stored?.gathered.bytes, NOW);
  assert.equal(later?.state.revocations.length, 1);
  assert.equal(later?.state.changed, false);
});

test("a revocation of the key counts wherever it stands among the packets", async () => {
  const { secret, bytes } = await makeCertificate(MADE);
  const { publicKey } = await revokeKey({ key: secret, format: "object", date: new Date(SIGNED) });
  const [revocation] = publicKey.revocationSignatures;
  assert.ok(revocation !== undefined);
  const packet: RawPacket = { tag: TAG.signature, body: revocation.write(), start: 0, end: 0 };
  for (const tag of [TAG.userId, TAG.publicSubkey]) {
    const misplaced = rewrite(bytes, (own) => (own.tag === tag ? [own, packet] : [own]));
    const merged = await merge(misplaced);
    assert.equal(merged.revocations.length, 1);
    // What stood around it is still read.
    assert.equal(merged.users.length, 1);
    assert.equal(subkeyStanding(merged), "entitled");
  }
});

test("a copy that is flooded with subkeys is read in part, and hides no subkey of a copy before it", async () => {
  const { certificate, bytes } = await makeCertificate(MADE);
  const body = certificate.subkeys[0]?.keyPacket.write();
  assert.ok(body !== undefined);
  const flooded = rewrite(bytes, (own) => {
    if (own.tag !== TAG.userId) return [own];
    // Other creation times make other keys of it.
    const others = Array.from({ length: 1000 }, (_, at) => {
      const copy = body.slice();
      new DataView(copy.buffer).setUint32(1, at + 1);
      return { ...own, tag: TAG.publicSubkey, body: copy };
    });
    return [...others, own];
  });
  const merged = await merge(bytes, flooded);
  assert.equal(merged.subkeys.length, 256);
  assert.equal(subkeyStanding(merged), "entitled");
  assert.equal((await merge(flooded)).subkeys.length, 256);
});

test("a binding ends with its back-signature", async () => {
  const { secret, bytes } = await makeCertificate(MADE);
  const [subkey] = secret.subkeys;
  assert.ok(subkey !== undefined);
  const seconds = (at: number): number => Math.ceil((at - MADE.getTime()) / 1000);
  for (const [ends, standing] of [
    [seconds(SIGNED) + 1, "entitled"],
    [seconds(SIGNED), "no-self-signature"],
  ] as const) {
    const binding = await bindUntil(secret, subkey, { made: MADE, backSignatureSeconds: ends });
    const bound = rewrite(bytes, (own) => (typeOf(own) === 0x18 ? [{ ...own, body: binding }] : [own]));
    assert.equal(subkeyStanding(await merge(bound)), standing);
  }
});

test("a revocation of a subkey counts behind another subkey, and before all", async () => {
  const { secret } = await makeCertificate(MADE);
  const two = await secret.addSubkey({ sign: true, date: MADE });
  const [first, second] = two.subkeys;
  assert.ok(first !== undefined && second !== undefined);
  const revoked = await first.revoke(two.keyPacket as SecretKeyPacket, {}, new Date(SIGNED));
  const [revocation] = revoked.revocationSignatures;
  assert.ok(revocation !== undefined);
  const packet: RawPacket = { tag: TAG.signature, body: revocation.write(), start: 0, end: 0 };
  const bytes = two.toPublic().write();
  const lastSubkey = walkPackets(bytes).packets.findLast(({ tag }) => tag === TAG.publicSubkey);
  const behindOther = (own: RawPacket): boolean => own.start === lastSubkey?.start;
  for (const isPlace of [behindOther, (own: RawPacket): boolean => own.tag === TAG.publicKey]) {
    const merged = await merge(rewrite(bytes, (own) => (isPlace(own) ? [own, packet] : [own])));
    assert.deepEqual(
      merged.subkeys.map(({ key, revocations }) => [key.fingerprint, revocations.length]),
      [
        [first.getFingerprint().toUpperCase(), 1],
        [second.getFingerprint().toUpperCase(), 0],
      ],
    );
  }
});

test("a revocation by another key is dropped", async () => {
  const victim = await makeCertificate(MADE);
  const mallory = await makeCertificate(MADE);
  const { publicKey } = await revokeKey({ key: mallory.secret, format: "object" });
  const [revocation] = publicKey.revocationSignatures;
  assert.ok(revocation !== undefined);
  const packet: RawPacket = { tag: TAG.signature, body: unnamed(revocation.write()), start: 0, end: 0 };
  const forged = rewrite(victim.bytes, (own) => (own.tag === TAG.publicKey ? [own, packet] : [own]));
  assert.deepEqual((await merge(victim.bytes, forged)).revocations, []);
});

/** The issuer in the hashed area cannot be changed, so this one is tried for its key ID: none. */
function unnamed(body: Uint8Array): Uint8Array {
  const parts = parseSignatureParts(body);
  assert.ok(parts.ok);
  return withUnhashed(parts.value, []);
}

test("what stands in unhashed areas does not change the stored bytes", async () => {
  const { bytes } = await makeCertificate(MADE);
  const stuffed = rewrite(bytes, (packet) => {
    const parts = packet.tag === TAG.signature ? parseSignatureParts(packet.body) : undefined;
    if (parts?.ok !== true) return [packet];
    const junk = { type: SUBPACKET.issuerKeyId, critical: false, body: new Uint8Array(8) };
    const keyFlags = { type: 27, critical: false, body: new Uint8Array([0]) };
    return [{ ...packet, body: withUnhashed(parts.value, [...parts.value.unhashed, junk, keyFlags]) }];
  });
  const [plain, changed] = [await merge(bytes), await merge(stuffed)];
  assert.deepEqual(minimalCertificate(changed), minimalCertificate(plain));
  assert.equal(subkeyStanding(changed), "entitled");
});

test("a binding whose back-signature was stripped in one copy keeps it from the other", async () => {
  const place = openGpgPlace();
  const primary = place.makeKey("Alice <alice@example.org>");
  place.gpg("--quick-add-key", primary, "ed25519", "sign", "never");
  const bytes = new Uint8Array(place.gpg("--export", primary));
  place.close();
  // GnuPG writes back-signatures where anybody can take them out.
  const stripped = rewrite(bytes, (packet) =>
    typeOf(packet) === 0x18 ? [{ ...packet, body: unnamed(packet.body) }] : [packet],
  );
  const fingerprint = (await merge(bytes)).subkeys[0]?.key.fingerprint;
  assert.ok(fingerprint !== undefined);
  const soon = unixMs(Date.now() + 1000);
  const kinds = [await merge(stripped), await merge(stripped, bytes), await merge(bytes, stripped)].map(
    (merged) => standingAt(merged, fingerprint, { createdAt: soon, now: soon }).kind,
  );
  assert.deepEqual(kinds, ["unproven", "entitled", "entitled"]);
});

test("the minimal certificate of a minimal certificate is itself, and both readers can read it", async () => {
  const { bytes, certificate } = await makeCertificate(MADE);
  const once = minimalCertificate(await merge(bytes));
  assert.deepEqual(minimalCertificate(await merge(once)), once);
  assert.equal((await readKey({ binaryKey: once })).getFingerprint(), certificate.getFingerprint());
});

test("certifications by others are not stored", async () => {
  const owner = await makeCertificate(MADE);
  const other = await makeCertificate(MADE);
  const certified = await owner.certificate.signAllUsers([other.secret], new Date(SIGNED));
  const merged = await merge(certified.write());
  assert.equal(merged.users[0]?.certifications.length, 1);
  assert.deepEqual(minimalCertificate(merged), minimalCertificate(await merge(owner.bytes)));
});

test("a certificate that is already stored is unchanged, and a new subkey changes it", async () => {
  const { secret, bytes } = await makeCertificate(MADE);
  const stored = await mergeWithStored([only(bytes)], undefined, NOW);
  assert.equal(stored?.state.changed, true);
  const again = await mergeWithStored([only(bytes)], stored?.gathered.bytes, NOW);
  assert.equal(again?.state.changed, false);
  const more = (await secret.addSubkey({ sign: true, date: new Date(SIGNED) })).toPublic().write();
  const merged = await mergeWithStored([only(more)], stored?.gathered.bytes, NOW);
  assert.equal(merged?.state.changed, true);
  assert.equal(merged?.gathered.subkeys.length, 2);
});

test("a signature of the library's that is written anew is still read by it", async () => {
  const { certificate } = await makeCertificate(MADE);
  const body = certificate.users[0]?.selfCertifications[0]?.write();
  assert.ok(body !== undefined);
  const again = await readSignature({ binarySignature: encodePacket(TAG.signature, unnamed(body)) });
  assert.equal(again.packets.length, 1);
});

test("a SHA-1 self-signature from before 2023-02-01 is weak, a later one is none", async () => {
  const place = openGpgPlace();
  const made = async (time: string): Promise<Certificate> => {
    const options = ["--faked-system-time", `${time}!`, "--cert-digest-algo", "SHA1"];
    place.gpg(...options, "--quick-gen-key", `key of ${time}`, "rsa2048", "sign,cert", "never");
    return merge(new Uint8Array(place.gpg("--export", `key of ${time}`)));
  };
  const [before, later] = [await made("20230131T235959"), await made("20230201T000000")];
  place.close();
  assert.deepEqual(
    before.users.map((user) => user.selfSignatures.map(({ isWeak }) => isWeak)),
    [[true]],
  );
  assert.deepEqual(later.users, []);
});
