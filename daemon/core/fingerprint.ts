import type { Brand } from "./brand.ts";
import { err, ok, type Result } from "./result.ts";

/** The full fingerprint of an OpenPGP key: 40 (version 4) or 64 (version 6) upper-case hex digits. */
export type Fingerprint = Brand<string, "Fingerprint">;

/** Why a text is no fingerprint; `key-id` is told apart because people paste key IDs, which collide at will. */
export type FingerprintError = {
  readonly code: "not-hexadecimal" | "key-id" | "wrong-length";
  readonly digits: number;
};

const HEX = /^[0-9a-f]+$/i;
const MAX_TEXT = 200;

/**
 * Reads a fingerprint as people write it: spaces and letter case do not matter.
 *
 * @param text - 40 hex digits (version 4 key) or 64 (version 6), RFC 9580 section 5.5.4; a leading `0x` is allowed.
 * @returns the fingerprint in upper case, or why it is none. An 8 or 16 digit key ID is refused with `key-id`.
 */
export function parseFingerprint(text: string): Result<Fingerprint, FingerprintError> {
  const digits = text
    .slice(0, MAX_TEXT)
    .replace(/[ \u00a0]/g, "")
    .replace(/^0x/i, "");
  if (!HEX.test(digits)) return err({ code: "not-hexadecimal", digits: digits.length });
  if (digits.length === 8 || digits.length === 16) return err({ code: "key-id", digits: digits.length });
  if (digits.length !== 40 && digits.length !== 64) return err({ code: "wrong-length", digits: digits.length });
  return ok(digits.toUpperCase() as Fingerprint);
}

/** @returns the fingerprint in groups of four, with two spaces in the middle: `AEA0 8C8D …  0DC0 28B8 …`. */
export function formatFingerprint(fingerprint: Fingerprint): string {
  const groups = fingerprint.match(/.{4}/g) ?? [];
  const half = groups.length / 2;
  return `${groups.slice(0, half).join(" ")}  ${groups.slice(half).join(" ")}`;
}

/** @returns the first and last eight digits, `AEA0 8C8D … D578 A535`: the shortest form tofu ever shows. */
export function shortFingerprint(fingerprint: Fingerprint): string {
  const four = (from: number, to?: number): string => fingerprint.slice(from, to);
  return `${four(0, 4)} ${four(4, 8)} … ${four(-8, -4)} ${four(-4)}`;
}
