import { walkKeyring } from "../certificates/keyring-walk.ts";
import type { Fingerprint } from "../core/fingerprint.ts";
import type { PackageName } from "../core/package-name.ts";
import type { Sha256 } from "../core/sha256.ts";
import { fingerprintOf, type SignerId } from "../core/signer.ts";
import type { UnixMs } from "../core/time.ts";
import type { PackageRows, SignerRow } from "../pinfile/pin-file.ts";
import type { LayerFile } from "./layer-file.ts";

/** What one of the machine's files says of a package. */
export interface LayerRows {
  readonly file: LayerFile;
  readonly rows: PackageRows;
}

/** The machine's pin files as they were at one moment, with what is asked of them. Nothing here depends on the time. */
export interface Layer {
  readonly files: readonly LayerFile[];
  /** Every package that a file names, in byte order. */
  readonly packages: readonly PackageName[];
  /** @returns what the files say of a package, in the order of the files; expired ones too. */
  readonly rowsOf: (name: PackageName) => readonly LayerRows[];
  /** Whom the files distrust in every package. */
  readonly distrusted: readonly { readonly file: LayerFile; readonly row: SignerRow }[];
  /** @returns every copy of a certificate that the files bring. */
  readonly certificates: (primary: Fingerprint) => readonly Uint8Array[];
  /** @returns the certificate that lists this subkey, of those that the files bring. */
  readonly primaryOf: (subkey: Fingerprint) => Fingerprint | undefined;
  readonly packagesOfSigner: (signer: SignerId) => readonly PackageName[];
  readonly packagesOfArtifact: (sha256: Sha256) => readonly PackageName[];
}

/** @returns whether a file's time is over: then it counts as absent (rules.md, row 76). */
export function isExpired({ pins }: LayerFile, now: UnixMs): boolean {
  return pins.header?.expires !== undefined && now >= pins.header.expires;
}

/** Indexes are made when they are first asked for: most questions are about one package. */
export function createLayer(files: readonly LayerFile[]): Layer {
  const byName = lazily(() => indexRows(files));
  const bySigner = lazily(() => index(byName().values(), ({ rows }) => rows.signers.map(({ signer }) => signer)));
  const byDigest = lazily(() => index(byName().values(), ({ rows }) => rows.artifacts.map(({ sha256 }) => sha256)));
  const certificates = lazily(() => indexCertificates(files));
  const primaries = lazily(() => indexSubkeys([...certificates().values()].flat()));
  const packages = lazily(() => [...byName().keys()].sort());
  return {
    files,
    get packages() {
      return packages();
    },
    rowsOf: (name) => byName().get(name) ?? [],
    distrusted: files.flatMap((file) => file.pins.distrusted.map((row) => ({ file, row }))),
    certificates: (primary) => certificates().get(primary) ?? [],
    primaryOf: (subkey) => primaries().get(subkey),
    packagesOfSigner: (signer) => [...(bySigner().get(signer) ?? [])].sort(),
    packagesOfArtifact: (sha256) => [...(byDigest().get(sha256) ?? [])].sort(),
  };
}

/** A machine without such files. */
export const NO_LAYER: Layer = createLayer([]);

function indexRows(files: readonly LayerFile[]): ReadonlyMap<PackageName, readonly LayerRows[]> {
  const found = new Map<PackageName, readonly LayerRows[]>();
  for (const file of files) {
    for (const rows of file.pins.packages) found.set(rows.name, [...(found.get(rows.name) ?? []), { file, rows }]);
  }
  return found;
}

function index<K>(
  all: Iterable<readonly LayerRows[]>,
  keysOf: (rows: LayerRows) => readonly K[],
): ReadonlyMap<K, ReadonlySet<PackageName>> {
  const found = new Map<K, Set<PackageName>>();
  for (const each of all) {
    for (const one of each) {
      for (const key of keysOf(one)) {
        const names = found.get(key) ?? new Set();
        found.set(key, names.add(one.rows.name));
      }
    }
  }
  return found;
}

function indexCertificates(files: readonly LayerFile[]): ReadonlyMap<Fingerprint, readonly Uint8Array[]> {
  const found = new Map<Fingerprint, readonly Uint8Array[]>();
  for (const { signer, bytes } of files.flatMap(({ pins }) => pins.certificates)) {
    const primary = fingerprintOf(signer);
    if (primary !== undefined) found.set(primary, [...(found.get(primary) ?? []), bytes]);
  }
  return found;
}

/** Only headers are read. Of two certificates that claim one subkey the first is asked; whether it is bound is for the evidence. */
function indexSubkeys(certificates: readonly Uint8Array[]): ReadonlyMap<Fingerprint, Fingerprint> {
  const found = new Map<Fingerprint, Fingerprint>();
  for (const { primary, keys } of certificates.flatMap((bytes) => walkKeyring(bytes).certificates)) {
    for (const key of keys) if (key !== primary && !found.has(key)) found.set(key, primary);
  }
  return found;
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
