import type { PackageName } from "./package-name.ts";
import type { Sha256 } from "./sha256.ts";
import type { SignerId } from "./signer.ts";
import {
  type HttpsUrl,
  type Removal,
  readKey,
  readLocation,
  readNumber,
  readPackage,
  readPrevious,
  readReason,
  readRemoval,
  readSigner,
  readThreshold,
  readTime,
  readVouch,
  type StatementKey,
  type StatementNote,
  type ThresholdLine,
  type Vouch,
} from "./statement-value.ts";
import type { UnixMs } from "./time.ts";

/** A statement as far as its lines were read, each list in their order. Fields that stand once are lists of one. */
export interface StatementDraft {
  readonly packages: PackageName[];
  readonly seq: number[];
  readonly previous: (Sha256 | "none")[];
  readonly issued: UnixMs[];
  readonly notBefore: UnixMs[];
  readonly keys: StatementKey[];
  readonly recovery: SignerId[];
  readonly thresholds: ThresholdLine[];
  readonly removed: Removal[];
  readonly vouches: Vouch[];
  readonly locations: HttpsUrl[];
  readonly notes: StatementNote[];
  readonly reason: string[];
}

/**
 * Reads a value and puts it into the draft.
 *
 * @returns its subject, of which a field may have one only, or `undefined` for a value that is not of this field.
 */
export type FieldReader = (draft: StatementDraft, value: string) => string | undefined;

/** The subject of fields that stand once: all their lines have the same. */
const ONCE = "";
const NOTE = /^note-([A-Za-z0-9][A-Za-z0-9._-]{0,63})$/;

/** @returns a draft without any line. */
export function emptyDraft(): StatementDraft {
  return {
    packages: [],
    seq: [],
    previous: [],
    issued: [],
    notBefore: [],
    keys: [],
    recovery: [],
    thresholds: [],
    removed: [],
    vouches: [],
    locations: [],
    notes: [],
    reason: [],
  };
}

/** @returns how to read a field's value, or `undefined` for a field that format 1 does not know. */
export function fieldReader(field: string): FieldReader | undefined {
  const note = NOTE.exec(field)?.[1];
  return note === undefined ? FIELDS.get(field) : noteReader(note);
}

/** The table of rules.md, section 4.2, without the first line and the last. */
const FIELDS: ReadonlyMap<string, FieldReader> = new Map([
  [
    "package",
    reader(
      readPackage,
      (draft) => draft.packages,
      (name) => name,
    ),
  ],
  [
    "seq",
    reader(
      readNumber,
      (draft) => draft.seq,
      () => ONCE,
    ),
  ],
  [
    "prev",
    reader(
      readPrevious,
      (draft) => draft.previous,
      () => ONCE,
    ),
  ],
  [
    "issued",
    reader(
      readTime,
      (draft) => draft.issued,
      () => ONCE,
    ),
  ],
  [
    "not-before",
    reader(
      readTime,
      (draft) => draft.notBefore,
      () => ONCE,
    ),
  ],
  [
    "key",
    reader(
      readKey,
      (draft) => draft.keys,
      ({ signer }) => signer,
    ),
  ],
  [
    "recovery",
    reader(
      readSigner,
      (draft) => draft.recovery,
      (signer) => signer,
    ),
  ],
  [
    "threshold",
    reader(
      readThreshold,
      (draft) => draft.thresholds,
      ({ role }) => role,
    ),
  ],
  [
    "remove",
    reader(
      readRemoval,
      (draft) => draft.removed,
      ({ signer }) => signer,
    ),
  ],
  [
    "vouch",
    reader(
      readVouch,
      (draft) => draft.vouches,
      ({ sha256 }) => sha256,
    ),
  ],
  [
    "location",
    reader(
      readLocation,
      (draft) => draft.locations,
      (url) => url,
    ),
  ],
  [
    "reason",
    reader(
      readReason,
      (draft) => draft.reason,
      () => ONCE,
    ),
  ],
]);

/** A note's subject is its text: only the very same line is there twice. */
function noteReader(name: string): FieldReader {
  return reader(
    (text) => ({ name, text }),
    (draft) => draft.notes,
    ({ text }) => text,
  );
}

function reader<T>(
  read: (value: string) => T | undefined,
  listIn: (draft: StatementDraft) => T[],
  subjectOf: (value: T) => string,
): FieldReader {
  return (draft, text) => {
    const value = read(text);
    if (value === undefined) return undefined;
    listIn(draft).push(value);
    return subjectOf(value);
  };
}
