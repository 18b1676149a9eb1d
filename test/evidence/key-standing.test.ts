import assert from "node:assert/strict";
import { test } from "node:test";
import type { Binding, Certificate, CertificateKey, SelfSignature } from "../../daemon/certificates/certificate.ts";
import { walkKeyring } from "../../daemon/certificates/keyring-walk.ts";
import { mergeCopies } from "../../daemon/certificates/merge.ts";
import { type UnixMs, unixMs } from "../../daemon/core/time.ts";
import { newestExpiry, standingAt } from "../../daemon/evidence/key-standing.ts";
import { makeCertificate } from "../certificates/forge.ts";

const year = (text: number | string): UnixMs => unixMs(Date.parse(`${text}-01-01T00:00:00Z`));
const [real] = walkKeyring((await makeCertificate(new Date(year(2010)))).bytes).certificates;
assert.ok(real !== undefined);
const merged = await mergeCopies([real]);
assert.ok(merged !== undefined);
const template: Certificate = merged;
const NOW = year(2026);

const SAYS: SelfSignature = {
  body: new Uint8Array(),
  createdAt: year(2010),
  expiresAt: undefined,
  keyExpiresAt: undefined,
  maySign: true,
  isPrimaryUser: false,
  isWeak: false,
};

interface Shape {
  readonly users?: readonly (readonly Partial<SelfSignature>[])[];
  readonly direct?: readonly Partial<SelfSignature>[];
  /** `undefined`: the primary makes the signature. */
  readonly bindings?: readonly Partial<Binding>[];
  readonly subkeyMade?: UnixMs;
}

function certificate({ users = [[{}]], direct = [], bindings, subkeyMade = year(2010) }: Shape): Certificate {
  const subkeyKey: CertificateKey | undefined = template.subkeys[0]?.key;
  assert.ok(subkeyKey !== undefined);
  const all = <T extends SelfSignature>(given: readonly Partial<T>[], base: T): readonly T[] =>
    given.map((one) => ({ ...base, ...one }));
  return {
    ...template,
    primary: { ...template.primary, createdAt: year(2010) },
    directSignatures: all(direct, SAYS),
    users: users.map((signatures) => ({
      userId: new Uint8Array(),
      selfSignatures: all(signatures, SAYS),
      revocations: [],
      certifications: [],
    })),
    subkeys:
      bindings === undefined
        ? []
        : [
            {
              key: { ...subkeyKey, createdAt: subkeyMade },
              bindings: all<Binding>(bindings, { ...SAYS, isProven: true }),
              revocations: [],
            },
          ],
  };
}

const ROWS: readonly {
  readonly name: string;
  readonly shape: Shape;
  readonly at: number;
  readonly standing: string;
}[] = [
  { name: "a primary that may sign", shape: {}, at: 2020, standing: "entitled" },
  { name: "a signature from before the key was made", shape: {}, at: 2009, standing: "older-than-key" },
  {
    name: "a primary that may only certify",
    shape: { users: [[{ maySign: false }]] },
    at: 2020,
    standing: "not-for-signing",
  },
  {
    name: "a primary whose self-signature says nothing of it",
    shape: { users: [[{ maySign: undefined }]] },
    at: 2020,
    standing: "entitled",
  },
  { name: "no self-signature at all", shape: { users: [] }, at: 2020, standing: "no-self-signature" },
  { name: "a direct-key signature alone", shape: { users: [], direct: [{}] }, at: 2020, standing: "entitled" },
  {
    name: "a self-signature that came later",
    shape: { users: [[{ createdAt: year(2022) }]] },
    at: 2020,
    standing: "entitled, newer",
  },
  {
    name: "a self-signature that comes after now, as in a replay with today's keys",
    shape: { users: [[{ createdAt: year(2030) }]] },
    at: 2020,
    standing: "entitled, newer",
  },
  {
    name: "an expired copy and a renewal that comes after now",
    shape: { users: [[{ keyExpiresAt: year(2018) }, { createdAt: year(2030) }]] },
    at: 2020,
    standing: "primary-expired 2018",
  },
  {
    name: "a binding that comes after now",
    shape: { bindings: [{ createdAt: year(2030) }] },
    at: 2020,
    standing: "entitled, newer",
  },
  {
    name: "a subkey for encryption, bound after now",
    shape: { bindings: [{ createdAt: year(2030), isProven: false, maySign: false }] },
    at: 2020,
    standing: "not-for-signing",
  },
  { name: "an old SHA-1 self-signature", shape: { users: [[{ isWeak: true }]] }, at: 2020, standing: "entitled, weak" },
  {
    name: "a primary that had expired, by the only copy",
    shape: { users: [[{ keyExpiresAt: year(2018) }]] },
    at: 2020,
    standing: "primary-expired 2018",
  },
  {
    name: "a primary that expired later",
    shape: { users: [[{ keyExpiresAt: year(2022) }]] },
    at: 2020,
    standing: "entitled",
  },
  {
    name: "an expiry renewed after the signature",
    shape: { users: [[{ keyExpiresAt: year(2018) }, { createdAt: year(2021), keyExpiresAt: year(2030) }]] },
    at: 2020,
    standing: "entitled, newer",
  },
  {
    name: "an expired primary that could only certify",
    shape: { users: [[{ keyExpiresAt: year(2018), maySign: false }]] },
    at: 2020,
    standing: "not-for-signing",
  },
  {
    name: "a self-signature that has ended itself",
    shape: { users: [[{ expiresAt: year(2018) }]] },
    at: 2020,
    standing: "no-self-signature",
  },
  {
    name: "a direct-key signature that ends the key earlier",
    shape: { direct: [{ keyExpiresAt: year(2015) }] },
    at: 2020,
    standing: "primary-expired 2015",
  },
  {
    name: "the primary user speaks, not the newest",
    shape: { users: [[{ isPrimaryUser: true, keyExpiresAt: year(2018) }], [{ createdAt: year(2012) }]] },
    at: 2020,
    standing: "primary-expired 2018",
  },
  { name: "a bound subkey", shape: { bindings: [{}] }, at: 2020, standing: "entitled" },
  {
    name: "a subkey without back-signature",
    shape: { bindings: [{ isProven: false }] },
    at: 2020,
    standing: "unproven",
  },
  {
    name: "a subkey without back-signature or flags",
    shape: { bindings: [{ isProven: false, maySign: undefined }] },
    at: 2020,
    standing: "unproven",
  },
  { name: "a subkey without any binding", shape: { bindings: [] }, at: 2020, standing: "unproven" },
  {
    name: "a subkey for encryption",
    shape: { bindings: [{ isProven: false, maySign: false }] },
    at: 2020,
    standing: "not-for-signing",
  },
  {
    name: "a subkey bound later",
    shape: { bindings: [{ createdAt: year(2022) }] },
    at: 2020,
    standing: "entitled, newer",
  },
  {
    name: "a subkey made later",
    shape: { bindings: [{}], subkeyMade: year(2021) },
    at: 2020,
    standing: "older-than-key",
  },
  {
    name: "a subkey that had expired",
    shape: { bindings: [{ keyExpiresAt: year(2018) }] },
    at: 2020,
    standing: "subkey-expired 2018",
  },
  {
    name: "a subkey whose primary had expired",
    shape: { users: [[{ keyExpiresAt: year(2017) }]], bindings: [{ keyExpiresAt: year(2018) }] },
    at: 2020,
    standing: "subkey-expired 2017",
  },
  {
    name: "an expired subkey under a renewed primary",
    shape: { users: [[{ createdAt: year(2021) }]], bindings: [{ keyExpiresAt: year(2018) }] },
    at: 2020,
    standing: "subkey-expired 2018",
  },
  {
    name: "an unproven renewal of an expired subkey",
    shape: { bindings: [{ keyExpiresAt: year(2018) }, { createdAt: year(2021), isProven: false }] },
    at: 2020,
    standing: "subkey-expired 2018",
  },
];

for (const { name, shape, at, standing } of ROWS) {
  test(`standing: ${name}`, () => {
    const made = certificate(shape);
    const key = made.subkeys[0]?.key ?? made.primary;
    const found = standingAt(made, key.fingerprint, { createdAt: year(at), now: NOW });
    const words = [
      "expiredAt" in found ? `${found.kind} ${new Date(found.expiredAt).getUTCFullYear()}` : found.kind,
      ...(found.kind === "entitled" && found.selfSignatureNewer ? ["newer"] : []),
      ...(found.kind === "entitled" && found.weakBinding ? ["weak"] : []),
    ];
    assert.equal(words.join(", "), standing);
  });
}

test("the expiry that is told is the earlier of both keys', by the newest self-signatures", () => {
  const made = certificate({
    users: [[{ keyExpiresAt: year(2018) }, { createdAt: year(2017), keyExpiresAt: year(2030) }]],
    bindings: [{ keyExpiresAt: year(2027) }],
  });
  const subkey = made.subkeys[0]?.key.fingerprint;
  assert.ok(subkey !== undefined);
  assert.deepEqual(newestExpiry(made, subkey, NOW), { of: "subkey", at: year(2027) });
  assert.deepEqual(newestExpiry(made, made.primary.fingerprint, NOW), { of: "primary", at: year(2030) });
});
