import { readFile } from "node:fs/promises";
import { findCertificates } from "../../daemon/certificates/certificate-file.ts";
import { mergeWithStored } from "../../daemon/certificates/facts.ts";
import type { Fingerprint } from "../../daemon/core/fingerprint.ts";
import type { SignerId } from "../../daemon/core/signer.ts";
import type { UnixMs } from "../../daemon/core/time.ts";
import type { GatherWorld } from "../../daemon/evidence/gathering.ts";

/** Stored certificates in memory, put there as the use cases put them: merged and minimal. */
export interface Shelf {
  readonly world: GatherWorld;
  readonly signers: readonly SignerId[];
}

/** @returns a world whose journal has the certificates of these files. */
export async function storeCertificates(paths: readonly string[], now: UnixMs): Promise<Shelf> {
  const stored = new Map<Fingerprint, Uint8Array>();
  const bySubkey = new Map<Fingerprint, Fingerprint>();
  const signers: SignerId[] = [];
  for (const path of paths) {
    const { certificates } = findCertificates(new Uint8Array(await readFile(path)));
    for (const raw of certificates) {
      const merged = await mergeWithStored([raw], stored.get(raw.primary), now);
      if (merged === undefined) continue;
      stored.set(raw.primary, merged.gathered.bytes);
      for (const subkey of merged.gathered.subkeys) bySubkey.set(subkey, raw.primary);
      signers.push(merged.gathered.signer);
    }
  }
  const world: GatherWorld = {
    storedCertificate: async (primary) => stored.get(primary),
    storedPrimaryOf: async (subkey) => bySubkey.get(subkey),
    keyring: undefined,
    onProgress: () => undefined,
  };
  return { world, signers };
}
