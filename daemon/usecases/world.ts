import type { OutsidePlaces } from "../config/outside-places.ts";
import type { SeedRules } from "../config/seeds-table.ts";
import type { Actor, Event, EventBody } from "../core/event.ts";
import type { Fingerprint } from "../core/fingerprint.ts";
import { withMachine } from "../core/fold.ts";
import type { PackageName } from "../core/package-name.ts";
import type { Pin } from "../core/pin.ts";
import type { Policy } from "../core/policy.ts";
import type { UnixMs } from "../core/time.ts";
import { TofuError } from "../core/tofu-error.ts";
import type { ReadSmall } from "../evidence/artifact-file.ts";
import type { HashWorkers } from "../evidence/hash-workers.ts";
import type { CopiedStore } from "../journal/copy-store.ts";
import type { Append, Journal } from "../journal/journal.ts";
import type { LayerSource } from "../layer/layer-source.ts";
import type { Network } from "../network/network.ts";
import type { Answer, WatchStateLine } from "../protocol/answer.ts";
import type { Listener } from "../protocol/ask.ts";
import { layeredPin, layerOf, machineOf } from "./layered.ts";

/** All that the use cases can do to the world, passed in by `run-daemon.ts` and `cli/session.ts`. */
export interface TofuWorld {
  readonly journal: Journal;
  /** The machine's pin files, below the journal. */
  readonly layers: LayerSource;
  /** What a user must be told of the store, in sentences; empty where all is well. */
  readonly findings: readonly string[];
  /** Copies the store into a new folder, verified. */
  readonly copyTo: (target: string) => Promise<CopiedStore>;
  /** The store was begun with `--at`: its history is a replay, and every answer says so. */
  readonly replay: boolean;
  readonly policy: (name: PackageName) => Policy;
  /** Whose pin files the settings name, and how old one may be. */
  readonly seeds: () => SeedRules;
  /** Reads a file with a `[policy]` table, for one request. */
  readonly loadPolicyFile: (path: string) => Promise<(name: PackageName) => Policy>;
  readonly now: () => UnixMs;
  readonly actor: Actor;
  /** The store's folder, for people. */
  readonly store: string;
  readonly daemon: DaemonFacts | undefined;
  /** What a process that goes on can do besides: watch folders, and tell of events as they are appended. */
  readonly live?: LiveWorld | undefined;
  /** Settings that are not the default, in words: shown in line one of JSON (rules.md, row 75). */
  readonly unusual: readonly string[];
  /** Who reads and hashes large files beside the requests; absent in a command of its own. */
  readonly hashers?: HashWorkers | undefined;
  /** Who reads the small files of a request that names many; absent: each is read by itself. */
  readonly readSmall?: ReadSmall | undefined;
  /** What may be asked beside the files themselves, as the configuration has it now. */
  readonly outside: () => OutsidePlaces;
  readonly network: Network;
  /** Asks the user's own GnuPG keyring, where gpg is installed. */
  readonly keyring: (gnupgHome: string | undefined, key: Fingerprint) => Promise<Uint8Array | undefined>;
}

export interface LiveWorld {
  readonly watchState: () => WatchStateLine;
  /**
   * Tells judgements as they are made, until the listener has enough.
   *
   * @throws TofuError `busy` where too many listen already.
   */
  readonly follow: (folders: readonly string[], tell: (answer: Answer) => void, listener: Listener) => Promise<void>;
  /** Resolves at the next append, or when the signal is aborted. */
  readonly nextAppend: (signal: AbortSignal) => Promise<void>;
  /** Takes one of the places for listeners; the result gives it back. @throws TofuError `busy` where none is free. */
  readonly takeSeat: () => () => void;
}

export interface DaemonFacts {
  readonly pid: number;
  readonly since: string;
  readonly version: string;
  readonly socket: string;
}

export interface LoadedPin {
  readonly pin: Pin;
  /** Never earlier than what the journal has seen. */
  readonly now: UnixMs;
}

const MAX_ATTEMPTS = 8;

/** @returns the pin as of now: the package's journal on top of the machine's files, folded with the machine's journal. */
export async function loadPin(world: TofuWorld, name: PackageName): Promise<LoadedPin> {
  const layer = await layerOf(world, name, world.now());
  const own = layer === undefined ? await world.journal.pin(name) : await layeredPin(world, name, layer);
  const pin = withMachine(own, machineOf(world, await world.journal.machine(), world.now()));
  const now = Math.max(world.now(), pin.latest ?? 0) as UnixMs;
  return { pin, now };
}

/** @returns the pin with all the events that it was folded from, for answers that tell the story. */
export async function loadHistory(
  world: TofuWorld,
  name: PackageName,
): Promise<LoadedPin & { readonly events: readonly Event[] }> {
  const loaded = await loadPin(world, name);
  const events = await world.journal.read(name);
  // More may have been appended since the pin was read.
  return { ...loaded, events: events.slice(0, loaded.pin.version) };
}

/**
 * The loop that is right for one process, two processes and a fleet: read, decide, append if nobody else appended since,
 * else read and decide again.
 *
 * @param attempt - decides from the pin; `append: undefined` when there is nothing to record.
 * @returns what the attempt that held decided.
 */
export async function decideAndAppend<T>(
  world: TofuWorld,
  name: PackageName,
  attempt: (loaded: LoadedPin) => Promise<{
    readonly value: T;
    readonly append: Partial<Pick<Append, "events" | "certificates" | "objects">> | undefined;
  }>,
): Promise<T> {
  for (let tries = 0; tries < MAX_ATTEMPTS; tries += 1) {
    const loaded = await loadPin(world, name);
    const { value, append } = await attempt(loaded);
    if (append?.events === undefined || append.events.length === 0) return value;
    const { events, certificates = [], objects = [] } = append;
    const at = world.now();
    const appended = await world.journal.append({
      name,
      expectedVersion: loaded.pin.version,
      events,
      at,
      actor: world.actor,
      certificates,
      objects,
    });
    if (appended.kind === "appended") return value;
  }
  throw new TofuError("busy", `the journal of ${name} keeps changing under this command; try again`);
}

/** Appends to the journal of the whole machine: distrust everywhere, certificates of nobody pinned here. */
export async function appendToMachine(
  world: TofuWorld,
  body: EventBody,
  certificates: Append["certificates"] = [],
): Promise<void> {
  for (let tries = 0; tries < MAX_ATTEMPTS; tries += 1) {
    const expectedVersion = (await world.journal.read("*")).length;
    const append = {
      name: "*" as const,
      expectedVersion,
      events: [body],
      at: world.now(),
      actor: world.actor,
      certificates,
      objects: [],
    };
    if ((await world.journal.append(append)).kind === "appended") return;
  }
  throw new TofuError("busy", "the journal of this machine keeps changing under this command; try again");
}
