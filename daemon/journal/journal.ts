import type { Actor, Event, EventBody, JournalName } from "../core/event.ts";
import type { Fingerprint } from "../core/fingerprint.ts";
import type { Machine } from "../core/fold.ts";
import type { PackageName } from "../core/package-name.ts";
import type { Pin } from "../core/pin.ts";
import type { Sha256 } from "../core/sha256.ts";
import type { SignerId } from "../core/signer.ts";
import type { UnixMs } from "../core/time.ts";

/**
 * The database: one append-only, hash-chained journal per package. Each engine passes `test/journal/kit.ts`; what the
 * kit does not pin down is not promised. Faults (disk full, damage, closed) are thrown as `TofuError`; a conflict is a
 * value, since the caller must read and judge again.
 */
export interface Journal {
  /** The package's events, oldest first, parsed and checked against the chain; empty where there are none. */
  readonly read: (name: JournalName) => Promise<readonly Event[]>;
  /** What the package's events come to: checked as {@link read} does, and kept, so that only new events are read. */
  readonly pin: (name: PackageName) => Promise<Pin>;
  /** The same for the journal `*`. */
  readonly machine: () => Promise<Machine>;
  /**
   * Appends all or nothing, and returns only when it is on disk.
   *
   * @returns the sealed events, or `conflict` with the version found, if the journal is not at `expectedVersion`.
   */
  readonly append: (append: Append) => Promise<Appended>;
  /**
   * Appends a few, each decided after those before it, and returns when they are on disk together. From the first that
   * conflicts, or can't be appended, none is: those after it were decided on what it would have left.
   *
   * @returns one outcome for each; `conflict` for all that were not appended.
   */
  readonly appendTogether: (appends: readonly Append[]) => Promise<readonly Appended[]>;
  /**
   * Appends many one after another, in pieces of some hundred events that are written whole, and returns when all of
   * it is on disk. A crash leaves the first so many pieces: who writes more than one piece says so in its first append.
   *
   * @param onWritten - told the number of appends that are written by now.
   * @returns `conflict` with the first that is not at its `expectedVersion`; those before it are written.
   */
  readonly appendMany: (appends: Iterable<Append>, onWritten?: (count: number) => void) => Promise<AppendedMany>;
  /** The stored certificate, merged and minimal, in binary form; `undefined` where there is none. */
  readonly certificate: (primary: Fingerprint) => Promise<Uint8Array | undefined>;
  /** The certificate that lists this subkey, of those stored. */
  readonly primaryOf: (subkey: Fingerprint) => Promise<Fingerprint | undefined>;
  /** Stored bytes by their digest (signature files). */
  readonly object: (sha256: Sha256) => Promise<Uint8Array | undefined>;
  /** Every package with at least one event, in byte order. */
  readonly packages: () => AsyncIterable<PackageName>;
  /** Packages whose events name this signer or this digest, in byte order: indexes, written with the events. */
  readonly packagesOfSigner: (signer: SignerId, few?: Few) => Promise<readonly PackageName[]>;
  readonly packagesOfArtifact: (sha256: Sha256, few?: Few) => Promise<readonly PackageName[]>;
  /** All events of the store in the order they were appended, from a position on (0: all). */
  readonly follow: (from: number) => AsyncIterable<{ readonly position: number; readonly event: Event }>;
  /** Events in the whole store. */
  readonly count: () => Promise<number>;
  readonly close: () => Promise<void>;
}

/** How many are wanted; no more are looked up. */
export interface Few {
  readonly limit: number;
}

export interface Append {
  readonly name: JournalName;
  readonly expectedVersion: number;
  readonly events: readonly EventBody[];
  readonly at: UnixMs;
  readonly actor: Actor;
  /** Certificates that come with the events, as they shall be stored from now on. */
  readonly certificates: readonly {
    readonly primary: Fingerprint;
    readonly subkeys: readonly Fingerprint[];
    readonly bytes: Uint8Array;
  }[];
  readonly objects: readonly Uint8Array[];
}

export type AppendedMany =
  | { readonly kind: "appended"; readonly count: number }
  | { readonly kind: "conflict"; readonly count: number; readonly name: JournalName; readonly version: number };

export type Appended =
  | { readonly kind: "appended"; readonly events: readonly Event[] }
  | { readonly kind: "conflict"; readonly version: number };
