import type { Brand } from "./brand.ts";
import { err, ok, type Result } from "./result.ts";

/** Milliseconds since 1970-01-01T00:00:00Z. The core is given times; it never asks a clock. */
export type UnixMs = Brand<number, "UnixMs">;

export const DAY_MS: number = 86_400_000;
export const MINUTE_MS: number = 60_000;

/** Largest time that is written with four digits for the year: 9999-12-31T23:59:59.999Z. */
const MAX_MS = 253_402_300_799_999;
const TIME = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,3}))?Z)?$/;
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Reads `YYYY-MM-DD` or `YYYY-MM-DDThh:mm:ss[.mmm]Z`, always UTC.
 *
 * @returns the time, or `not-a-time` for anything else, dates that no calendar has included.
 */
export function parseTime(text: string): Result<UnixMs, { readonly code: "not-a-time" }> {
  if (!TIME.test(text)) return err({ code: "not-a-time" });
  // Each part has its place; what a day alone leaves out reads as 0.
  const [year, month, day] = [Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8, 10))];
  const [hour, minute, second] = [Number(text.slice(11, 13)), Number(text.slice(14, 16)), Number(text.slice(17, 19))];
  const ms = Number(text.slice(20, -1).padEnd(3, "0"));
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return err({ code: "not-a-time" });
  if (hour > 23 || minute > 59 || second > 59) return err({ code: "not-a-time" });
  const days = daysBefore(year, month) + day - 1;
  const value = ((days * 24 + hour) * 60 + minute) * 60_000 + second * 1000 + ms;
  return value < 0 ? err({ code: "not-a-time" }) : ok(value as UnixMs);
}

/** @returns a time made of milliseconds since 1970, cut to whole milliseconds and to the years 1970 to 9999. */
export function unixMs(ms: number): UnixMs {
  return Math.min(MAX_MS, Math.max(0, Math.trunc(ms))) as UnixMs;
}

/** @returns whether a number is a time that {@link formatTime} writes and {@link parseTime} gives back. */
export function isTime(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= MAX_MS && !Object.is(value, -0);
}

/** @returns `2026-09-14T06:00:00Z`, with `.mmm` only where there are milliseconds. */
export function formatTime(time: UnixMs): string {
  const inDay = time % DAY_MS;
  const clock = `${two(Math.floor(inDay / 3_600_000))}:${two(Math.floor(inDay / 60_000) % 60)}:${two(Math.floor(inDay / 1000) % 60)}`;
  const ms = inDay % 1000;
  return `${formatDate(time)}T${clock}${ms === 0 ? "" : `.${String(ms).padStart(3, "0")}`}Z`;
}

/** @returns the UTC day, `2026-09-14`. Two times share a day exactly when this text is the same. */
export function formatDate(time: UnixMs): string {
  let days = Math.floor(time / DAY_MS);
  let year = 1970 + Math.floor(days / 366);
  while (daysBefore(year + 1, 1) <= days) year += 1;
  days -= daysBefore(year, 1);
  let month = 1;
  for (let length = daysIn(year, month); days >= length; length = daysIn(year, month)) {
    days -= length;
    month += 1;
  }
  return `${year}-${two(month)}-${two(days + 1)}`;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : `${value}`;
}

function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

function daysIn(year: number, month: number): number {
  return month === 2 && isLeap(year) ? 29 : (MONTH_DAYS[month - 1] ?? 0);
}

/** Days from 1970-01-01 to the first day of a month, proleptic Gregorian calendar. */
function daysBefore(year: number, month: number): number {
  const y = year - 1;
  const leaps = (n: number): number => Math.floor(n / 4) - Math.floor(n / 100) + Math.floor(n / 400);
  let days = (year - 1970) * 365 + leaps(y) - leaps(1969);
  for (let m = 1; m < month; m += 1) days += daysIn(year, m);
  return days;
}
