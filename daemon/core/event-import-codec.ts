import { boolean, type Codec, integer, list, oneOf, optional, record, text } from "./codec.ts";
import { fileNameCodec, sha256Codec, signerCodec, timeCodec, versionCodec } from "./codecs.ts";
import type { Import, ImportArtifact, ImportRow, ImportThreshold, PinFileRead } from "./event-import.ts";

/** Signers and artifacts that one event holds; a package that has more gets several events in one append. */
export const MAX_IMPORT_ROWS = 200;
export const MAX_IMPORT_ARTIFACTS = 200;
/** Longest name of a pin file that an event keeps, in UTF-16 units. */
export const MAX_IMPORT_LABEL = 255;
const MAX_COUNT = 1_000_000_000;
const MAX_EXTRAS = 16;
const MAX_EXTRA = 400;
const MAX_BASIS = 40;

const count = optional(integer(0, MAX_COUNT));
const time = optional(timeCodec);

const rowCodec: Codec<ImportRow> = record<ImportRow>({
  key: signerCodec,
  effect: oneOf("taken", "agrees", "stops", "opinion", "none"),
  state: oneOf("active", "frozen", "contested", "retired", "revoked", "distrusted"),
  roles: list(oneOf("release", "handover", "recovery"), 3),
  basis: optional(text(MAX_BASIS)),
  first: time,
  last: time,
  releases: count,
  days: count,
  until: time,
  cutoff: time,
  reason: optional(oneOf("superseded", "retired", "lost")),
  hard: optional(boolean),
  since: time,
  extras: optional(list(text(MAX_EXTRA), MAX_EXTRAS)),
});

const artifactRowCodec: Codec<ImportArtifact> = record<ImportArtifact>({
  name: fileNameCodec,
  version: optional(versionCodec),
  sha256: sha256Codec,
  unpacked: optional(sha256Codec),
  first: time,
});

/** The body of a `pin-file` event. */
export const pinFileCodec: Codec<PinFileRead> = record<PinFileRead>({
  kind: oneOf("pin-file"),
  file: sha256Codec,
  label: text(MAX_IMPORT_LABEL),
  stand: oneOf("unsigned", "stranger", "configured", "layer"),
  signer: optional(signerCodec),
  serial: optional(integer(0, Number.MAX_SAFE_INTEGER)),
  packages: integer(0, Number.MAX_SAFE_INTEGER),
  state: oneOf("begun", "done"),
});

/** The body of an `import` event. */
export const importCodec: Codec<Import> = record<Import>({
  kind: oneOf("import"),
  file: sha256Codec,
  label: text(MAX_IMPORT_LABEL),
  stand: oneOf("unsigned", "stranger", "configured", "layer"),
  signer: optional(signerCodec),
  verdict: oneOf(
    "imported",
    "import-unchanged",
    "handover-applied",
    "import-conflict",
    "hash-differs-from-import",
    "artifact-changed",
  ),
  holds: optional(boolean),
  rows: list(rowCodec, MAX_IMPORT_ROWS),
  here: optional(list(signerCodec, MAX_IMPORT_ROWS)),
  threshold: optional(record<ImportThreshold>({ release: count, handover: count })),
  artifacts: optional(list(artifactRowCodec, MAX_IMPORT_ARTIFACTS)),
});
