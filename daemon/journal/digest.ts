import { hash } from "node:crypto";
import { parseSha256, type Sha256 } from "../core/sha256.ts";
import { TofuError } from "../core/tofu-error.ts";

/** @returns the digest of these bytes; text counts as its UTF-8. */
export function sha256(bytes: Uint8Array | string): Sha256 {
  return digestFrom(hash("sha256", bytes, "hex"));
}

/** The store's running hash before its first event. */
export const NO_EVENTS: Sha256 = digestFrom("0".repeat(64));

/**
 * Adds one event to the running hash over a whole store: equal hashes mean equal events in equal order.
 *
 * @param before - the running hash without the event, {@link NO_EVENTS} for the first.
 * @param text - the event as it is stored.
 */
export function runningHash(before: Sha256, text: string): Sha256 {
  return sha256(`${before}${text}`);
}

function digestFrom(hex: string): Sha256 {
  const parsed = parseSha256(hex);
  if (!parsed.ok) throw new TofuError("internal", "a digest is not 64 hex digits");
  return parsed.value;
}
