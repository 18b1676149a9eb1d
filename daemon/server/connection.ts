import type { Socket } from "node:net";
import type { Listener } from "../protocol/ask.ts";
import { type Line, readLines } from "../protocol/lines.ts";
import { MAX_REQUEST_BYTES } from "../protocol/request.ts";
import { formatReply, type Reply } from "../protocol/wire.ts";
import { type Answering, answerLine, faultLine } from "./answering.ts";
import { factsOfError } from "./log.ts";

export interface ConnectionLimits {
  /** How long a client may take for a whole request, and for reading the last answers. */
  readonly idleMs: number;
  /** Answers that a client has not read yet: more, and the connection is cut. */
  readonly maxUnreadBytes: number;
  /** Lines that are no requests: a client with so many speaks another language, and is let go. */
  readonly maxMistakes: number;
}

/**
 * One client: its requests are answered one after the other, and the next is not even read before the last is answered,
 * unless that goes on until the client has enough: then its next line, or its end, is how it says so.
 * A client that goes away cancels nothing that was decided: what is still being read for it, and what was not begun, is
 * dropped.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #answering: Answering;
  readonly #limits: ConnectionLimits;
  #isRunning = false;
  #isLeaving = false;
  #mistakes = 0;
  #patience: NodeJS.Timeout | undefined;
  /** What the client says while it is being answered. */
  #ahead: Promise<IteratorResult<Line, void>> | undefined;
  #gone: AbortController | undefined;
  readonly #closed = new AbortController();

  constructor(socket: Socket, answering: Answering, limits: ConnectionLimits) {
    this.#socket = socket;
    this.#answering = answering;
    this.#limits = limits;
    socket.once("close", () => this.#closed.abort());
    // A client may vanish at any time; what matters of that shows where we read and write.
    socket.on("error", (error) => answering.log.debug("connection-error", { code: errorCode(error) }));
  }

  /** No request is running: this client can be asked to leave. */
  get isIdle(): boolean {
    return !this.#isRunning;
  }

  /** Answers until the client leaves, is silent for too long, or is asked to leave. Never rejects. */
  async run(): Promise<void> {
    try {
      this.#waitForClient();
      await this.#answerAll();
    } catch (error) {
      this.#answering.log.debug("connection-lost", factsOfError(error));
    }
    await this.#end();
  }

  /** Ends after the request that is running; now, if none is. */
  leave(): void {
    this.#isLeaving = true;
    this.#gone?.abort();
    if (!this.#isRunning) this.#socket.destroySoon();
  }

  /** As {@link leave}, saying that there is no room. */
  turnAway(): void {
    turnAway(this.#socket);
    this.leave();
  }

  /** Ends at once, whatever is running. */
  cut(): void {
    this.#socket.destroy();
  }

  async #answerAll(): Promise<void> {
    // The iterator must not close the socket at the client's end: its answers are still to be written.
    const lines = readLines(this.#socket.iterator({ destroyOnReturn: false }), MAX_REQUEST_BYTES);
    for (;;) {
      const next = await (this.#ahead ?? lines.next());
      this.#ahead = undefined;
      if (next.done === true || this.#isLeaving || this.#socket.destroyed) return;
      this.#isRunning = true;
      clearTimeout(this.#patience);
      const was = await answerLine(next.value, this.#answering, (reply) => this.#tell(reply), this.#listener(lines));
      this.#isRunning = false;
      this.#waitForClient();
      if (was === "no-request") this.#mistakes += 1;
      if (this.#isLeaving || this.#mistakes >= this.#limits.maxMistakes) return;
      await this.#drained();
    }
  }

  #listener(lines: AsyncGenerator<Line>): Listener {
    const gone = new AbortController();
    this.#gone = gone;
    const untilGone = (): AbortSignal => {
      if (this.#isLeaving) gone.abort();
      this.#ahead ??= lines.next();
      // A read that fails is told to whoever reads next; here it only means that the client is gone.
      this.#ahead.then(
        () => gone.abort(),
        () => gone.abort(),
      );
      return gone.signal;
    };
    return { untilGone, gone: () => this.#closed.signal, drained: () => this.#drained() };
  }

  #tell(reply: Reply): void {
    if (!this.#socket.writable) return;
    this.#gather();
    this.#socket.write(formatReply(reply));
    if (this.#socket.writableLength <= this.#limits.maxUnreadBytes) return;
    this.#answering.log.warn("client-does-not-read", { bytes: this.#socket.writableLength });
    this.cut();
  }

  /** What is told in one turn of the event loop leaves in one write. */
  #gather(): void {
    if (this.#socket.writableCorked > 0) return;
    this.#socket.cork();
    setImmediate(() => this.#socket.uncork());
  }

  async #drained(): Promise<void> {
    if (!this.#socket.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#socket.off("drain", done);
        this.#socket.off("close", done);
        resolve();
      };
      this.#socket.on("drain", done);
      this.#socket.on("close", done);
    });
  }

  /** Writes what is left, for a bounded time. */
  async #end(): Promise<void> {
    if (!this.#socket.destroyed) {
      this.#waitForClient();
      const closed = new Promise<void>((resolve) => this.#socket.once("close", () => resolve()));
      this.#socket.destroySoon();
      await closed;
    }
    clearTimeout(this.#patience);
  }

  #waitForClient(): void {
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => this.cut(), this.#limits.idleMs);
  }
}

/** Tells a client that there is no room, and lets it go. */
export function turnAway(socket: Socket): void {
  if (!socket.writable) return;
  const fault = faultLine("busy", "the daemon has too many clients at once; ask again");
  socket.write(formatReply(fault) + formatReply({ schemaVersion: 1, type: "end", exit: 1 }));
}

function errorCode(error: Error): string {
  return (error as NodeJS.ErrnoException).code ?? error.name;
}
