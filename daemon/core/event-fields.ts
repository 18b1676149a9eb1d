import { boolean, type Codec, integer, list, oneOf, optional, record, text, viaText } from "./codec.ts";
import { fileNameCodec, fingerprintCodec, sha256Codec, signerCodec, timeCodec, versionCodec } from "./codecs.ts";
import type { Claimed, EventArtifact, Resolve, SignedStatement, SignerUse, Source } from "./event.ts";
import type { CertificateSource } from "./evidence.ts";
import { type Allowance, type FirstUsePolicy, formatFirstUse, parseFirstUse, type Requirement } from "./policy.ts";
import { err, ok, type Result } from "./result.ts";
import { parseSha256 } from "./sha256.ts";
import type { SignerId } from "./signer.ts";
import { MAX_STATEMENT_BYTES } from "./statement-text.ts";
import type { VerdictKind } from "./verdict.ts";
import { SAYINGS, SILENCES, WITNESS_KINDS, type WitnessVoice } from "./witness.ts";

/** Longest sentence of a user that an event keeps, in UTF-16 units. */
const MAX_REASON = 4000;
/** Longest word of an event: an algorithm, a terminal, the name of a process. */
const MAX_WORD = 255;
/** Signatures of one artifact that one event keeps. */
const MAX_USES = 64;
/** Signers that one event names beside those that signed. */
const MAX_LISTED = 64;
/** As many as a chain file may hold blocks for one statement. */
const MAX_STATEMENT_SIGNERS = 64;
/** Witnesses of one file that one event keeps. */
export const MAX_WITNESSES = 64;
const MAX_ALLOWANCES = 64;
const MAX_UNSIGNED = 256;
const MAX_THRESHOLD = 100;
const MAX_PID: number = 2 ** 31;

/** Parts that events of several kinds share. */
export const wordCodec: Codec<string> = text(MAX_WORD);
export const reasonCodec: Codec<string> = text(MAX_REASON);
export const listedCodec: Codec<readonly SignerId[]> = list(signerCodec, MAX_LISTED);
export const certificateSourceCodec: Codec<CertificateSource> = oneOf(
  "command-line",
  "beside",
  "journal",
  "keyring",
  "layer",
);

// A table and not a list, so that a verdict which is missing here does not compile.
const VERDICTS: Readonly<Record<VerdictKind, true>> = {
  "first-use": true,
  match: true,
  "match-new-subkey": true,
  "match-plus-unknown": true,
  "match-retired": true,
  "match-handover": true,
  "handover-fork": true,
  "handover-pending": true,
  "handover-contested": true,
  "chain-behind": true,
  "accepted-once": true,
  "unsigned-expected": true,
  unsigned: true,
  "first-use-undecided": true,
  "name-ambiguous": true,
  "retired-signer-unseen": true,
  "revoked-seen": true,
  "expired-key": true,
  "expired-signature": true,
  "future-dated": true,
  "weak-crypto": true,
  "unsigned-older": true,
  renamed: true,
  "older-version": true,
  "first-use-denied": true,
  "unexpected-signer": true,
  "quorum-not-met": true,
  "wrong-role": true,
  distrusted: true,
  "retired-signer": true,
  revoked: true,
  "unsigned-downgrade": true,
  "bad-signature": true,
  "artifact-changed": true,
  "certificate-unavailable": true,
  "unreadable-signature": true,
  unsupported: true,
  "import-conflict": true,
  "hash-differs-from-import": true,
};

/** Every verdict there is, by its name: the keys of a record by VerdictKind are exactly those. */
export const verdictCodec: Codec<VerdictKind> = oneOf(...(Object.keys(VERDICTS) as VerdictKind[]));

export const claimedCodec: Codec<Claimed> = record<Claimed>({
  tty: optional(wordCodec),
  pid: integer(0, MAX_PID),
  parent: wordCodec,
});

export const artifactCodec: Codec<EventArtifact> = record<EventArtifact>({
  name: fileNameCodec,
  version: optional(versionCodec),
  sha256: sha256Codec,
  size: integer(0, Number.MAX_SAFE_INTEGER),
});

export const signerUsesCodec: Codec<readonly SignerUse[]> = list(
  record<SignerUse>({
    key: signerCodec,
    subkey: fingerprintCodec,
    sigCreated: timeCodec,
    hash: wordCodec,
    algo: wordCodec,
  }),
  MAX_USES,
);

export const witnessesCodec: Codec<readonly WitnessVoice[]> = list(
  record<WitnessVoice>({
    kind: oneOf(...WITNESS_KINDS),
    source: wordCodec,
    says: oneOf(...SAYINGS),
    counted: boolean,
    silence: optional(oneOf(...SILENCES)),
  }),
  MAX_WITNESSES,
);

export const sourceCodec: Codec<Source> = record<Source>({
  via: wordCodec,
  sameStatement: optional(boolean),
  host: optional(wordCodec),
});

export const statementCodec: Codec<SignedStatement> = record<SignedStatement>({
  sha256: sha256Codec,
  text: text(MAX_STATEMENT_BYTES),
  signers: list(signerCodec, MAX_STATEMENT_SIGNERS),
  place: reasonCodec,
  blocks: optional(sha256Codec),
});

/** `mine` or `theirs`, or the statement that shall hold. */
export const keepCodec: Codec<Resolve["keep"]> = viaText(
  "mine, theirs or a statement's sha256",
  (word): Result<Resolve["keep"], unknown> => (word === "mine" || word === "theirs" ? ok(word) : parseSha256(word)),
  (keep) => keep,
);

const firstUsePolicyCodec: Codec<FirstUsePolicy> = viaText(
  "accept, witnesses:N, decide or deny",
  (word) => {
    const policy = parseFirstUse(word);
    return policy === undefined ? err(undefined) : ok(policy);
  },
  formatFirstUse,
);

export const requirementCodec: Codec<Requirement> = record<Requirement>({
  firstUse: optional(firstUsePolicyCodec),
  releaseThreshold: optional(integer(1, MAX_THRESHOLD)),
  allow: optional(list(record<Allowance>({ algorithm: wordCodec, signers: listedCodec }), MAX_ALLOWANCES)),
  unsignedOk: optional(list(versionCodec, MAX_UNSIGNED)),
  noRollback: optional(boolean),
  noHandover: optional(boolean),
  expired: optional(oneOf("decide")),
});
