import type { Actor, Event, EventBody, JournalName } from "../core/event.ts";
import { encodeCertain, encodeChecked, parseEvent } from "../core/event-codec.ts";
import type { Sha256 } from "../core/sha256.ts";
import { type UnixMs, unixMs } from "../core/time.ts";
import { TofuError } from "../core/tofu-error.ts";
import type { StoreHead } from "./anchor.ts";
import { sha256 } from "./digest.ts";

/** Where a package's chain ends: what its next event must follow. */
export interface ChainEnd {
  /** Version of the journal; 0 where there is no event. */
  readonly n: number;
  /** SHA-256 of the last event's bytes. */
  readonly hash: Sha256 | undefined;
  readonly mono: UnixMs | undefined;
}

/** An event with the bytes that are stored and hashed. */
export interface Sealed {
  readonly event: Event;
  readonly text: string;
  /** Of the text. */
  readonly hash: Sha256;
}

export const EMPTY_CHAIN: ChainEnd = { n: 0, hash: undefined, mono: undefined };

/**
 * Puts events into their place behind a chain's end: version, digest of the event before, monotone time.
 *
 * @returns the sealed events, in order.
 * @throws TofuError `internal` for an event that could not be read back.
 */
export function seal(end: ChainEnd, place: Place, bodies: readonly EventBody[]): readonly Sealed[] {
  // What is given back is what a reader will get, absent fields and all.
  return sealEach(end, place, { bodies, encode: encodeChecked });
}

/** As {@link seal}, in a fraction of the time; the events are those given, where optional fields may be `undefined`. */
export function sealAsGiven(end: ChainEnd, place: Place, bodies: readonly EventBody[]): readonly Sealed[] {
  return sealEach(end, place, { bodies, encode: (event) => ({ event, text: encodeCertain(event) }) });
}

interface Place {
  readonly name: JournalName;
  readonly at: UnixMs;
  readonly actor: Actor;
}

interface Encoding {
  readonly bodies: readonly EventBody[];
  readonly encode: (event: Event) => Pick<Sealed, "event" | "text">;
}

function sealEach(end: ChainEnd, place: Place, { bodies, encode }: Encoding): readonly Sealed[] {
  const sealed: Sealed[] = [];
  let last = end;
  for (const body of bodies) {
    const { event, text } = encode(nextEvent(last, place, body));
    const next = { event, text, hash: sha256(text) };
    sealed.push(next);
    last = endAfter(next);
  }
  return sealed;
}

/** @returns the event that follows a chain's end. */
export function nextEvent(end: ChainEnd, { name, at, actor }: Place, body: EventBody): Event {
  // The clock went back: order is kept a millisecond at a time, and the event says that its time can't be relied on.
  const wentBack = end.mono !== undefined && at < end.mono;
  return {
    v: 1,
    n: end.n + 1,
    prev: end.hash,
    at,
    mono: wentBack ? unixMs((end.mono ?? 0) + 1) : at,
    ...(wentBack ? { clockStep: true } : {}),
    package: name,
    actor,
    body,
  };
}

/** @returns the end of a chain whose last event is this one. */
export function endAfter({ event, hash }: Sealed): ChainEnd {
  return { n: event.n, hash, mono: event.mono };
}

/**
 * Reads the next event of a chain.
 *
 * @param text - the stored bytes, or `undefined` where the store has none for this version.
 * @throws TofuError `store-damaged`, naming package and version, if the bytes are no event, or not the one that follows.
 */
export function readNext(end: ChainEnd, name: JournalName, text: string | undefined): Sealed {
  const n = end.n + 1;
  if (text === undefined) throw damaged(name, n, "is missing");
  const parsed = parseEvent(text);
  if (!parsed.ok) {
    const place = parsed.error.path === "" ? "it" : parsed.error.path;
    throw damaged(name, n, `can't be read: ${place} must be ${parsed.error.expected}`);
  }
  const event = parsed.value;
  if (event.package !== name) throw damaged(name, n, "belongs to another package");
  if (event.n !== n) throw damaged(name, n, "has another number");
  if (event.prev !== end.hash) throw damaged(name, n, "doesn't follow the event before it");
  if (end.mono !== undefined && event.mono < end.mono) throw damaged(name, n, "is older than the event before it");
  return { event, text, hash: sha256(text) };
}

/** @returns the fault for one event that is not as it was written. */
export function damaged(name: JournalName, n: number, what: string): TofuError {
  return new TofuError("store-damaged", `the store is damaged: event ${n} of ${name} ${what}`);
}

/** @throws TofuError `store-damaged` if a chain that was read ends elsewhere than its journal is recorded to end. */
export function assertChainEnd(name: JournalName, end: Pick<ChainEnd, "n" | "hash">, recorded: StoreHead): void {
  if (end.n !== recorded.count || (end.n > 0 && end.hash !== recorded.hash))
    throw damaged(name, end.n, "is not the end of its journal that was written there");
}

/** @returns the fault for an event behind the end of its journal. */
export function unknownEvent(name: JournalName, n: number): TofuError {
  return damaged(name, n, "is there, and the store doesn't know of it");
}
