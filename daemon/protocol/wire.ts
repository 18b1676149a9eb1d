import { type Codec, type CodecError, oneOf, record } from "../core/codec.ts";
import { err, type Result } from "../core/result.ts";
import { type Answer, SCHEMA_VERSION } from "./answer.ts";
import { answerCodec } from "./answer-codec.ts";
import type { Envelope } from "./request.ts";
import { envelopeCodec } from "./request-codec.ts";
import { type WordsLine, wordsCodec } from "./words-line.ts";

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

/**
 * What a daemon sends: `accepted`, answers, `words` where they were asked for, `end`; or a fault or usage line, and `end`.
 */
export type Reply = Answer | AcceptedLine | WordsLine;

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
  return `${JSON.stringify(encode(reply))}\n`;
}

function encode(reply: Reply): unknown {
  switch (reply.type) {
    case "accepted":
      return acceptedCodec.encode(reply);
    case "words":
      return wordsCodec().encode(reply);
    default:
      return answerCodec.encode(reply);
  }
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
  if (accepted.ok) return accepted;
  const answer = answerCodec.parse(json, "");
  if (answer.ok) return answer;
  const words = wordsCodec().parse(json, "");
  return words.ok ? words : answer;
}
