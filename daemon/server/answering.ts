import { stat } from "node:fs/promises";
import { printable } from "../core/printable.ts";
import { type FaultCode, TofuError, UsageError } from "../core/tofu-error.ts";
import type { Answer, FaultLine, UsageLine } from "../protocol/answer.ts";
import type { Ask, Listener } from "../protocol/ask.ts";
import type { Line } from "../protocol/lines.ts";
import { type Envelope, MAX_REQUEST_BYTES, PROTOCOL_VERSION } from "../protocol/request.ts";
import { parseEnvelope } from "../protocol/request-codec.ts";
import type { Reply } from "../protocol/wire.ts";
import { factsOfError, type ServerLog } from "./log.ts";
import { openWording, type Wording } from "./wording.ts";

/** Everything that answering a request needs. */
export interface Answering {
  readonly ask: Ask;
  /** The folder of the journal that `ask` reads and writes. */
  readonly store: string;
  readonly log: ServerLog;
}

const MAX_SENTENCE = 4000;

/**
 * Answers one line from a client: `accepted`, answers, `end`; or what is wrong, and `end`. Never throws: what the
 * use cases throw becomes a fault or usage line, and what nobody foresaw goes to the log with its stack.
 *
 * @returns whether the line was a request at all.
 */
export async function answerLine(
  line: Line,
  answering: Answering,
  tell: (reply: Reply) => void,
  listener: Listener,
): Promise<"request" | "no-request"> {
  let isRequest = true;
  let wording: Wording | undefined;
  const told = (reply: Answer): void => {
    tell(reply);
    wording?.tell(reply);
  };
  const begin = async ({ request, words }: Envelope): Promise<void> => {
    tell({ schemaVersion: 1, type: "accepted" });
    if (words !== undefined) wording = await openWording(request, words, answering.log);
  };
  const exit = await answer(line, answering, begin, told, listener).catch((error: unknown) => {
    isRequest = !(error instanceof TofuError && error.code === "protocol");
    told(replyTo(error, answering.log));
    return error instanceof UsageError ? 2 : 1;
  });
  const words = wording?.finish(exit);
  if (words !== undefined) tell(words);
  tell({ schemaVersion: 1, type: "end", exit });
  return isRequest ? "request" : "no-request";
}

/** @returns a fault as it is told. */
export function faultLine(code: FaultCode, sentence: string): FaultLine {
  return { schemaVersion: 1, type: "fault", code, sentence: sentence.slice(0, MAX_SENTENCE), exit: 1 };
}

async function answer(
  line: Line,
  { ask, store, log }: Answering,
  begin: (envelope: Envelope) => Promise<void>,
  tell: (answer: Answer) => void,
  listener: Listener,
): Promise<number> {
  if (line.kind === "unreadable") throw new TofuError("protocol", unreadable(line.why));
  const envelope = parseEnvelope(line.text);
  if (!envelope.ok) throw new TofuError("protocol", misfit(line.text, envelope.error));
  const { request, store: meant } = envelope.value;
  if (meant !== undefined && !(await isSameFolder(meant, store))) {
    throw new TofuError("daemon-other-store", "this daemon keeps another store than the one named");
  }
  await begin(envelope.value);
  log.debug("request", { do: request.do });
  return ask(request, tell, listener);
}

function replyTo(error: unknown, log: ServerLog): FaultLine | UsageLine {
  if (error instanceof UsageError) {
    const sentence = error.message.slice(0, MAX_SENTENCE);
    return { schemaVersion: 1, type: "usage", sentence, hint: error.hint, exit: 2 };
  }
  if (error instanceof TofuError) {
    // What a client gets wrong is its own affair, and a log that any client can fill tells nothing.
    const isClients = error.code === "protocol" || error.code === "daemon-other-store" || error.code === "abandoned";
    log[isClients ? "debug" : "warn"]("fault", { code: error.code, sentence: error.message });
    return faultLine(error.code, error.message);
  }
  log.error("internal", factsOfError(error));
  return faultLine("internal", "tofu failed in a way nobody foresaw; the log of tofud says where");
}

function unreadable(why: (Line & { readonly kind: "unreadable" })["why"]): string {
  switch (why) {
    case "too-long":
      return `a request is one line of at most ${MAX_REQUEST_BYTES} bytes`;
    case "not-utf8":
      return "a request is UTF-8 text";
    case "unterminated":
      return "a request ends with a newline";
  }
}

/** A request of another version may have fields we don't know: its version is what is wrong with it. */
function misfit(text: string, { path, expected }: { readonly path: string; readonly expected: string }): string {
  const version = versionOf(text);
  if (typeof version === "number" && version !== PROTOCOL_VERSION) {
    return `the request is of protocol ${version}, this daemon speaks ${PROTOCOL_VERSION}; restart tofud after an upgrade`;
  }
  const place = path === "" ? "the request" : `${printable(path)} in the request`;
  return `${place} is not as it must be: ${printable(expected, 200)}`;
}

function versionOf(text: string): unknown {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === "object" && json !== null ? new Map(Object.entries(json)).get("v") : undefined;
  } catch {
    // Not JSON, so of no version; parseEnvelope said so already.
    return undefined;
  }
}

/** One folder may have several names; a folder that can't be looked at is not ours. */
async function isSameFolder(a: string, b: string): Promise<boolean> {
  if (a === b) return true;
  const [left, right] = await Promise.all([a, b].map((path) => stat(path).catch(() => undefined)));
  return left !== undefined && left.ino === right?.ino && left.dev === right.dev;
}
