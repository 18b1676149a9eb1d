import { type Codec, type CodecError, oneOf, record } from "../core/codec.ts";
import { err, type Result } from "../core/result.ts";
import { type Answer, SCHEMA_VERSION } from "./answer.ts";
import { answerCodec } from "./answer-codec.ts";
import type { Envelope } from "./request.ts";
import { envelopeCodec } from "./request-codec.ts";

/** Longest answer that a client reads: the story of a package with some 100,000 events. */
export const MAX_ANSWER_BYTES: number = 64 << 20;

/**
 * The daemon has begun on the request. It comes at once, so that a client can tell a daemon that works on a large file
 * from a socket behind which nobody listens; before it nothing was done, and the request may be sent again.
 */
export interface AcceptedLine {
  readonly schemaVersion: 1;
  readonly type: "accepted";
}

/** What a daemon sends: `accepted`, answers, `end`; or a fault or usage line, and `end`. */
export type Reply = Answer | AcceptedLine;

const acceptedCodec: Codec<AcceptedLine> = record<AcceptedLine>(
  { schemaVersion: oneOf(SCHEMA_VERSION), type: oneOf("accepted") },
  { unknown: "drop" },
);

/** @returns the line for a request, with its `\n`. */
export function formatEnvelope(envelope: Envelope): string {
  return `${JSON.stringify(envelopeCodec.encode(envelope))}\n`;
}

/** @returns the line for a reply, with its `\n`. */
export function formatReply(reply: Reply): string {
  const json = reply.type === "accepted" ? acceptedCodec.encode(reply) : answerCodec.encode(reply);
  return `${JSON.stringify(json)}\n`;
}

/** Reads one line from a daemon. */
export function parseReply(line: string): Result<Reply, CodecError> {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return err({ path: "", expected: "JSON" });
  }
  const accepted = acceptedCodec.parse(json, "");
  return accepted.ok ? accepted : answerCodec.parse(json, "");
}
