import { type Codec, viaText } from "../core/codec.ts";
import { err, ok, type Result } from "../core/result.ts";

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);
const MAX_MS = 7 * 86_400_000;

/**
 * Reads `90s`, `10m`, `2h` or `1d`.
 *
 * @returns milliseconds, a week at most.
 */
export function parseDuration(text: string): Result<number, { readonly code: "not-a-duration" }> {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const ms = Number(count) * (UNIT_MS.get(unit ?? "") ?? Number.NaN);
  return ms <= MAX_MS ? ok(ms) : err({ code: "not-a-duration" });
}

/** @returns the duration in the largest unit that leaves no rest. */
export function formatDuration(ms: number): string {
  const [unit, unitMs] = [...UNIT_MS].findLast(([, candidate]) => ms >= candidate && ms % candidate === 0) ?? [
    "s",
    1000,
  ];
  return `${Math.round(ms / unitMs)}${unit}`;
}

export const durationCodec: Codec<number> = viaText(
  "a duration such as 90s, 10m or 2h, a week at most",
  parseDuration,
  formatDuration,
);
