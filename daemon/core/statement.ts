import type { PackageName } from "./package-name.ts";
import { ok, type Result } from "./result.ts";
import type { Sha256 } from "./sha256.ts";
import type { SignerId } from "./signer.ts";
import { emptyDraft, fieldReader, type StatementDraft } from "./statement-draft.ts";
import { asciiBytes, fail, type StatementError, splitStatement } from "./statement-text.ts";
import {
  formatKey,
  formatPrevious,
  formatRemoval,
  formatSeconds,
  formatVouch,
  type HttpsUrl,
  type Removal,
  type StatementKey,
  type StatementNote,
  type Vouch,
} from "./statement-value.ts";
import type { UnixMs } from "./time.ts";

/**
 * What a handover statement says: the whole new state of a package's signers (rules.md, section 4.2). Only the grammar
 * was checked; who must have signed it, and whether it fits the state before, is for the judge to say (section 4.3).
 * No signer is listed twice as key, as recovery key or as removed, and `previous` is `undefined` exactly where `seq` is 1.
 */
export interface Statement {
  /** The names this chain speaks for; 1 to 16. */
  readonly packages: readonly PackageName[];
  readonly seq: number;
  /** SHA-256 of the bytes of the statement before; `undefined` for the first. */
  readonly previous: Sha256 | undefined;
  readonly issued: UnixMs;
  readonly notBefore: UnixMs | undefined;
  readonly keys: readonly StatementKey[];
  readonly recovery: readonly SignerId[];
  readonly threshold: { readonly release: number; readonly handover: number };
  readonly removed: readonly Removal[];
  readonly vouches: readonly Vouch[];
  readonly locations: readonly HttpsUrl[];
  /** Kept and ignored. */
  readonly notes: readonly StatementNote[];
  /** For people; printable ASCII. */
  readonly reason: string;
}

const MAX_PACKAGES = 16;
const FIRST_LINE = "tofu-handover 1";
const LAST_LINE = "end";

/**
 * Reads a statement, whose lines may stand in any order between the first and the last.
 *
 * @param bytes - as `normaliseTransport` returns them: these very bytes are what is hashed and what signatures cover.
 */
export function parseStatement(bytes: Uint8Array): Result<Statement, StatementError> {
  const lines = splitStatement(bytes);
  if (!lines.ok) return lines;
  const last = lines.value.length;
  if (lines.value[0] !== FIRST_LINE) return fail("first-line", 1, `the first line is not "${FIRST_LINE}"`);
  if (lines.value[last - 1] !== LAST_LINE) return fail("last-line", last, `the last line is not "${LAST_LINE}"`);
  const draft = emptyDraft();
  // Where each (name, subject) was read.
  const seen = new Map<string, number>();
  for (const [index, text] of lines.value.slice(1, -1).entries()) {
    const error = readLine(draft, seen, text, index + 2);
    if (error !== undefined) return error;
  }
  return complete(draft, { previous: seen.get("prev ") ?? last, last });
}

/**
 * @returns the statement's bytes in the order of the table in rules.md, section 4.2, repeated lines sorted by bytes.
 * Bounds are the parser's business: whoever makes a statement parses what this returns before showing it to anybody.
 */
export function formatStatement(statement: Statement): Uint8Array {
  const { threshold, notBefore } = statement;
  const lines = [
    FIRST_LINE,
    ...sorted("package", statement.packages),
    `seq ${statement.seq}`,
    `prev ${formatPrevious(statement.previous)}`,
    `issued ${formatSeconds(statement.issued)}`,
    ...(notBefore === undefined ? [] : [`not-before ${formatSeconds(notBefore)}`]),
    ...sorted("key", statement.keys.map(formatKey)),
    ...sorted("recovery", statement.recovery),
    `threshold handover ${threshold.handover}`,
    `threshold release ${threshold.release}`,
    ...sorted("remove", statement.removed.map(formatRemoval)),
    ...sorted("vouch", statement.vouches.map(formatVouch)),
    ...sorted("location", statement.locations),
    ...statement.notes.map(({ name, text }) => `note-${name} ${text}`).sort(),
    `reason ${statement.reason}`,
    LAST_LINE,
  ];
  return asciiBytes(`${lines.join("\n")}\n`);
}

/** ASCII sorts by UTF-16 units as it does by bytes. */
function sorted(name: string, values: readonly string[]): readonly string[] {
  return values.map((value) => `${name} ${value}`).sort();
}

function readLine(
  draft: StatementDraft,
  seen: Map<string, number>,
  text: string,
  line: number,
): { readonly ok: false; readonly error: StatementError } | undefined {
  const space = text.indexOf(" ");
  if (space < 1) return fail("no-value", line, text.trimStart());
  const name = text.slice(0, space);
  const read = fieldReader(name);
  if (read === undefined) return fail("unknown-field", line, name);
  const subject = read(draft, text.slice(space + 1));
  if (subject === undefined) return fail("bad-value", line, name);
  const place = `${name} ${subject}`;
  if (seen.has(place)) return fail("duplicate", line, subject === "" ? name : place);
  seen.set(place, line);
  return draft.packages.length > MAX_PACKAGES
    ? fail("bad-value", line, `more than ${MAX_PACKAGES} packages`)
    : undefined;
}

/** @param lines - where `prev` stands, and where the text ends. */
function complete(
  draft: StatementDraft,
  lines: { readonly previous: number; readonly last: number },
): Result<Statement, StatementError> {
  const [seq] = draft.seq;
  const [previous] = draft.previous;
  const [issued] = draft.issued;
  const [reason] = draft.reason;
  const handover = draft.thresholds.find(({ role }) => role === "handover")?.count;
  const release = draft.thresholds.find(({ role }) => role === "release")?.count;
  const missing = (what: string): Result<Statement, StatementError> => fail("missing", lines.last, what);
  if (draft.packages.length === 0) return missing("package");
  if (seq === undefined) return missing("seq");
  if (previous === undefined) return missing("prev");
  if (issued === undefined) return missing("issued");
  if (draft.keys.length === 0) return missing("key");
  if (handover === undefined) return missing("threshold handover");
  if (release === undefined) return missing("threshold release");
  if (reason === undefined) return missing("reason");
  // `none` belongs to seq 1 and to no other: nothing comes before the first, and something before every other.
  if ((previous === "none") !== (seq === 1)) return fail("bad-value", lines.previous, "prev");
  return ok({
    packages: draft.packages,
    seq,
    previous: previous === "none" ? undefined : previous,
    issued,
    notBefore: draft.notBefore[0],
    keys: draft.keys,
    recovery: draft.recovery,
    threshold: { release, handover },
    removed: draft.removed,
    vouches: draft.vouches,
    locations: draft.locations,
    notes: draft.notes,
    reason,
  });
}
