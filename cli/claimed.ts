import { readFileSync, readlinkSync } from "node:fs";
import { isatty } from "node:tty";
import type { Claimed } from "../daemon/core/event.ts";

const MAX_TEXT = 200;

/**
 * @returns what this process says of itself for the journal: its terminal, its number, and the program that started it.
 * Any process of the same user could say the same, so it is a claim (security.md, section 2).
 */
export function claimedBy({ pid, ppid }: { readonly pid: number; readonly ppid: number }): Claimed {
  const tty = isatty(0) ? look(() => readlinkSync("/proc/self/fd/0")) : undefined;
  const parent = look(() => readFileSync(`/proc/${ppid}/comm`, "utf8").trimEnd());
  return { tty, pid, parent: parent ?? `process ${ppid}` };
}

/** Where there is no /proc, less is claimed. */
function look(read: () => string): string | undefined {
  try {
    return read().slice(0, MAX_TEXT);
  } catch {
    return undefined;
  }
}
