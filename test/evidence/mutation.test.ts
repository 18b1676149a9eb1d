import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { parseArtifactFileName } from "../../daemon/core/artifact-name.ts";
import { unixMs } from "../../daemon/core/time.ts";
import { gatherEvidence } from "../../daemon/evidence/gather.ts";
import type { Gathered } from "../../daemon/evidence/gathering.ts";

const VECTORS = "test/vectors";
const NOW = unixMs(Date.parse("2026-06-01T00:00:00Z"));
const RUNS = 400;
const folder = mkdtempSync(join(tmpdir(), "tofu-mutation-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Binary or armored, and both ways through the mathematics. */
const cases = readdirSync(VECTORS)
  .map((name) => join(VECTORS, name))
  .filter((path) => existsSync(join(path, "pinned.asc")) && !path.includes("58-") && !path.includes("62-"))
  .map((path) => ({
    artifact: readFileSync(join(path, "artifact")),
    pinned: readFileSync(join(path, "pinned.asc")),
    signature: ["artifact.asc", "artifact.sig"].map((name) => join(path, name)).find((file) => existsSync(file)),
  }))
  .flatMap(({ signature, ...rest }) =>
    signature === undefined ? [] : [{ ...rest, signature: readFileSync(signature) }],
  );

const edit = fc.record({ at: fc.nat(), byte: fc.nat(255), kind: fc.constantFrom("set", "cut", "insert", "flip") });
type Edit = { readonly at: number; readonly byte: number; readonly kind: string };

function mutate(bytes: Uint8Array, edits: readonly Edit[]): Uint8Array {
  let changed = Buffer.from(bytes);
  for (const { at, byte, kind } of edits) {
    const place = changed.length === 0 ? 0 : at % changed.length;
    if (kind === "cut")
      changed = Buffer.concat([changed.subarray(0, place), changed.subarray(place + 1 + (byte % 16))]);
    else if (kind === "insert")
      changed = Buffer.concat([changed.subarray(0, place), Buffer.from([byte]), changed.subarray(place)]);
    else if (changed.length > 0) changed[place] = kind === "flip" ? (changed[place] ?? 0) ^ (1 << (byte % 8)) : byte;
  }
  return changed;
}

async function play(
  files: { readonly artifact: Uint8Array; readonly signature: Uint8Array; readonly key: Uint8Array },
  memoryLimitBytes: number,
): Promise<Gathered> {
  const path = join(folder, "artifact");
  writeFileSync(path, files.artifact);
  writeFileSync(`${path}.sig.bin`, files.signature);
  writeFileSync(join(folder, "key.bin"), files.key);
  const fileName = parseArtifactFileName("artifact");
  assert.ok(fileName.ok);
  return gatherEvidence(
    {
      path,
      fileName: fileName.value,
      version: undefined,
      signatures: [`${path}.sig.bin`],
      keys: [join(folder, "key.bin")],
      pinned: [],
      now: NOW,
    },
    {
      storedCertificate: async () => undefined,
      storedPrimaryOf: async () => undefined,
      keyring: undefined,
      onProgress: () => undefined,
    },
    { memoryLimitBytes },
  );
}

test("mutated signatures and certificates throw nothing, and never verify a changed artifact", async () => {
  const edits = fc.array(edit, { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...cases),
      edits,
      edits,
      fc.constantFrom(-1, 1 << 20),
      async (one, forSignature, forKey, limit) => {
        const artifact = Buffer.concat([one.artifact, Buffer.from("!")]);
        const files = { artifact, signature: mutate(one.signature, forSignature), key: mutate(one.pinned, forKey) };
        const { evidence } = await play(files, limit);
        assert.ok(!evidence.signatures.some(({ kind }) => kind === "verified"));
      },
    ),
    { numRuns: RUNS },
  );
});

test("mutated signatures and certificates over the genuine artifact throw nothing", async () => {
  const edits = fc.array(edit, { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...cases), edits, edits, async (one, forSignature, forKey) => {
      await play(
        { artifact: one.artifact, signature: mutate(one.signature, forSignature), key: mutate(one.pinned, forKey) },
        1 << 20,
      );
    }),
    { numRuns: RUNS },
  );
});
