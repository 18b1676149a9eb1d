import { isDeepStrictEqual } from "node:util";
import type { PackageName } from "../core/package-name.ts";
import { artifactKey, signerKey, sorted, statementKey } from "./order.ts";
import {
  type ArtifactRow,
  type CertificateRow,
  type ChainRow,
  type PackageRows,
  type PinFile,
  PinFileFault,
  type PinFileHeader,
  type PolicyRow,
  type SignerRow,
  type StatementRow,
} from "./pin-file.ts";
import { checkChain, type Placed } from "./statements.ts";

/** One row of a package, as a line gives it. */
export type PackageRow =
  | { readonly kind: "signer"; readonly row: SignerRow }
  | { readonly kind: "policy"; readonly row: PolicyRow }
  | { readonly kind: "chain"; readonly row: ChainRow }
  | { readonly kind: "statement"; readonly row: StatementRow }
  | { readonly kind: "artifact"; readonly row: ArtifactRow };

/** Rows of one package in the order of their lines. Most packages have one: lists are made when they are needed. */
interface Draft {
  signers: Placed<SignerRow>[];
  policies: Placed<PolicyRow>[] | undefined;
  chains: Placed<ChainRow>[] | undefined;
  statements: Placed<StatementRow>[] | undefined;
  artifacts: Placed<ArtifactRow>[] | undefined;
}

/** Takes the rows of a file line by line, and makes the file of them when the last is read. */
export class Collector {
  readonly #packages: Map<PackageName, Draft> = new Map();
  readonly #distrusted: Placed<SignerRow>[] = [];
  readonly #certificates: Placed<CertificateRow>[] = [];

  addDistrusted(row: SignerRow, line: number): void {
    this.#distrusted.push({ row, line });
  }

  addCertificate(row: CertificateRow, line: number): void {
    this.#certificates.push({ row, line });
  }

  add(name: PackageName, { kind, row }: PackageRow, line: number): void {
    const known = this.#packages.get(name);
    if (known === undefined && kind === "signer") {
      this.#packages.set(name, draftOf([{ row, line }]));
      return;
    }
    const draft = known ?? draftOf([]);
    if (known === undefined) this.#packages.set(name, draft);
    switch (kind) {
      case "signer":
        draft.signers.push({ row, line });
        break;
      case "policy":
        draft.policies ??= [];
        draft.policies.push({ row, line });
        break;
      case "chain":
        draft.chains ??= [];
        draft.chains.push({ row, line });
        break;
      case "statement":
        draft.statements ??= [];
        draft.statements.push({ row, line });
        break;
      case "artifact":
        draft.artifacts ??= [];
        draft.artifacts.push({ row, line });
        break;
    }
  }

  /** @throws PinFileFault with the first line that contradicts an earlier one, or whose chain is not whole. */
  finish(header: PinFileHeader | undefined): PinFile {
    const faults: PinFileFault[] = [];
    const attempt = <T>(make: () => T): T | undefined => {
      try {
        return make();
      } catch (fault) {
        if (!(fault instanceof PinFileFault)) throw fault;
        faults.push(fault);
        return undefined;
      }
    };
    const names = [...this.#packages.keys()].sort();
    const packages: PackageRows[] = [];
    for (const name of names) {
      const rows = attempt(() => rowsOf(name, this.#packages.get(name) ?? draftOf([])));
      if (rows !== undefined) packages.push(rows);
      this.#packages.delete(name);
    }
    const distrusted = attempt(() => unique(this.#distrusted, ({ signer }) => signer)) ?? [];
    const certificates = attempt(() => unique(this.#certificates, ({ signer }) => signer)) ?? [];
    const [first] = faults.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0));
    if (first !== undefined) throw first;
    return { header, distrusted, packages, certificates };
  }
}

/** A list that is made with its one row takes a seventh of the memory of one that it is pushed onto. */
function draftOf(signers: Placed<SignerRow>[]): Draft {
  return { signers, policies: undefined, chains: undefined, statements: undefined, artifacts: undefined };
}

/** Shared by all packages that have none. */
const NONE: readonly never[] = [];

function rowsOf(name: PackageName, draft: Draft): PackageRows {
  const { policies, chains, statements = [], artifacts } = draft;
  const [policy] = policies === undefined ? NONE : unique(policies, () => "@policy");
  const [chain] = chains === undefined ? NONE : unique(chains, () => "@chain");
  checkChain(chain === undefined ? undefined : { row: chain, line: chains?.[0]?.line ?? 0 }, statements);
  return {
    name,
    // Once a package: a signer can't be pinned and retired in one file.
    signers: sorted(
      unique(draft.signers, ({ signer }) => signer),
      signerKey,
    ),
    policy,
    chain,
    statements: statements.length === 0 ? NONE : unique(statements, statementKey),
    artifacts: artifacts === undefined ? NONE : unique(artifacts, artifactKey),
  };
}

/**
 * @returns the rows sorted by their key, those that were written twice once.
 * @throws PinFileFault with the later line of two that have one key and say different things.
 */
function unique<T>(placed: readonly Placed<T>[], key: (row: T) => string): readonly T[] {
  const [only] = placed;
  if (only !== undefined && placed.length === 1) return [only.row];
  const rows: T[] = [];
  let last: { readonly key: string; readonly placed: Placed<T> } | undefined;
  for (const next of sorted(placed, ({ row }) => key(row))) {
    const nextKey = key(next.row);
    if (last?.key !== nextKey) {
      rows.push(next.row);
      last = { key: nextKey, placed: next };
    } else if (!isDeepStrictEqual(last.placed.row, next.row)) {
      const { line } = last.placed;
      throw new PinFileFault("contradiction", `line ${line} says something else of the same`, next.line);
    }
  }
  return rows;
}
