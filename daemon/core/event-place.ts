import { boolean, type Codec, integer, oneOf, optional, record, viaText } from "./codec.ts";
import { packageCodec, sha256Codec, timeCodec } from "./codecs.ts";
import type { Event, JournalName } from "./event.ts";
import { wordCodec } from "./event-fields.ts";
import { err, ok } from "./result.ts";

const ACTOR = /^(?:daemon|user:[^\p{C}]{1,255}|import:[0-9a-f]{64})$/u;

/** An event's place in its chain; `kind` stands among these fields and is the body's own. */
export interface EventPlace extends Omit<Event, "body"> {
  readonly kind: string;
}

const PLACE_FIELDS = ["v", "n", "prev", "at", "mono", "clockStep", "kind", "package", "actor"] as const;
/** The fields of an event that are of its place. */
export const PLACE_NAMES: ReadonlySet<string> = new Set(PLACE_FIELDS);
const COUNT = integer(1, Number.MAX_SAFE_INTEGER);

/** The first event has no predecessor: the one field that is `null` in JSON, since it must not be left out. */
const prevCodec: Codec<Event["prev"]> = {
  encode: (prev) => prev ?? null,
  parse: (json, path) => (json === null ? ok(undefined) : sha256Codec.parse(json, path)),
  write: (prev) => (prev === undefined ? "null" : sha256Codec.write(prev)),
  schema: { anyOf: [sha256Codec.schema, { type: "null" }] },
};

const journalNameCodec: Codec<JournalName> = {
  encode: (name) => name,
  parse: (json, path) => (json === "*" ? ok("*") : packageCodec.parse(json, path)),
  write: (name) => (name === "*" ? '"*"' : packageCodec.write(name)),
  schema: { anyOf: [packageCodec.schema, { const: "*" }] },
};

const actorCodec: Codec<string> = viaText(
  "daemon, user:NAME or import:SHA256",
  (actor) => (ACTOR.test(actor) ? ok(actor) : err(undefined)),
  (actor) => actor,
);

export const placeCodec: Codec<EventPlace> = record<EventPlace>({
  v: oneOf(1),
  n: COUNT,
  prev: prevCodec,
  at: timeCodec,
  mono: timeCodec,
  clockStep: optional(boolean),
  kind: wordCodec,
  package: journalNameCodec,
  actor: actorCodec,
} satisfies Record<(typeof PLACE_FIELDS)[number], unknown>);
