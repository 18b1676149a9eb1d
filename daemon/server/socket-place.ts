import { fstatSync, lstatSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { connect, type Server } from "node:net";
import { dirname } from "node:path";
import { printablePath } from "../core/printable.ts";
import { TofuError } from "../core/tofu-error.ts";
import { checkSocket, checkSocketFolder } from "../protocol/socket-trust.ts";

/** Where a daemon listens: at a path it makes, or on a descriptor that a service manager has opened for it. */
export type Place =
  | { readonly kind: "path"; readonly path: string }
  | { readonly kind: "descriptor"; readonly fd: number; readonly path: string };

/** Only the owner may connect. */
const SOCKET_UMASK = 0o177;
const FIRST_INHERITED_FD = 3;

/**
 * Looks for a socket that was handed over, as sd_listen_fds(3) has it.
 *
 * @param path - where clients look for it.
 * @throws TofuError `config` if it isn't exactly one socket.
 */
export function findPlace(env: NodeJS.ProcessEnv, pid: number, path: string): Place {
  if (env["LISTEN_PID"] !== String(pid)) return { kind: "path", path };
  if (env["LISTEN_FDS"] !== "1" || !fstatSync(FIRST_INHERITED_FD).isSocket()) {
    throw new TofuError("config", "the service manager must hand over exactly one socket");
  }
  return { kind: "descriptor", fd: FIRST_INHERITED_FD, path };
}

/**
 * Starts listening where only `uid` can connect.
 *
 * @returns what removes the socket again, if it is still the one made here.
 * @throws TofuError `daemon-running` if one listens there already, `daemon-untrusted` if others could exchange it.
 */
export async function listenAt(server: Server, place: Place, uid: number): Promise<() => void> {
  switch (place.kind) {
    case "path":
      prepareFolder(dirname(place.path), uid);
      await assertNobodyListens(place.path, uid);
      return listenAtPath(server, place.path, uid);
    case "descriptor":
      assertTrusted(place.path, uid);
      await listening(server, () => server.listen({ fd: place.fd }));
      return () => undefined;
  }
}

/**
 * Asks a socket whether a daemon is behind it. One that nobody listens on any more is left where it is.
 *
 * @throws TofuError `daemon-running`, or `daemon-untrusted` if something else is there.
 */
export async function assertNobodyListens(path: string, uid: number): Promise<void> {
  const trust = checkSocket(path, uid);
  if (trust.kind === "untrusted") throw new TofuError("daemon-untrusted", trust.sentence);
  if (trust.kind === "absent") return;
  const failure = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    const socket = connect(path);
    socket.once("error", resolve);
    socket.once("connect", () => {
      socket.destroy();
      resolve(undefined);
    });
  });
  if (failure?.code === "ECONNREFUSED" || failure?.code === "ENOENT") return;
  throw new TofuError("daemon-running", `a tofud listens at ${printablePath(path, 120)} already`, { cause: failure });
}

function prepareFolder(folder: string, uid: number): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code !== "EEXIST") {
      throw new TofuError("config", `the folder ${printablePath(folder, 120)} can't be made (${code})`, { cause });
    }
  }
  const trust = checkSocketFolder(folder, uid);
  if (trust.kind === "untrusted") throw new TofuError("daemon-untrusted", trust.sentence);
}

/**
 * The socket is made beside its path, looked at, and renamed: it appears with its mode and with somebody behind it, and a
 * dead one is replaced in one step. Closing the server removes the name it was bound to, which by then is gone, and not
 * a successor's socket.
 */
async function listenAtPath(server: Server, path: string, uid: number): Promise<() => void> {
  const fresh = `${path}.${process.pid}`;
  rmSync(fresh, { force: true });
  await listening(server, () => {
    const before = process.umask(SOCKET_UMASK);
    try {
      server.listen(fresh);
    } finally {
      process.umask(before);
    }
  });
  try {
    assertTrusted(fresh, uid);
    const made = lstatSync(fresh);
    renameSync(fresh, path);
    return () => {
      const there = lstatSync(path, { throwIfNoEntry: false });
      if (there?.ino === made.ino && there.dev === made.dev) rmSync(path);
    };
  } catch (error) {
    server.close();
    throw error;
  }
}

function assertTrusted(path: string, uid: number): void {
  const trust = checkSocket(path, uid);
  if (trust.kind === "trusted") return;
  const sentence = trust.kind === "untrusted" ? trust.sentence : `there is no socket at ${printablePath(path, 120)}`;
  throw new TofuError("daemon-untrusted", sentence);
}

async function listening(server: Server, listen: () => void): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.once("listening", () => {
      server.off("error", reject);
      resolve();
    });
    listen();
  });
}
