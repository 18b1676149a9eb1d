import type { JournalName } from "../core/event.ts";
import type { Fingerprint } from "../core/fingerprint.ts";
import { parsePackageName } from "../core/package-name.ts";
import { parseSha256, type Sha256 } from "../core/sha256.ts";
import type { SignerId } from "../core/signer.ts";
import { formatTime, parseTime, type UnixMs } from "../core/time.ts";
import type { StoreHead } from "./anchor.ts";

/** Version of the keys and records below. Events carry a version of their own. */
export const STORE_SCHEMA = 1;

// Parts of a key are divided by NUL, which no name, signer or digest can hold, and numbers have one width: so a
// package's events are one range in their order, and no two things share a key.
const EVENT_DIGITS = 12;

export const FORMAT_KEY = "m\0format";
export const HEAD_KEY = "m\0head";
/** Of the record that a repaired store keeps for ever. */
export const REPAIR_KEY = "m\0repair";

export function eventKey(name: JournalName, n: number): string {
  return `e\0${name}\0${padded(n)}`;
}

/** Of the record that says what was appended to the store as its event `position`, counted from 0. */
export function positionKey(position: number): string {
  return `p\0${padded(position)}`;
}

/** Of the record that says where a journal ends. */
export function chainKey(name: JournalName): string {
  return `h\0${name}`;
}

/** Of a pin as it was after some of the package's events. */
export function snapshotKey(name: JournalName): string {
  return `f\0${name}`;
}

export function certificateKey(primary: Fingerprint): string {
  return `c\0${primary}`;
}

export function subkeyKey(subkey: Fingerprint): string {
  return `k\0${subkey}`;
}

export function objectKey(digest: Sha256): string {
  return `o\0${digest}`;
}

export function signerKey(signer: SignerId, name: JournalName): string {
  return `s\0${signer}\0${name}`;
}

export function artifactKey(digest: Sha256, name: JournalName): string {
  return `a\0${digest}\0${name}`;
}

/** @returns the range of all keys that begin with these parts, and the length of what they share. */
export function rangeOf(...parts: readonly string[]): { readonly gte: string; readonly lt: string } {
  const prefix = parts.join("\0");
  return { gte: `${prefix}\0`, lt: `${prefix}\u0001` };
}

/** @returns the last part of a key. */
export function lastPart(key: string): string {
  return key.slice(key.lastIndexOf("\0") + 1);
}

/** One event in the order of the whole store. */
export interface PositionRecord {
  /** The running hash with this event. */
  readonly hash: Sha256;
  readonly name: JournalName;
  readonly n: number;
}

export function formatPosition({ hash, n, name }: PositionRecord): string {
  return `${hash} ${n} ${name}`;
}

/** @returns the record, or `undefined` for bytes that are none. */
export function parsePosition(text: string): PositionRecord | undefined {
  const [hash = "", n = "", ...rest] = text.split(" ");
  const [digest, name] = [parseSha256(hash), parseJournalName(rest.join(" "))];
  const version = parseCount(n);
  return digest.ok && name !== undefined && version !== undefined
    ? { hash: digest.value, n: version, name }
    : undefined;
}

/** Also the form of a journal's end: its version, and the digest of its last event. */
export function formatHead({ count, hash }: StoreHead): string {
  return `${count} ${hash}`;
}

/** @returns the head, or `undefined` for bytes that are none. */
export function parseHead(text: string): StoreHead | undefined {
  const [count = "", hash = "", ...rest] = text.split(" ");
  const [number, digest] = [parseCount(count), parseSha256(hash)];
  return number !== undefined && digest.ok && rest.length === 0 ? { count: number, hash: digest.value } : undefined;
}

/** @returns the journal's name, if it is written as names are stored. */
export function parseJournalName(text: string): JournalName | undefined {
  if (text === "*") return "*";
  const parsed = parsePackageName(text);
  return parsed.ok && parsed.value === text ? parsed.value : undefined;
}

/** What the store was begun as. */
export interface StoreFormat {
  readonly schema: number;
  readonly replay: boolean;
}

export function formatFormat(format: StoreFormat): string {
  return JSON.stringify({ schema: format.schema, replay: format.replay });
}

/** @returns the format, of this or a newer schema, or `undefined` for bytes that are none. */
export function parseFormat(text: string): StoreFormat | undefined {
  const found = /^\{"schema":([1-9]\d{0,5}),"replay":(true|false)\}$/.exec(text);
  if (found !== null) return { schema: Number(found[1]), replay: found[2] === "true" };
  const newer = /^\{"schema":([1-9]\d{0,5}),/.exec(text);
  return newer !== null && Number(newer[1]) > STORE_SCHEMA ? { schema: Number(newer[1]), replay: false } : undefined;
}

/** What is known of the repair that a store came from. */
export interface RepairRecord {
  readonly at: UnixMs;
  /** Events that could be taken over. */
  readonly kept: number;
  /** Events that the anchor knew of and that are gone; `undefined` where nothing says how many there were. */
  readonly lost: number | undefined;
}

export function formatRepair({ at, kept, lost }: RepairRecord): string {
  return `${formatTime(at)} ${kept} ${lost ?? "?"}`;
}

/** @returns the record, or `undefined` for bytes that are none. */
export function parseRepair(text: string): RepairRecord | undefined {
  const [time = "", kept = "", lost = "", ...rest] = text.split(" ");
  const [at, keptCount, lostCount] = [parseTime(time), parseCount(kept), parseCount(lost)];
  if (!at.ok || keptCount === undefined || (lostCount === undefined && lost !== "?") || rest.length > 0)
    return undefined;
  return { at: at.value, kept: keptCount, lost: lostCount };
}

function parseCount(text: string): number | undefined {
  return /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}

function padded(count: number): string {
  return String(count).padStart(EVENT_DIGITS, "0");
}
