import assert from "node:assert/strict";
import { test } from "node:test";
import { hashWeaknesses, keyWeaknesses } from "../../daemon/evidence/algorithms.ts";

const words = (found: ReturnType<typeof hashWeaknesses>): string =>
  found.map(({ algorithm, degree }) => `${algorithm} ${degree}`).join();

const KEYS: readonly (readonly [algorithm: string, bits: number | undefined, weakness: string])[] = [
  ["rsa4096", 4096, ""],
  ["rsa2048", 2047, ""],
  ["rsa2048", 2046, "rsa2048 weak"],
  ["rsa1536", 1536, "rsa1536 weak"],
  ["rsa1024", 1024, "rsa1024 weak"],
  ["rsa1024", 1023, "rsa1024 weak"],
  ["rsa768", 768, "rsa768 broken"],
  ["dsa1024", 1024, "dsa weak"],
  ["dsa3072", 3072, "dsa weak"],
  ["elgamal2048", 2048, "elgamal weak"],
  ["secp256k1", undefined, "secp256k1 weak"],
  ["brainpoolp256r1", undefined, ""],
  ["ed25519", undefined, ""],
];

for (const [algorithm, bits, weakness] of KEYS) {
  test(`a key ${algorithm} of ${bits ?? "no"} bits: ${weakness === "" ? "nothing wrong" : weakness}`, () =>
    assert.equal(words(keyWeaknesses({ algorithm, bits })), weakness));
}

test("of the hashes, MD5 and RIPEMD-160 are broken and SHA-1 is weak", () => {
  const found = [1, 2, 3, 8, 9, 10, 11, 12, 14].map((id) => words(hashWeaknesses(id)));
  assert.deepEqual(found, ["md5 broken", "sha1 weak", "ripemd160 broken", "", "", "", "", "", ""]);
});
