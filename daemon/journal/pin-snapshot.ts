import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { JournalName } from "../core/event.ts";
import type { Pin } from "../core/pin.ts";
import { formatPinText, parsePinText } from "../core/pin-text.ts";
import { parseSha256, type Sha256 } from "../core/sha256.ts";
import { unixMs } from "../core/time.ts";
import type { ChainEnd } from "./chain.ts";
import { sha256 } from "./digest.ts";

/** A pin as it was after so many events, kept in the store so that they need not be read again. */
export interface PinSnapshot {
  /** The event that it ends with. */
  readonly end: ChainEnd;
  readonly pin: Pin;
}

/** Shorter histories are folded in a few milliseconds. */
export const MIN_SNAPSHOT_EVENTS = 256;
/** A snapshot is written when the history has grown by this part since the last one: its cost stays in proportion. */
const GROWTH = 8;
/** Characters: some 200,000 artifacts. */
const MAX_SNAPSHOT_LENGTH: number = 96 << 20;
/** Entries of a pin whose snapshot is written beside events: a larger one would keep every other client waiting. */
export const MAX_ENTRIES_BESIDE_EVENTS = 10_000;

/** @returns whether it is time for another one. */
export function isSnapshotDue(version: number, lastVersion: number): boolean {
  return version >= MIN_SNAPSHOT_EVENTS && version - lastVersion >= Math.max(MIN_SNAPSHOT_EVENTS, version / GROWTH);
}

/** @returns a snapshot as it is stored; `undefined` for one that is too large, or where it could never be read. */
export function formatSnapshot({ end, pin }: PinSnapshot, name: JournalName): string | undefined {
  const fold = foldingCode();
  if (fold === undefined || end.hash === undefined || end.mono === undefined) return undefined;
  const body = `${fold} ${end.n} ${end.hash} ${end.mono} ${name}\n${formatPinText(pin)}`;
  return body.length > MAX_SNAPSHOT_LENGTH ? undefined : `${sha256(body)}\n${body}`;
}

/**
 * Reads a stored snapshot.
 *
 * @returns `undefined` for one that is damaged, of another package, or written by a program that folds otherwise: it
 * is as good as none. The caller looks whether the package's chain has the event that it ends with.
 */
export function parseSnapshot(text: string, name: JournalName): PinSnapshot | undefined {
  const bodyAt = text.indexOf("\n") + 1;
  const body = text.slice(bodyAt);
  if (text.length > 2 * MAX_SNAPSHOT_LENGTH || text.slice(0, bodyAt) !== `${sha256(body)}\n`) return undefined;
  const pinAt = body.indexOf("\n") + 1;
  const [fold, n, hash, mono, ...rest] = body.slice(0, pinAt - 1).split(" ");
  const digest = parseSha256(hash ?? "");
  if (fold !== foldingCode() || rest.join(" ") !== name || !digest.ok) return undefined;
  const pin = parsePinText(body.slice(pinAt));
  const end = { n: Number(n), hash: digest.value, mono: unixMs(Number(mono)) };
  return pin === undefined || pin.version !== end.n || pin.latest !== end.mono ? undefined : { end, pin };
}

let code: Sha256 | undefined;

/** Digest of the whole core, which folds: after any change to it, every snapshot is made anew. */
function foldingCode(): Sha256 | undefined {
  code ??= digestOfCore();
  return code;
}

function digestOfCore(): Sha256 | undefined {
  const folder = new URL("../core/", import.meta.url);
  // Bundled in one file, the core has no folder, and then nothing is kept.
  if (!existsSync(folder)) return undefined;
  const hash = createHash("sha256");
  const names = readdirSync(folder).filter((name) => name.endsWith(".js"));
  for (const name of names.sort()) hash.update(`${name}\n`).update(readFileSync(new URL(name, folder)));
  const digest = parseSha256(hash.digest("hex"));
  return names.length > 0 && digest.ok ? digest.value : undefined;
}
