import type { PackageName } from "../core/package-name.ts";
import type { Sha256 } from "../core/sha256.ts";
import type { SignerId } from "../core/signer.ts";
import type { GatherWorld } from "../evidence/gathering.ts";
import type { Few } from "../journal/journal.ts";
import type { TofuWorld } from "./world.ts";

/** The two places that know packages: the journal, and the machine's pin files below it. */
export type Known = Pick<TofuWorld, "journal" | "layers">;

/** @returns whether anything is known of a package. */
export async function isKnown({ journal, layers }: Known, name: PackageName): Promise<boolean> {
  return layers.layer.rowsOf(name).length > 0 || (await journal.pin(name)).version > 0;
}

/** Every package that anything is known of, each once, in byte order. */
export async function* knownPackages({ journal, layers }: Known): AsyncGenerator<PackageName, void, void> {
  const { packages } = layers.layer;
  let next = 0;
  for await (const name of journal.packages()) {
    for (let below = packages[next]; below !== undefined && below <= name; below = packages[next]) {
      if (below < name) yield below;
      next += 1;
    }
    yield name;
  }
  yield* packages.slice(next);
}

/** @returns packages of which either place names this signer, in byte order. */
export async function packagesOfSigner(
  { journal, layers }: Known,
  signer: SignerId,
  few?: Few,
): Promise<readonly PackageName[]> {
  return merged(await journal.packagesOfSigner(signer, few), layers.layer.packagesOfSigner(signer), few);
}

/** @returns packages of which either place names these bytes, in byte order. */
export async function packagesOfArtifact(
  { journal, layers }: Known,
  sha256: Sha256,
  few?: Few,
): Promise<readonly PackageName[]> {
  return merged(await journal.packagesOfArtifact(sha256, few), layers.layer.packagesOfArtifact(sha256), few);
}

/** @returns where certificates are asked for: the journal, the machine's pin files, the user's own keyring. */
export function certificateSources(
  { journal, layers, keyring }: Known & Pick<TofuWorld, "keyring">,
  gnupgHome: string | undefined,
): Omit<GatherWorld, "onProgress"> {
  const { layer } = layers;
  return {
    storedCertificate: (primary) => journal.certificate(primary),
    storedPrimaryOf: async (subkey) => (await journal.primaryOf(subkey)) ?? layer.primaryOf(subkey),
    layerCertificates: layer.files.length === 0 ? undefined : (primary) => layer.certificates(primary),
    keyring: (key) => keyring(gnupgHome, key),
  };
}

function merged(
  journal: readonly PackageName[],
  layer: readonly PackageName[],
  few: Few | undefined,
): readonly PackageName[] {
  return layer.length === 0 ? journal : [...new Set([...journal, ...layer])].sort().slice(0, few?.limit);
}
