import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { printable, printablePath } from "../core/printable.ts";
import { TofuError, UsageError } from "../core/tofu-error.ts";
import type { Answer } from "./answer.ts";
import { type Inbox, openInbox } from "./inbox.ts";
import { type Line, LineCutter } from "./lines.ts";
import { MAX_REQUEST_BYTES, PROTOCOL_VERSION, type Request } from "./request.ts";
import { checkSocket } from "./socket-trust.ts";
import { formatEnvelope, MAX_ANSWER_BYTES, parseReply, type Reply } from "./wire.ts";

export interface DaemonQuestion {
  readonly socketPath: string;
  /** The store that the user named; a daemon of another store is none. */
  readonly store?: string | undefined;
  readonly request: Request;
  readonly tell: (answer: Answer) => void;
  /** How long until the daemon must have accepted the request, a busy daemon's included. */
  readonly connectTimeoutMs: number;
  /** A connection on which this very request was sent, with a wish for words: its answer is read there, from the beginning. */
  readonly begun?: Inbox | undefined;
}

const FIRST_RETRY_MS = 20;
const LONGEST_RETRY_MS = 1000;
/** What an attempt is given even at the deadline, so that the last one does not fail for having begun late. */
const SHORTEST_PATIENCE_MS = 1000;

/** How one connection ended. `again`: nothing was begun, so the same request may be sent once more. */
type Attempt =
  | { readonly kind: "answered"; readonly exit: number }
  | { readonly kind: "no-daemon" }
  | { readonly kind: "again"; readonly fault: TofuError };

/**
 * Asks the daemon, and tells its answers as they come.
 *
 * @returns the exit code; `undefined` where no daemon listens, or only one of another store: then whoever asks does the
 * work alone.
 * @throws TofuError `daemon-untrusted` if somebody else could have put the socket there, `daemon-unreachable` if the
 * daemon does not accept in time or goes away, `busy` if it has no room, `protocol` if it can't be understood; UsageError
 * if the request is too long.
 */
export async function askDaemon(question: DaemonQuestion): Promise<number | undefined> {
  const deadline = clockMs() + question.connectTimeoutMs;
  let { begun } = question;
  for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_RETRY_MS)) {
    const attempt = await askOnce({ ...question, begun }, deadline);
    begun = undefined;
    if (attempt.kind === "answered") return attempt.exit;
    if (attempt.kind === "no-daemon") return undefined;
    // A random part keeps many clients that were turned away together from coming back together.
    const pauseMs = waitMs * (0.5 + Math.random());
    if (clockMs() + pauseMs >= deadline) throw attempt.fault;
    await sleep(pauseMs);
  }
}

async function askOnce(question: DaemonQuestion, deadline: number): Promise<Attempt> {
  const { socketPath, store, request } = question;
  if (question.begun !== undefined) return converse(question, question.begun, deadline, undefined);
  const line = formatEnvelope({ v: PROTOCOL_VERSION, store, request });
  if (Buffer.byteLength(line) > MAX_REQUEST_BYTES) {
    throw new UsageError("the request is longer than the daemon takes", "name fewer files at once");
  }
  const trust = checkSocket(socketPath, process.getuid?.() ?? -1);
  if (trust.kind === "absent") return { kind: "no-daemon" };
  if (trust.kind === "untrusted") throw new TofuError("daemon-untrusted", trust.sentence);
  return converse(question, openInbox(connect(socketPath)), deadline, line);
}

async function converse(
  question: DaemonQuestion,
  inbox: Inbox,
  deadline: number,
  line: string | undefined,
): Promise<Attempt> {
  const { socket } = inbox;
  const where = shown(question.socketPath);
  const patience = setTimeout(
    () => socket.destroy(new TofuError("daemon-unreachable", `the daemon at ${where} does not answer`)),
    Math.max(SHORTEST_PATIENCE_MS, deadline - clockMs()),
  );
  try {
    if (line !== undefined) socket.write(line);
    return await new Conversation(question, () => clearTimeout(patience)).read(inbox);
  } finally {
    clearTimeout(patience);
    socket.destroy();
  }
}

/** What is known of one request while its answers come in. */
class Conversation {
  readonly #question: DaemonQuestion;
  readonly #onAccepted: () => void;
  readonly #judged: Set<string> = new Set();
  #accepted = false;

  constructor(question: DaemonQuestion, onAccepted: () => void) {
    this.#question = question;
    this.#onAccepted = onAccepted;
  }

  /** Reads until the answer is whole or the connection gone. */
  read(inbox: Inbox): Promise<Attempt> {
    const cutter = new LineCutter(MAX_ANSWER_BYTES);
    return new Promise((resolve, reject) => {
      const read = (): void => {
        try {
          const attempt = this.#takeNew(inbox, cutter);
          if (attempt !== undefined) resolve(attempt);
        } catch (error) {
          reject(error);
        }
      };
      inbox.onNews(read);
      read();
    });
  }

  /** What came before the end counts, even where both are met at once. */
  #takeNew(inbox: Inbox, cutter: LineCutter): Attempt | undefined {
    for (const chunk of inbox.take()) {
      const attempt = this.#takeAll(cutter.cut(chunk));
      if (attempt !== undefined) return attempt;
    }
    const lost = inbox.lost();
    return lost === undefined ? undefined : this.#lost(lost.cause);
  }

  #takeAll(lines: Iterable<Line>): Attempt | undefined {
    for (const line of lines) {
      const reply = line.kind === "line" ? this.#parse(line.text) : this.#misunderstood(line.why);
      const attempt = this.#take(reply);
      if (attempt !== undefined) return attempt;
    }
    return undefined;
  }

  /** The connection is gone before `end`. Before `accepted` that is a daemon that stops or has no room. */
  #lost(cause: unknown): Attempt {
    if (cause instanceof TofuError) throw cause;
    const code = (cause as NodeJS.ErrnoException | undefined)?.code;
    if (code === "ENOENT" || code === "ECONNREFUSED") return { kind: "no-daemon" };
    const fault = new TofuError("daemon-unreachable", `the daemon went away; ${this.#unknown()}`, { cause });
    if (this.#accepted) throw fault;
    return { kind: "again", fault };
  }

  #take(reply: Reply): Attempt | undefined {
    if (reply.type === "accepted") {
      this.#accepted = true;
      this.#onAccepted();
      return undefined;
    }
    // Whoever reads the answer itself makes words of its own.
    if (reply.type === "words") return undefined;
    if (reply.type === "end") return { kind: "answered", exit: reply.exit };
    if (reply.type === "fault" && !this.#accepted) {
      if (reply.code === "daemon-other-store") return { kind: "no-daemon" };
      // A daemon that doesn't know of words has refused the wish; it is asked again without.
      if (reply.code === "protocol" && this.#question.begun !== undefined)
        return { kind: "again", fault: new TofuError("protocol", printable(reply.sentence, 200)) };
      if (reply.code === "busy") return { kind: "again", fault: new TofuError("busy", printable(reply.sentence, 200)) };
    }
    if (reply.type === "judgement") this.#judged.add(reply.artifact.path);
    this.#question.tell(reply);
    return undefined;
  }

  #parse(text: string): Reply {
    const reply = parseReply(text);
    return reply.ok ? reply.value : this.#misunderstood(`${reply.error.path}: ${reply.error.expected}`);
  }

  #misunderstood(why: string): never {
    const where = shown(this.#question.socketPath);
    const what = printable(why, 120);
    throw new TofuError("protocol", `the daemon at ${where} speaks otherwise than this tofu (${what}); restart tofud`);
  }

  #unknown(): string {
    const { request } = this.#question;
    if (request.do !== "verify") return "what it has done of this is not known";
    const open = request.files.filter((file) => !this.#judged.has(file));
    const more = open.length > 1 ? ` and ${open.length - 1} more` : "";
    return `nothing is known about ${open[0] === undefined ? "the rest" : printablePath(open[0])}${more}`;
  }
}

/** A clock that nobody sets. `performance` would do too, but loading it takes a millisecond of each command. */
function clockMs(): number {
  return process.uptime() * 1000;
}

function shown(path: string): string {
  return printablePath(path, 120);
}
