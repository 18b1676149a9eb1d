import { writeSync } from "node:fs";
import { connect } from "node:net";
import type { Codec } from "../daemon/core/codec.ts";
import { isPrintable } from "../daemon/core/printable.ts";
import { type Inbox, openInbox } from "../daemon/protocol/inbox.ts";
import { MAX_REQUEST_BYTES, PROTOCOL_VERSION } from "../daemon/protocol/request.ts";
import { checkSocket } from "../daemon/protocol/socket-trust.ts";
import { type Piece, type WordsLine, type WordsWish, wordsCodec } from "../daemon/protocol/words-line.ts";
import { wordsBuild } from "../daemon/words/build.ts";
import { type Glance, glance } from "./glance.ts";
import { mannerOf } from "./style.ts";
import type { Terminal } from "./world.ts";

/** What is not answered by then takes long: it is told as it comes, with how far it is. */
const AT_ONCE_MS = 250;
/** Answers that are longer are read as they come. */
const MAX_AT_ONCE_BYTES: number = 256 << 10;
const ACCEPTED = '{"schemaVersion":1,"type":"accepted"}\n';
const END = '{"schemaVersion":1,"type":"end"';
const AGAIN_AFTER_MS = 5;

/** How it ended. `open`: nothing was printed, and whoever is asked next does all of it. */
export type Outcome =
  | { readonly kind: "answered"; readonly exit: number }
  /** `begun`: the connection on which the daemon has accepted the question, where it has. */
  | { readonly kind: "open"; readonly begun: Inbox | undefined };

/**
 * Asks a daemon of this very build for the answer in words, and prints them: with that, a plain question needs next to
 * nothing of the program. Whatever is out of the ordinary is left to the program: no daemon or another, an answer that
 * is long or takes long, words that are not printable, a connection that breaks.
 *
 * @throws Error where the words could not be written.
 */
export async function askForWords(argv: readonly string[], terminal: Terminal): Promise<Outcome> {
  const question = glance(argv, terminal);
  const connected = question === undefined ? undefined : begin(question, terminal);
  if (connected === undefined) return { kind: "open", begun: undefined };
  const read = await readWhole(connected);
  if (read.kind === "open") return read;
  for (const piece of read.words.said) write(piece);
  return { kind: "answered", exit: read.words.exit };
}

function begin(question: Glance, terminal: Terminal): Inbox | undefined {
  const { request, socket, json } = question;
  const build = wordsBuild(process.versions["unicode"]);
  if (build === "") return undefined;
  const { stdout, stderr } = mannerOf(question, terminal);
  const { verbose, quiet, unicode, now } = stdout;
  const words: WordsWish = {
    ...{ build, json, verbose, quiet, unicode, now },
    stdout: { width: stdout.width, color: stdout.color },
    stderr: { width: stderr.width, color: stderr.color },
  };
  // What the codec of requests writes, without loading it; a test holds the two against each other.
  const line = `${JSON.stringify({ v: PROTOCOL_VERSION, request, words })}\n`;
  if (Buffer.byteLength(line) > MAX_REQUEST_BYTES) return undefined;
  if (checkSocket(socket, process.getuid?.() ?? -1).kind !== "trusted") return undefined;
  const inbox = openInbox(connect(socket));
  inbox.socket.write(line);
  return inbox;
}

type Read =
  | { readonly kind: "words"; readonly words: WordsLine }
  | { readonly kind: "open"; readonly begun: Inbox | undefined };

/** Reads until the answer is whole, or too long, or for too long. What was read is put back for whoever goes on. */
function readWhole(inbox: Inbox): Promise<Read> {
  return new Promise((resolve) => {
    let read: Buffer | undefined;
    let isLeft = false;
    const goOn = (): void => {
      if (!isLeft) resolve({ kind: "open", begun: putBack(inbox, read ?? Buffer.alloc(0)) });
      isLeft = true;
    };
    const leave = (): void => {
      clearTimeout(patience);
      // Before it is accepted nothing was begun, and the question may be asked again.
      if (read?.toString("latin1", 0, ACCEPTED.length) === ACCEPTED) goOn();
      else {
        isLeft = true;
        inbox.socket.destroy();
        resolve({ kind: "open", begun: undefined });
      }
    };
    // What has come while this process had to wait is read before it gives up.
    const patience = setTimeout(() => setImmediate(goOn), AT_ONCE_MS);
    const codec = wordsCodec();
    inbox.onNews(() => {
      read = joined(read, inbox.take());
      const whole = wordsOf(read, codec);
      if (whole.kind === "words") {
        clearTimeout(patience);
        isLeft = true;
        resolve(whole);
      } else if (whole.kind === "none" || inbox.lost() !== undefined || read.length > MAX_AT_ONCE_BYTES) leave();
    });
  });
}

function joined(before: Buffer | undefined, chunks: readonly Buffer[]): Buffer {
  const all = before === undefined ? chunks : [before, ...chunks];
  return all.length === 1 && all[0] !== undefined ? all[0] : Buffer.concat(all);
}

function putBack(inbox: Inbox, read: Buffer): Inbox {
  inbox.onNews(() => undefined);
  let first: readonly Buffer[] = [read];
  const take = (): readonly Buffer[] => {
    const taken = [...first, ...inbox.take()];
    first = [];
    return taken;
  };
  return { ...inbox, take };
}

/** `none`: the answer is whole and has no words that can be printed. */
type Whole = { readonly kind: "words"; readonly words: WordsLine } | { readonly kind: "none" | "more" };

function wordsOf(read: Buffer, codec: Codec<WordsLine>): Whole {
  if (read.at(-1) !== 0x0a) return { kind: "more" };
  const lines = read.toString("utf8").split("\n");
  const [words = "", end = ""] = lines.slice(-3);
  if (!end.startsWith(END)) return { kind: "more" };
  const parsed = codec.parse(parseJson(words), "");
  const { exit } = { exit: undefined, ...parseJson(end) };
  if (!parsed.ok || typeof exit !== "number") return { kind: "none" };
  // 0 lets an installer go on: it is said only where both say it.
  if (parsed.value.exit === 0 && exit !== 0) return { kind: "none" };
  return parsed.value.said.every(({ text }) => isPrintable(text))
    ? { kind: "words", words: parsed.value }
    : { kind: "none" };
}

function parseJson(text: string): object | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === "object" && json !== null ? json : undefined;
  } catch {
    return undefined;
  }
}

/** Straight to the descriptor: a stream takes longer to make than the words to print. */
function write({ to, text }: Piece): void {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length; )
    try {
      done += writeSync(to === "stdout" ? 1 : 2, bytes, done);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      // A reader that has seen enough closes the pipe; the answer's code stays what it is.
      if (code === "EPIPE") return;
      if (code !== "EAGAIN") throw new Error(`the answer could not be written (${message})`);
      // Somebody else made the descriptor one that doesn't wait; there is nothing to do here but to wait.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, AGAIN_AFTER_MS);
    }
}
