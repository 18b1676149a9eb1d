import { createServer, type Socket } from "node:net";
import type { Answering } from "./answering.ts";
import { Connection, type ConnectionLimits, turnAway } from "./connection.ts";
import { listenAt, type Place } from "./socket-place.ts";

export interface Limits extends ConnectionLimits {
  readonly maxConnections: number;
  /** How long requests that run may go on after {@link RunningServer.close}. */
  readonly drainMs: number;
}

/** security.md, row 27. */
export const LIMITS: Limits = {
  maxConnections: 64,
  idleMs: 10_000,
  drainMs: 10_000,
  maxUnreadBytes: 64 << 20,
  maxMistakes: 16,
};

export interface RunningServer {
  /** Stops listening, lets running requests finish for a bounded time, and removes the socket it made. */
  readonly close: () => Promise<void>;
  readonly connections: () => number;
}

/**
 * Serves `answering.ask` on a Unix socket.
 *
 * @param uid - the only user that may connect.
 * @throws TofuError as {@link listenAt}.
 */
export async function serve(
  answering: Answering,
  place: Place,
  { uid, limits = LIMITS }: { readonly uid: number; readonly limits?: Limits },
): Promise<RunningServer> {
  // In the order of arrival: the first idle one is the one that has been here longest.
  const staying = new Set<Connection>();
  const open = new Map<Connection, Promise<void>>();
  const accept = (socket: Socket): void => {
    if (staying.size >= limits.maxConnections && !makeRoom(staying)) {
      answering.log.warn("busy", { connections: staying.size });
      socket.on("error", () => socket.destroy());
      turnAway(socket);
      socket.destroySoon();
      return;
    }
    const connection = new Connection(socket, answering, limits);
    const gone = connection.run().finally(() => {
      staying.delete(connection);
      open.delete(connection);
    });
    staying.add(connection);
    open.set(connection, gone);
  };
  // A client may close its side after its request and still wait for the answer.
  const server = createServer({ allowHalfOpen: true }, accept);
  const remove = await listenAt(server, place, uid);
  server.on("error", (error) => answering.log.error("server", { code: (error as NodeJS.ErrnoException).code }));
  return {
    connections: () => staying.size,
    close: async () => {
      remove();
      server.close();
      for (const connection of open.keys()) connection.leave();
      await within(limits.drainMs, Promise.all(open.values()), () => {
        answering.log.warn("cut", { connections: open.size });
        for (const connection of open.keys()) connection.cut();
      });
    },
  };
}

/** Idle clients give way to new ones, so that a crowd of them can't keep a real one out. */
function makeRoom(staying: Set<Connection>): boolean {
  const idle = [...staying].find((connection) => connection.isIdle);
  if (idle === undefined) return false;
  idle.turnAway();
  staying.delete(idle);
  return true;
}

/** Waits for work, but no longer than `ms`; what is still running then is given up. */
async function within(ms: number, work: Promise<unknown>, giveUp: () => void): Promise<void> {
  let impatience: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    impatience = setTimeout(() => {
      giveUp();
      resolve();
    }, ms);
  });
  await Promise.race([work, late]);
  clearTimeout(impatience);
}
