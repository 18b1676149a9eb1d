import { userInfo } from "node:os";
import type { Actor } from "./core/event.ts";
import { escapeText } from "./core/printable.ts";

const MAX_NAME = 200;

/** @returns the user whose word the events of this process are: the account's name, or its number where it has none. */
export function actorOfProcess(): Actor {
  return `user:${escapeText(accountName()).slice(0, MAX_NAME)}`;
}

function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    // A uid without an entry in the account database, as in many containers.
    return String(process.getuid?.() ?? "unknown");
  }
}
