import fc from "fast-check";
import type { PackageName } from "../../daemon/core/package-name.ts";
import { parsePackageName } from "../../daemon/core/package-name.ts";
import type { Result } from "../../daemon/core/result.ts";
import { parseSigner, type SignerId } from "../../daemon/core/signer.ts";
import { formatStatement, type Statement } from "../../daemon/core/statement.ts";
import { unixMs } from "../../daemon/core/time.ts";
import { sortPinFile } from "../../daemon/pinfile/order.ts";
import type {
  ArtifactRow,
  PackageRows,
  PinFile,
  RowStanding,
  SignerRow,
  StatementRow,
} from "../../daemon/pinfile/pin-file.ts";
import { readStatementRow } from "../../daemon/pinfile/statements.ts";
import { readDigest, readFileName, readVersion } from "../../daemon/pinfile/values.ts";

/** @returns the value of a result that a test knows to be good. */
export function must<T>(result: Result<T, unknown> | T | undefined): T {
  if (result === undefined) throw new Error("no value");
  if (typeof result !== "object" || result === null || !("ok" in result)) return result as T;
  const known = result as Result<T, unknown>;
  if (!known.ok) throw new Error(JSON.stringify(known.error));
  return known.value;
}

export const ALICE = "openpgp:1A2B3C4D5E6F708192A3B4C5D6E7F8091A2B3C4D";
export const BOB = "openpgp:FEDCBA9876543210FEDCBA9876543210FEDCBA98";

/** @returns a chain of statements over one package, each with a block that nobody verifies here. */
export function chainOf(name: PackageName, length: number, reason = "routine"): readonly StatementRow[] {
  const rows: StatementRow[] = [];
  for (let seq = 1; seq <= length; seq += 1) {
    const statement: Statement = {
      packages: [name],
      seq,
      previous: rows.at(-1)?.sha256,
      issued: unixMs(1_700_000_000_000 + seq * 1000),
      notBefore: undefined,
      keys: [{ signer: signer(ALICE), roles: new Set(["release", "handover"] as const) }],
      recovery: [],
      threshold: { release: 1, handover: 1 },
      removed: [],
      vouches: [],
      locations: [],
      notes: [],
      reason,
    };
    rows.push(statementRow(name, statement));
  }
  return rows;
}

export function statementRow(name: PackageName, statement: Statement): StatementRow {
  const block = "-----BEGIN PGP SIGNATURE-----\n\niHUEABYKAB0WIQ\n-----END PGP SIGNATURE-----\n";
  const bytes = new Uint8Array(Buffer.concat([formatStatement(statement), Buffer.from(block)]));
  return readStatementRow(name, statement.seq, bytes);
}

export function signer(text: string): SignerId {
  return must(parseSigner(text));
}

export function packageName(text: string): PackageName {
  return must(parsePackageName(text));
}

const hex = (digits: number): fc.Arbitrary<string> =>
  fc.string({ minLength: digits, maxLength: digits, unit: fc.constantFrom(..."0123456789ABCDEF") });
const sha256 = hex(64).map((text) => must(readDigest(`sha256:${text}`)));
const time = fc.integer({ min: 0, max: 4_000_000_000_000 }).map(unixMs);
const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });
const signerArbitrary = fc.oneof(
  hex(40).map((digits) => signer(`openpgp:${digits}`)),
  hex(64).map((digits) => signer(`openpgp:${digits}`)),
  hex(43).map((digits) => signer(`ssh:SHA256:${digits}`)),
  hex(16).map((digits) => signer(`minisign:${digits}`)),
  hex(4).map((word) => signer(`sigstore:https://issuer.example/${word},owner/${word},.github%2Fw.yml`)),
);
const nameArbitrary = fc
  .tuple(
    fc.constantFrom("pypi", "generic", "maven", "npm", "cargo"),
    fc.stringMatching(/^[a-z][a-z0-9]{0,9}$/).filter((word) => word !== "*"),
  )
  .map(([type, word]) => packageName(`pkg:${type}/${word}`));
const count = fc.integer({ min: 0, max: 999_999_999 });
const standing: fc.Arbitrary<RowStanding> = fc.oneof(
  fc.constant({ kind: "active" } as const),
  fc.constantFrom({ kind: "frozen" } as const, { kind: "contested" } as const),
  fc
    .record({
      kind: fc.constant("retired" as const),
      cutoff: optional(time),
      reason: optional(fc.constantFrom("superseded", "retired", "lost")),
    })
    .map((row) => ({ ...row })),
  fc
    .record({ kind: fc.constant("revoked" as const), hard: fc.boolean(), since: optional(time) })
    .map((row) => ({ ...row })),
  fc.record({ kind: fc.constant("distrusted" as const), since: optional(time) }).map((row) => ({ ...row })),
);
const extras = fc.uniqueArray(
  fc
    .record({ name: hex(3).map((word) => `x-${word}`), value: fc.stringMatching(/^[!-~é]{0,12}$/) })
    .map((row) => ({ ...row })),
  { maxLength: 3, selector: ({ name }) => name },
);
const signerRow: fc.Arbitrary<SignerRow> = fc
  .record({
    signer: signerArbitrary,
    standing,
    roles: fc.subarray(["release", "handover", "recovery"] as const).map((roles) => new Set(roles)),
    basis: optional(
      fc.oneof(
        fc.constantFrom({ kind: "first-use" } as const, { kind: "trust" } as const),
        fc.integer({ min: 0, max: 999_999 }).map((seq) => ({ kind: "handover", seq }) as const),
      ),
    ),
    times: optional(fc.tuple(time, time)),
    releases: optional(count),
    days: optional(count),
    until: optional(time),
    extras,
  })
  .map(({ times, until, ...row }) => ({
    ...row,
    first: times === undefined ? undefined : unixMs(Math.min(...times)),
    last: times === undefined ? undefined : unixMs(Math.max(...times)),
    until: ["active", "frozen", "contested"].includes(row.standing.kind) ? until : undefined,
    extras: row.extras.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  }));
const artifactRow: fc.Arbitrary<ArtifactRow> = fc
  .record({
    version: optional(fc.stringMatching(/^[0-9]\.[a-z0-9+~.]{0,6}$/).map((text) => asVersion(text))),
    name: fc
      .stringMatching(/^[A-Za-z0-9é%#][ -.0-~é#%]{0,12}$/)
      .map((text) => must(readFileName(encodeURIComponent(text)))),
    sha256,
    unpacked: optional(sha256),
    first: optional(time),
  })
  .map((row) => ({ ...row }));

function asVersion(text: string): NonNullable<ArtifactRow["version"]> {
  const version = must(readVersion(text));
  if (version === "none") throw new Error("no version");
  return version;
}

const rows: fc.Arbitrary<PackageRows> = fc
  .record({
    name: nameArbitrary,
    signers: fc.uniqueArray(signerRow, { minLength: 1, maxLength: 4, selector: (row) => row.signer }),
    policy: optional(
      fc.constantFrom(
        { release: 1, handover: 2 },
        { release: 3, handover: undefined },
        { release: undefined, handover: 1 },
      ),
    ),
    chainLength: fc.integer({ min: 0, max: 3 }),
    artifacts: fc.uniqueArray(artifactRow, { maxLength: 4, selector: ({ version, name }) => `${version}/${name}` }),
  })
  .map(({ chainLength, ...rest }) => {
    const statements = chainOf(rest.name, chainLength);
    const head = statements.at(-1);
    return { ...rest, statements, chain: head === undefined ? undefined : { seq: head.seq, head: head.sha256 } };
  });

/** Files as `parsePinFile` returns them: sorted, each thing once. */
export const pinFileArbitrary: fc.Arbitrary<PinFile> = fc
  .record({
    header: optional(
      fc
        .record({
          serial: optional(fc.integer({ min: 0, max: 999_999_999_999 })),
          created: optional(time),
          expires: optional(time),
        })
        .map((row) => ({ ...row })),
    ),
    distrusted: fc.uniqueArray(
      signerRow.map((row) => ({
        ...row,
        standing: { kind: "distrusted", since: row.first } as const,
        until: undefined,
      })),
      { maxLength: 3, selector: (row) => row.signer },
    ),
    packages: fc.uniqueArray(rows, { maxLength: 5, selector: ({ name }) => name }),
    certificates: fc.uniqueArray(
      fc
        .record({
          signer: hex(40).map((digits) => signer(`openpgp:${digits}`)),
          bytes: fc.uint8Array({ minLength: 1, maxLength: 60 }),
        })
        .map((row) => ({ ...row })),
      { maxLength: 3, selector: (row) => row.signer },
    ),
  })
  .map(sortPinFile);
