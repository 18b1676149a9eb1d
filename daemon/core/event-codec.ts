import { boolean, type Codec, type CodecError, list, oneOf, optional, record, union } from "./codec.ts";
import { fingerprintCodec, sha256Codec, signerCodec, timeCodec } from "./codecs.ts";
import type {
  CertificateSeen,
  Confirm,
  Distrust,
  Event,
  EventBody,
  Fetch,
  FirstUse,
  Forget,
  Handover,
  HandoverActive,
  HandoverContest,
  HandoverRefused,
  Refusal,
  Require,
  Resolve,
  Retire,
  Revoke,
  Sighting,
  Trust,
  Unsigned,
} from "./event.ts";
import {
  artifactCodec,
  certificateSourceCodec,
  claimedCodec,
  keepCodec,
  listedCodec,
  reasonCodec,
  requirementCodec,
  signerUsesCodec,
  sourceCodec,
  statementCodec,
  verdictCodec,
  witnessesCodec,
  wordCodec,
} from "./event-fields.ts";
import { importCodec, pinFileCodec } from "./event-import-codec.ts";
import { PLACE_NAMES, placeCodec } from "./event-place.ts";
import { err, ok, type Result } from "./result.ts";
import { TofuError } from "./tofu-error.ts";

/** Longest event, in bytes of its UTF-8 text: a handover holds its statement, and JSON doubles some characters. */
export const MAX_EVENT_BYTES: number = 192 << 10;
/** A certificate with more signing subkeys than this is refused long before it is recorded. */
const MAX_SUBKEYS = 512;
const MAX_PLACES = 8;

const key = signerCodec;
const subkey = fingerprintCodec;
const artifact = artifactCodec;
const source = sourceCodec;
const verdict = verdictCodec;
const reason = reasonCodec;
const claimed = optional(claimedCodec);
const signature = optional(sha256Codec);
const signedDigest = optional(sha256Codec);
const listed = optional(listedCodec);
const keys = signerUsesCodec;
const since = optional(timeCodec);
const witnesses = optional(witnessesCodec);

/** What happened, without its place in the chain: a record for each kind, fields in the order of rules.md, section 2. */
export const eventBodyCodec: Codec<EventBody> = union<"kind", EventBody>("kind", {
  "first-use": record<FirstUse>({
    kind: oneOf("first-use"),
    key,
    subkey,
    artifact,
    sigCreated: timeCodec,
    certSource: certificateSourceCodec,
    mode: wordCodec,
    source,
    signature,
    signedDigest,
    listed,
    witnesses,
  }),
  sighting: record<Sighting>({
    kind: oneOf("sighting"),
    keys,
    artifact,
    verdict,
    source,
    signature,
    signedDigest,
    listed,
  }),
  refusal: record<Refusal>({
    kind: oneOf("refusal"),
    keys,
    artifact,
    verdict,
    source,
    signature,
    signedDigest,
    other: optional(sha256Codec),
    witnesses,
  }),
  retire: record<Retire>({
    kind: oneOf("retire"),
    key,
    reason: oneOf("superseded", "retired", "lost"),
    by: oneOf("handover", "user", "cert"),
    cutoff: timeCodec,
  }),
  revoke: record<Revoke>({
    kind: oneOf("revoke"),
    key,
    hard: boolean,
    compromised: optional(boolean),
    by: oneOf("cert", "handover", "user"),
    since,
  }),
  trust: record<Trust>({
    kind: oneOf("trust"),
    key,
    scope: oneOf("artifact", "package"),
    artifact: optional(artifact),
    reason,
    overridden: optional(verdict),
    until: optional(timeCodec),
    undoDistrust: optional(boolean),
    replaces: optional(signerCodec),
    claimed,
  }),
  confirm: record<Confirm>({ kind: oneOf("confirm"), key, method: reason, claimed }),
  distrust: record<Distrust>({ kind: oneOf("distrust"), key, scope: oneOf("package", "*"), since, reason, claimed }),
  certificate: record<CertificateSeen>({
    kind: oneOf("certificate"),
    key,
    cert: sha256Codec,
    subkeys: list(subkey, MAX_SUBKEYS),
    expiry: optional(timeCodec),
  }),
  unsigned: record<Unsigned>({ kind: oneOf("unsigned"), artifact, source, previouslySigned: boolean, verdict }),
  require: record<Require>({ kind: oneOf("require"), requirement: requirementCodec, reason, claimed }),
  forget: record<Forget>({ kind: oneOf("forget"), reason, claimed }),
  handover: record<Handover>({
    kind: oneOf("handover"),
    statement: statementCodec,
    state: oneOf("active", "pending"),
    via: oneOf("quorum", "recovery", "join", "first-use"),
    rewind: optional(boolean),
  }),
  "handover-active": record<HandoverActive>({
    kind: oneOf("handover-active"),
    sha256: sha256Codec,
    by: oneOf("window", "not-before", "user"),
    reason: optional(reason),
    claimed,
  }),
  "handover-contest": record<HandoverContest>({
    kind: oneOf("handover-contest"),
    statement: statementCodec,
    against: sha256Codec,
    rule: oneOf("fork", "spent", "recovery"),
  }),
  fetch: record<Fetch>({ kind: oneOf("fetch"), source, places: list(reason, MAX_PLACES) }),
  "handover-refused": record<HandoverRefused>({
    kind: oneOf("handover-refused"),
    sha256: sha256Codec,
    detail: reason,
    place: reason,
  }),
  resolve: record<Resolve>({ kind: oneOf("resolve"), keep: keepCodec, import: optional(sha256Codec), reason, claimed }),
  import: importCodec,
  "pin-file": pinFileCodec,
});

/**
 * Writes an event as it is stored, sent and hashed: one line of JSON, keys in the order of rules.md, section 2.
 *
 * @returns the text, at most {@link MAX_EVENT_BYTES} in UTF-8.
 * @throws TofuError `internal` for an event that {@link parseEvent} would refuse: what can't be read must not be written.
 */
export function encodeEvent(event: Event): string {
  return encodeChecked(event).text;
}

/** As {@link encodeEvent}. @returns the text, and the event as a reader gets it, absent fields and all. */
export function encodeChecked(event: Event): { readonly text: string; readonly event: Event } {
  const { body, ...place } = event;
  // Both are codecs of records, which encode to objects.
  const head = placeCodec.encode({ ...place, kind: body.kind }) as object;
  const text = JSON.stringify({ ...head, ...(eventBodyCodec.encode(body) as object) });
  const read = parseEvent(text);
  if (!read.ok)
    throw new TofuError(
      "internal",
      `an event of kind ${body.kind} can't be written: ${read.error.path} must be ${read.error.expected}`,
    );
  return { text, event: read.value };
}

/**
 * The same text in a fraction of the time, for events that come by the hundred thousand: each part is written only where
 * its own codec is certain to read it back, and an event that has another part goes the way of {@link encodeChecked}.
 */
export function encodeCertain(event: Event): string {
  const { v, n, prev, at, mono, package: name, actor, body } = event;
  const { kind } = body;
  // Field by field: copying the event costs as much as writing half of it.
  const place =
    event.clockStep === undefined
      ? placeCodec.write({ v, n, prev, at, mono, kind, package: name, actor })
      : placeCodec.write({ ...event, kind });
  const rest = eventBodyCodec.write(body);
  const begin = `{"kind":"${kind}"`;
  // One character of three bytes for each UTF-16 unit is the most that there can be.
  if (place === undefined || rest?.startsWith(begin) !== true || place.length + rest.length > MAX_EVENT_BYTES / 3)
    return encodeEvent(event);
  return `${place.slice(0, -1)}${rest.slice(begin.length)}`;
}

/**
 * Reads an event as {@link encodeEvent} wrote it, in this or any earlier version of tofu. Unknown kinds and fields are
 * refused: an event that is only half understood must not be half applied.
 *
 * @returns the event, not yet checked against its chain, or the field that is not as it must be.
 */
export function parseEvent(text: string): Result<Event, CodecError> {
  const tooLong = err({ path: "", expected: `at most ${MAX_EVENT_BYTES} bytes` });
  // A UTF-16 unit becomes three bytes at most: only long texts are counted.
  if (text.length > MAX_EVENT_BYTES) return tooLong;
  if (text.length > MAX_EVENT_BYTES / 3 && new TextEncoder().encode(text).length > MAX_EVENT_BYTES) return tooLong;
  const json = readJson(text);
  if (typeof json !== "object" || json === null) return err({ path: "", expected: "a JSON object" });
  const placeFields: Record<string, unknown> = {};
  const bodyFields: Record<string, unknown> = {};
  for (const name of Object.keys(json)) {
    // The one name that can't be copied; no event has it.
    if (name === "__proto__") return err({ path: name, expected: "no such field" });
    // Its own property, as was asked just above.
    const value = (json as Record<string, unknown>)[name];
    const isOfPlace = PLACE_NAMES.has(name);
    if (isOfPlace) placeFields[name] = value;
    if (name === "kind" || !isOfPlace) bodyFields[name] = value;
  }
  const place = placeCodec.parse(placeFields, "");
  if (!place.ok) return place;
  const body = eventBodyCodec.parse(bodyFields, "");
  if (!body.ok) return body;
  const { kind: _kind, prev, ...rest } = place.value;
  return ok({ ...rest, prev, body: body.value });
}

/** What the text holds; `undefined`, which no JSON is, for text that is none. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}
