import assert from "node:assert/strict";
import { test } from "node:test";
import { createMessage, generateKey, type PrivateKey, Signature, sign } from "openpgp";
import { digestLanes } from "../../daemon/evidence/digest-lanes.ts";
import { documentFits, type Mathematics, type SignedDocument } from "../../daemon/evidence/mathematics.ts";
import { assertDigestsAreVerified } from "../../daemon/evidence/self-check.ts";
import { parseSignatureParts, type SignatureParts, withUnhashed } from "../../daemon/evidence/signature-packet.ts";

const DOCUMENT = new TextEncoder().encode("line one\nline two\r\nline three");
const CHANGED = new TextEncoder().encode("line one\nline two\r\nline threE");

const KEYS: readonly { readonly name: string; readonly make: () => Promise<PrivateKey> }[] = [
  { name: "rsa", make: () => make({ type: "rsa", rsaBits: 2048 }) },
  { name: "ed25519", make: () => make({ type: "ecc", curve: "ed25519Legacy" }) },
  { name: "nistp256", make: () => make({ type: "ecc", curve: "nistP256" }) },
  { name: "brainpoolp256r1", make: () => make({ type: "ecc", curve: "brainpoolP256r1" }) },
  { name: "v6 ed25519", make: () => make({ type: "curve25519", config: { v6Keys: true } }) },
  { name: "v6 ed448", make: () => make({ type: "curve448", config: { v6Keys: true } }) },
];

type Options = Omit<Parameters<typeof generateKey>[0], "userIDs" | "format">;

async function make(options: Options): Promise<PrivateKey> {
  const { privateKey } = await generateKey({ ...options, userIDs: [{ name: "x" }], format: "object" });
  return privateKey;
}

async function signDocument(key: PrivateKey, kind: "binary" | "text"): Promise<SignatureParts> {
  const options = { signingKeys: key, detached: true, format: "object" } as const;
  const text = new TextDecoder().decode(DOCUMENT);
  const signature =
    kind === "binary"
      ? await sign({ message: await createMessage({ binary: DOCUMENT }), ...options })
      : await sign({ message: await createMessage({ text }), ...options });
  const parts = parseSignatureParts(signatureBody(signature));
  assert.ok(parts.ok);
  return parts.value;
}

/** The library's types give a message for `format: "object"`; with `detached` it is a signature. */
function signatureBody(signature: unknown): Uint8Array {
  assert.ok(signature instanceof Signature);
  return signature.packets[0]?.write() ?? new Uint8Array();
}

function documents(parts: SignatureParts, bytes: Uint8Array): readonly SignedDocument[] {
  const lanes = digestLanes([parts]);
  for (const byte of bytes) lanes.update(new Uint8Array([byte]));
  const digest = lanes.digestFor(parts);
  assert.ok(digest !== undefined);
  return [
    { kind: "bytes", bytes },
    { kind: "digest", digest },
  ];
}

async function answers(
  parts: SignatureParts,
  body: Uint8Array,
  key: PrivateKey,
  bytes: Uint8Array,
): Promise<readonly Mathematics["kind"][]> {
  const signer = key.toPublic().keyPacket;
  return Promise.all(
    documents(parts, bytes).map(async (document) => (await documentFits(body, signer, document)).kind),
  );
}

for (const { name, make: makeKey } of KEYS) {
  test(`${name}: from memory and by digest, a document fits and a changed one does not`, async () => {
    const key = await makeKey();
    for (const kind of ["binary", "text"] as const) {
      const parts = await signDocument(key, kind);
      const body = withUnhashed(parts, []);
      assert.deepEqual(await answers(parts, body, key, DOCUMENT), ["fits", "fits"], kind);
      assert.deepEqual(await answers(parts, body, key, CHANGED), ["does-not-fit", "does-not-fit"], kind);
    }
  });

  test(`${name}: another key and a changed number never fit`, async () => {
    const [key, other] = [await makeKey(), await makeKey()];
    const parts = await signDocument(key, "binary");
    const body = withUnhashed(parts, []);
    assert.deepEqual(await answers(parts, body, other, DOCUMENT), ["does-not-fit", "does-not-fit"]);
    const changed = body.with(-20, (body.at(-20) ?? 0) ^ 1);
    assert.ok(!(await answers(parts, changed, key, DOCUMENT)).includes("fits"));
  });
}

test("a salt of another size has no digest, since the library would not look at it", async () => {
  const key = await make({ type: "curve25519", config: { v6Keys: true } });
  const parts = await signDocument(key, "binary");
  assert.equal(
    digestLanes([{ ...parts, salt: new Uint8Array(3) }]).digestFor({ ...parts, salt: new Uint8Array(3) }),
    undefined,
  );
});

test("the library verifies a digest that it is given", async () => {
  await assertDigestsAreVerified();
});
