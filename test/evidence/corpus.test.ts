import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { readKey } from "openpgp";
import { parseArtifactFileName } from "../../daemon/core/artifact-name.ts";
import type { SignatureEvidence, VerifiedSignature } from "../../daemon/core/evidence.ts";
import { type UnixMs, unixMs } from "../../daemon/core/time.ts";
import { gatherEvidence } from "../../daemon/evidence/gather.ts";
import type { Gathered, GatherWorld } from "../../daemon/evidence/gathering.ts";
import { MATHEMATICS_CONFIG } from "../../daemon/evidence/mathematics.ts";

interface Release {
  readonly package: string;
  readonly version: string;
  readonly artifact: string;
  readonly signature: string;
  readonly keyring: string | null;
  readonly gpgv_status: readonly string[];
}

const FOLDER = "test/corpus";
/** When gpgv was asked (test/corpus/README.md). */
const NOW: UnixMs = unixMs(Date.parse("2026-11-21T00:00:00Z"));

// The manifest is ours, with the fields that its README names.
const manifest = JSON.parse(readFileSync(join(FOLDER, "manifest.json"), "utf8")) as Release[];
const releases = manifest.filter(({ gpgv_status }) => gpgv_status.length > 0);

for (const release of releases) {
  for (const memoryLimitBytes of [1 << 30, -1]) {
    const way = memoryLimitBytes < 0 ? "by digest" : "from memory";
    test(`${release.package} ${release.version}, ${way}: every signature as gpgv saw it`, async () => {
      const { evidence } = await gather(release, memoryLimitBytes);
      const seen = packets(evidence.signatures).map(asGpgv);
      // gpgv stops after a bad signature.
      const wanted = release.gpgv_status.map((status, index) => (status === "NOT_REPORTED" ? seen[index] : status));
      assert.deepEqual(seen, wanted);
    });
  }

  test(`${release.package} ${release.version}: the library, asked with the certificate as stored, entitles the same keys`, async () => {
    const { certificates } = await gather(release, 1 << 20);
    const stored = new Map(certificates.map(({ primary, bytes }) => [primary, bytes]));
    const owners = new Map(certificates.flatMap(({ primary, subkeys }) => subkeys.map((key) => [key, primary])));
    const again = await gather({ ...release, keyring: null }, 1 << 20, {
      storedCertificate: async (primary) => stored.get(primary),
      storedPrimaryOf: async (subkey) => owners.get(subkey),
    });
    for (const signature of again.evidence.signatures) {
      if (
        signature.kind === "verified" &&
        signature.standing.kind === "entitled" &&
        !signature.standing.selfSignatureNewer
      ) {
        assert.equal(await libraryEntitles(again, signature), signature.signingKey.toLowerCase());
      }
    }
    const verified = ({ kind }: SignatureEvidence): boolean => kind === "verified";
    const before = (await gather(release, 1 << 20)).evidence.signatures.filter(verified);
    assert.equal(again.evidence.signatures.filter(verified).length, before.length);
    assert.ok(again.evidence.certificates.every(({ changed }) => !changed));
  });
}

async function gather(
  release: Release,
  memoryLimitBytes: number,
  journal: Partial<GatherWorld> = {},
): Promise<Gathered> {
  const fileName = parseArtifactFileName(basename(release.artifact));
  assert.ok(fileName.ok);
  return gatherEvidence(
    {
      path: join(FOLDER, release.artifact),
      fileName: fileName.value,
      version: undefined,
      signatures: [join(FOLDER, release.signature)],
      keys: release.keyring === null ? [] : [join(FOLDER, release.keyring)],
      pinned: [],
      now: NOW,
    },
    {
      storedCertificate: async () => undefined,
      storedPrimaryOf: async () => undefined,
      keyring: undefined,
      onProgress: () => undefined,
      ...journal,
    },
    { memoryLimitBytes },
  );
}

function packets(signatures: readonly SignatureEvidence[]): readonly (readonly SignatureEvidence[])[] {
  const byPacket = new Map<number, SignatureEvidence[]>();
  for (const signature of signatures) {
    byPacket.set(signature.packet, [...(byPacket.get(signature.packet) ?? []), signature]);
  }
  return [...byPacket.values()];
}

function asGpgv(entries: readonly SignatureEvidence[]): string {
  const verified = entries.find((entry) => entry.kind === "verified");
  if (verified === undefined) return entries[0]?.kind === "mismatched" ? "BADSIG" : "NO_PUBKEY";
  assert.ok(["entitled", "primary-expired", "subkey-expired"].includes(verified.standing.kind), verified.standing.kind);
  return verified.keyExpiry !== undefined && verified.keyExpiry.at <= NOW ? "EXPKEYSIG" : "GOODSIG";
}

async function libraryEntitles(gathered: Gathered, signature: VerifiedSignature): Promise<string> {
  const stored = gathered.certificates.find(({ signer }) => signer === signature.signer);
  assert.ok(stored !== undefined);
  const key = await readKey({ binaryKey: stored.bytes, config: MATHEMATICS_CONFIG });
  const id = key
    .getKeys()
    .find((one) => one.getFingerprint().toUpperCase() === signature.signingKey)
    ?.getKeyID();
  const entitled = await key.getSigningKey(id, new Date(signature.createdAt), undefined, MATHEMATICS_CONFIG);
  return entitled.getFingerprint();
}
