import type { Fingerprint } from "../core/fingerprint.ts";
import type { GatherWorld } from "../evidence/gathering.ts";

export type CertificateSources = Omit<GatherWorld, "onProgress" | "hashers" | "gone">;

/** The sources of certificates, with a note of what the journal answered: evidence that rests on it may be used later. */
export class NotedSources {
  /** To be asked instead of the sources themselves. */
  readonly sources: CertificateSources;
  readonly #original: CertificateSources;
  readonly #certificates = new Map<Fingerprint, Uint8Array | undefined>();
  readonly #primaries = new Map<Fingerprint, Fingerprint | undefined>();

  constructor(original: CertificateSources) {
    this.#original = original;
    this.sources = {
      ...original,
      storedCertificate: async (primary) => {
        const bytes = await original.storedCertificate(primary);
        this.#certificates.set(primary, bytes);
        return bytes;
      },
      storedPrimaryOf: async (subkey) => {
        const primary = await original.storedPrimaryOf(subkey);
        this.#primaries.set(subkey, primary);
        return primary;
      },
    };
  }

  /** @returns whether the journal would answer everything as it did. */
  async isUnchanged(): Promise<boolean> {
    for (const [primary, bytes] of this.#certificates)
      if (!isSame(await this.#original.storedCertificate(primary), bytes)) return false;
    for (const [subkey, primary] of this.#primaries)
      if ((await this.#original.storedPrimaryOf(subkey)) !== primary) return false;
    return true;
  }
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : Buffer.compare(a, b) === 0;
}
