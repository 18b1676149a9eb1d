import type { Socket } from "node:net";

/**
 * What came over a connection, kept until it is taken: so that one reader can begin, and another go on from the first
 * byte. Listening and no iterator, since to set one up takes longer than the daemon does to answer.
 */
export interface Inbox {
  readonly socket: Socket;
  /** @returns what came since it was asked last. */
  readonly take: () => readonly Buffer[];
  /** @returns how the connection ended, `undefined` while it lasts. */
  readonly lost: () => { readonly cause: Error | undefined } | undefined;
  /** Calls back whenever there is something new, in place of whom it called before. */
  readonly onNews: (news: () => void) => void;
}

/** @param socket - nobody has listened to it yet. */
export function openInbox(socket: Socket): Inbox {
  let chunks: Buffer[] = [];
  let lost: { readonly cause: Error | undefined } | undefined;
  let news = (): void => undefined;
  const end = (cause: Error | undefined): void => {
    lost ??= { cause };
    news();
  };
  socket.on("data", (chunk) => {
    chunks.push(chunk);
    news();
  });
  socket.on("error", end);
  // Half of a line and then the end is the end as well.
  socket.on("close", () => end(undefined));
  return {
    socket,
    take: () => {
      const taken = chunks;
      chunks = [];
      return taken;
    },
    lost: () => lost,
    onNews: (callback) => {
      news = callback;
    },
  };
}
