import { lstatSync, realpathSync, type Stats } from "node:fs";
import { dirname } from "node:path";
import { printablePath } from "../core/printable.ts";
import { TofuError } from "../core/tofu-error.ts";

const GROUP_OR_OTHER_WRITE = 0o022;

/** Whose the machine's files must be. */
export interface Ownership {
  /** The only user who may own a part of a path. */
  readonly owner: number;
  /** The first folder that is looked at: all above it is somebody else's care. */
  readonly base: string;
}

/**
 * Looks at every part of the path to a file that speaks for the whole machine, and of the path that links lead to:
 * whoever can write or exchange a part says who may sign.
 *
 * @returns whether the file is there.
 * @throws TofuError `layer` naming the part and the remedy, or what can't be looked at.
 */
export function assertOwned(path: string, ownership: Ownership): boolean {
  return partsAreOwned(path, ownership) && partsAreOwned(followed(path), ownership);
}

/** @throws TofuError `layer` where another user owns, or can write, what these are the facts of. */
export function assertOwnedPart(path: string, { uid, mode }: Pick<Stats, "uid" | "mode">, owner: number): void {
  const shown = printablePath(path, 120);
  if (uid !== owner) throw layerFault(`${shown} belongs to user ${uid}, not to root`, `chown root ${shown}`);
  if ((mode & GROUP_OR_OTHER_WRITE) !== 0) {
    const octal = (mode & 0o7777).toString(8).padStart(4, "0");
    throw layerFault(`${shown} has mode ${octal}, so that others than root can write it`, `chmod go-w ${shown}`);
  }
}

/** @returns the fault of a layer that nothing may be judged by: what is wrong, and the remedy where there is one. */
export function layerFault(what: string, remedy?: string, cause?: unknown): TofuError {
  const doing = remedy === undefined ? "" : `; as root: ${remedy}`;
  return new TofuError("layer", `this machine's pins can't be used: ${what}${doing}`, { cause });
}

/** At once, without the thread pool: a handful of looks at local names before each question. */
function partsAreOwned(path: string, { owner, base }: Ownership): boolean {
  const parts = [...partsAbove(path).toReversed(), path];
  for (const part of parts.slice(Math.max(0, parts.indexOf(base)))) {
    const stats = look(part);
    if (stats === undefined) return false;
    // A link's mode means nothing; what it leads to is looked at as well.
    assertOwnedPart(part, stats.isSymbolicLink() ? { uid: stats.uid, mode: 0 } : stats, owner);
  }
  return true;
}

function followed(path: string): string {
  try {
    return realpathSync.native(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function partsAbove(path: string): readonly string[] {
  const above = dirname(path);
  return above === path ? [] : [above, ...partsAbove(above)];
}

function look(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOTDIR") return undefined;
    throw unreadable(path, cause);
  }
}

/** @returns the fault of a part that is there and can't be read: that is not the same as no layer. */
export function unreadable(path: string, cause: unknown): TofuError {
  const code = (cause as NodeJS.ErrnoException).code ?? "unknown reason";
  return layerFault(`${printablePath(path, 120)} can't be read (${code})`, undefined, cause);
}
