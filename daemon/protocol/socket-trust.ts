import { lstatSync, realpathSync, type Stats } from "node:fs";
import { dirname } from "node:path";
import { printablePath } from "../core/printable.ts";
import { rootOwner } from "../root-owner.ts";

/**
 * Whether what stands at a path may be spoken to. Unix sockets tell Node nothing of the peer, so the only proof of who
 * listens is who could have put the socket there (security.md, section 6).
 */
export type SocketTrust =
  | { readonly kind: "trusted" }
  | { readonly kind: "absent" }
  | { readonly kind: "untrusted"; readonly sentence: string };

const GROUP_OR_OTHER_WRITE = 0o022;
const GROUP_OR_OTHER = 0o077;
const STICKY = 0o1000;

/**
 * Looks at every part of the path to a socket, links not followed blindly: nobody but `uid` and root may be able to
 * exchange a part, and the last folder and the socket are `uid`'s alone.
 */
export function checkSocket(path: string, uid: number): SocketTrust {
  return looking(path, () => judgeSocket(path, uid));
}

/** As {@link checkSocket}, for the folder alone. */
export function checkSocketFolder(folder: string, uid: number): SocketTrust {
  return looking(folder, () => judgeFolder(folder, uid));
}

/** A part that can't be looked at is no proof of anything. */
function looking(path: string, judge: () => SocketTrust): SocketTrust {
  try {
    return judge();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === undefined) throw error;
    return untrusted(path, `can't be looked at (${code})`, "use a folder of your own");
  }
}

function judgeSocket(path: string, uid: number): SocketTrust {
  const folder = judgeFolder(dirname(path), uid);
  if (folder.kind !== "trusted") return folder;
  const stats = look(path);
  if (stats === undefined) return { kind: "absent" };
  if (!stats.isSocket()) return untrusted(path, "is not a socket", "move it away");
  if (stats.uid !== uid) return untrusted(path, `belongs to user ${stats.uid}`, "remove it and start tofud again");
  if ((stats.mode & GROUP_OR_OTHER) !== 0) {
    return untrusted(path, `has mode ${modeOf(stats)}`, "remove it and start tofud again");
  }
  return { kind: "trusted" };
}

function judgeFolder(folder: string, uid: number): SocketTrust {
  const stats = look(folder);
  if (stats === undefined) return { kind: "absent" };
  if (!stats.isDirectory()) return untrusted(folder, "is not a folder", "move it away");
  if (stats.uid !== uid) return untrusted(folder, `belongs to user ${stats.uid}`, "use a folder of your own");
  if ((stats.mode & GROUP_OR_OTHER) !== 0) {
    return untrusted(folder, `has mode ${modeOf(stats)}`, `chmod 0700 ${printablePath(folder, 120)}`);
  }
  const parts = new Set([...partsAbove(folder), ...partsAbove(realpathSync.native(folder))]);
  for (const part of parts) {
    const problem = partProblem(part, uid);
    if (problem !== undefined) return problem;
  }
  return { kind: "trusted" };
}

function partProblem(part: string, uid: number): SocketTrust | undefined {
  const stats = look(part);
  if (stats === undefined) return { kind: "absent" };
  if (stats.uid !== uid && stats.uid !== rootOwner()) {
    return untrusted(part, `belongs to user ${stats.uid}`, "use a folder of your own");
  }
  // A link's mode means nothing; where it leads is among the parts as well.
  const exchangeable = (stats.mode & GROUP_OR_OTHER_WRITE) !== 0 && (stats.mode & STICKY) === 0;
  if (stats.isSymbolicLink() || !exchangeable) return undefined;
  return untrusted(part, `has mode ${modeOf(stats)}`, `chmod go-w ${printablePath(part, 120)}`);
}

function partsAbove(folder: string): readonly string[] {
  const above = dirname(folder);
  return above === folder ? [] : [above, ...partsAbove(above)];
}

function look(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

function modeOf(stats: Stats): string {
  return (stats.mode & 0o7777).toString(8).padStart(4, "0");
}

function untrusted(path: string, what: string, remedy: string): SocketTrust {
  return { kind: "untrusted", sentence: `${printablePath(path, 120)} ${what}, so nothing is sent there: ${remedy}` };
}
