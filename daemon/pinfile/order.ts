import type { ArtifactRow, PackageRows, PinFile, RowStanding, SignerRow, StatementRow } from "./pin-file.ts";
import { formatFileName } from "./values.ts";

/** @returns the same file in the order in which it is written (docs/known_keys.md). */
export function sortPinFile(file: PinFile): PinFile {
  return {
    header: file.header,
    distrusted: sorted(file.distrusted, ({ signer }) => signer),
    packages: sorted(file.packages, ({ name }) => name).map(sortRows),
    certificates: sorted(file.certificates, ({ signer }) => signer),
  };
}

function sortRows(rows: PackageRows): PackageRows {
  return {
    ...rows,
    signers: sorted(rows.signers, signerKey),
    statements: sorted(rows.statements, statementKey),
    artifacts: sorted(rows.artifacts, artifactKey),
  };
}

/**
 * By the text that is written, which is ASCII: then the order of bytes is that of UTF-16 units, whatever the locale.
 *
 * @returns the very same array where there is nothing to sort.
 */
export function sorted<T>(items: readonly T[], key: (item: T) => string): readonly T[] {
  if (items.length < 2) return items;
  return items
    .map((item) => ({ item, key: key(item) }))
    .sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)))
    .map(({ item }) => item);
}

export function signerKey({ signer, standing }: SignerRow): string {
  return `${standingRank(standing)} ${signer}`;
}

export function statementKey({ seq, sha256 }: StatementRow): string {
  return `${String(seq).padStart(6, "0")} ${sha256}`;
}

export function artifactKey({ version, name }: ArtifactRow): string {
  return `${version ?? ""} ${formatFileName(name)}`;
}

function standingRank(standing: RowStanding): number {
  switch (standing.kind) {
    case "active":
    case "frozen":
    case "contested":
      return 0;
    case "retired":
      return 1;
    case "revoked":
      return 2;
    case "distrusted":
      return 3;
  }
}
