import type { Brand } from "./brand.ts";
import { err, ok, type Result } from "./result.ts";

/** A SHA-256 digest: 64 lower-case hex digits. */
export type Sha256 = Brand<string, "Sha256">;

/** @returns the digest in lower case, or `not-sha256`. */
export function parseSha256(text: string): Result<Sha256, { readonly code: "not-sha256" }> {
  return /^[0-9a-f]{64}$/i.test(text) ? ok(text.toLowerCase() as Sha256) : err({ code: "not-sha256" });
}
