import { createHash } from "node:crypto";
import { type ChainPart, cutChainFile } from "../core/chain-file.ts";
import type { PackageName } from "../core/package-name.ts";
import { parseSha256, type Sha256 } from "../core/sha256.ts";
import { parseStatement } from "../core/statement.ts";
import { normaliseTransport } from "../core/statement-text.ts";
import { type ChainRow, type PackageRows, PinFileFault, type StatementRow } from "./pin-file.ts";

/** A row and the line that it was read from. */
export interface Placed<T> {
  readonly row: T;
  readonly line: number;
}

/**
 * Reads what a `@statement` line carries: one statement and its signature blocks. Signatures are for the evidence to
 * verify; here only the grammar and the number count.
 */
export function readStatementRow(name: PackageName, seq: number, bytes: Uint8Array): StatementRow {
  const { parts, fault } = cutChainFile(bytes);
  const [part] = parts;
  if (fault !== undefined || part === undefined || parts.length !== 1) {
    throw new PinFileFault("chain", "not one statement with its signatures");
  }
  return rowOf(name, seq, part, bytes);
}

function rowOf(name: PackageName, seq: number, part: ChainPart, bytes: Uint8Array): StatementRow {
  const text = normaliseTransport(part.statement);
  const parsed = parseStatement(text);
  if (!parsed.ok) throw new PinFileFault("chain", `statement line ${parsed.error.line}: ${parsed.error.what}`);
  const statement = parsed.value;
  if (statement.seq !== seq) throw new PinFileFault("chain", `statement has seq ${statement.seq}`);
  if (!statement.packages.includes(name)) throw new PinFileFault("chain", "statement of another package");
  return { seq, sha256: sha256Of(text), statement, bytes };
}

/**
 * Checks that a chain is whole (rules.md, row 71b): its head is there, and from every statement the digests lead back to
 * a first one. Statements beside the way to the head are competitors: evidence that travels (rules.md, 4.6).
 *
 * @throws PinFileFault with the line of `@chain` for what is missing, else with the line of the statement.
 */
export function checkChain(chain: Placed<ChainRow> | undefined, statements: readonly Placed<StatementRow>[]): void {
  const [first] = statements;
  if (chain === undefined) {
    if (first !== undefined) throw new PinFileFault("chain", "@statement without @chain", first.line);
    return;
  }
  const byDigest = new Map(statements.map(({ row }) => [row.sha256, row]));
  for (const { row, line } of statements) {
    const { previous } = row.statement;
    const before = previous === undefined ? undefined : byDigest.get(previous);
    if (previous === undefined) continue;
    if (before === undefined) throw new PinFileFault("chain", `statement ${row.seq - 1} is missing`, chain.line);
    if (before.seq !== row.seq - 1) throw new PinFileFault("chain", `statement ${row.seq} follows ${before.seq}`, line);
  }
  const head = byDigest.get(chain.row.head);
  if (head === undefined) throw new PinFileFault("chain", `statement ${chain.row.seq} is missing`, chain.line);
  if (head.seq !== chain.row.seq) throw new PinFileFault("chain", `the head has seq ${head.seq}`, chain.line);
}

/** @returns the package's chain as a chain file, to be verified as one that was found elsewhere; without competitors. */
export function chainFileOf(rows: PackageRows): Uint8Array {
  return chainFileTo(rows, rows.chain?.head);
}

/** @returns the chain as {@link chainFileOf}, and then one file for each competitor: the way to it from the first. */
export function chainFilesOf(rows: PackageRows): readonly Uint8Array[] {
  const followed = new Set(rows.statements.map(({ statement }) => statement.previous));
  const leaves = rows.statements.filter(({ sha256 }) => !followed.has(sha256) && sha256 !== rows.chain?.head);
  return [chainFileOf(rows), ...leaves.map(({ sha256 }) => chainFileTo(rows, sha256))];
}

function chainFileTo(rows: PackageRows, head: Sha256 | undefined): Uint8Array {
  const byDigest = new Map(rows.statements.map((row) => [row.sha256, row]));
  const parts: Uint8Array[] = [];
  let at = head === undefined ? undefined : byDigest.get(head);
  while (at !== undefined) {
    parts.push(at.bytes.at(-1) === LF ? at.bytes : Buffer.concat([at.bytes, Buffer.of(LF)]));
    at = at.statement.previous === undefined ? undefined : byDigest.get(at.statement.previous);
  }
  return new Uint8Array(Buffer.concat(parts.reverse()));
}

const LF = 0x0a;

function sha256Of(bytes: Uint8Array): Sha256 {
  const parsed = parseSha256(createHash("sha256").update(bytes).digest("hex"));
  if (!parsed.ok) throw new Error("a digest that is none");
  return parsed.value;
}
