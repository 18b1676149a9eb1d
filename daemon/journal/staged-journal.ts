import type { Event, JournalName } from "../core/event.ts";
import { encodeChecked } from "../core/event-codec.ts";
import type { Fingerprint } from "../core/fingerprint.ts";
import { foldEvents, type Machine } from "../core/fold.ts";
import type { PackageName } from "../core/package-name.ts";
import type { Pin } from "../core/pin.ts";
import type { Sha256 } from "../core/sha256.ts";
import type { SignerId } from "../core/signer.ts";
import { TofuError } from "../core/tofu-error.ts";
import { nextEvent } from "./chain.ts";
import { sha256 } from "./digest.ts";
import { indexTerms } from "./indexes.ts";
import type { Append, Appended, AppendedMany, Few, Journal } from "./journal.ts";

/**
 * A journal with appends on top that are not written yet: whoever decides one thing after another reads what was decided
 * before, and all of it goes to disk together. Nothing of it may be told to anybody before {@link write} says that it is
 * there. For one reader and writer; packages alone, not the journal of the whole machine.
 */
export class StagedJournal implements Journal {
  readonly #base: Journal;
  #appends: Append[] = [];
  readonly #events = new Map<PackageName, Event[]>();
  readonly #pins = new Map<PackageName, { readonly base: Pin; readonly length: number; readonly pin: Pin }>();
  readonly #certificates = new Map<Fingerprint, Uint8Array>();
  readonly #primaries = new Map<Fingerprint, Fingerprint>();
  readonly #objects = new Map<Sha256, Uint8Array>();
  readonly #bySigner = new Map<SignerId, Set<PackageName>>();
  readonly #byArtifact = new Map<Sha256, Set<PackageName>>();

  constructor(base: Journal) {
    this.#base = base;
  }

  /** Appends that are not written yet. */
  get size(): number {
    return this.#appends.length;
  }

  /**
   * Writes all appends, in their order; from then on the journal below is read again.
   *
   * @returns how many are on disk: where somebody else appended meanwhile, those before the first that no longer fits.
   * @throws TofuError where the write fails: then none of them counts.
   */
  async write(): Promise<number> {
    const appends = this.#appends;
    this.#appends = [];
    try {
      const outcomes = await this.#base.appendTogether(appends);
      const conflict = outcomes.findIndex(({ kind }) => kind === "conflict");
      return conflict < 0 ? appends.length : conflict;
    } finally {
      for (const kept of [this.#events, this.#pins, this.#certificates, this.#primaries, this.#objects]) kept.clear();
      for (const index of [this.#bySigner, this.#byArtifact]) index.clear();
    }
  }

  async read(name: JournalName): Promise<readonly Event[]> {
    const events = await this.#base.read(name);
    return name === "*" ? events : [...events, ...this.#after(name, events.length)];
  }

  async pin(name: PackageName): Promise<Pin> {
    const base = await this.#base.pin(name);
    const events = this.#after(name, base.version);
    if (events.length === 0) return base;
    const known = this.#pins.get(name);
    if (known?.base === base && known.length === events.length) return known.pin;
    const pin = foldEvents(events, base);
    this.#pins.set(name, { base, length: events.length, pin });
    return pin;
  }

  machine(): Promise<Machine> {
    return this.#base.machine();
  }

  async append(append: Append): Promise<Appended> {
    const { name, expectedVersion } = append;
    if (name === "*") throw new TofuError("internal", "the journal of the whole machine is not staged");
    const pin = await this.pin(name);
    if (pin.version !== expectedVersion) return { kind: "conflict", version: pin.version };
    let end = { n: pin.version, hash: undefined, mono: pin.latest };
    const events: Event[] = [];
    for (const body of append.events) {
      // As it will be read back. Which event it follows is the one thing that is not known yet.
      const { event } = encodeChecked(nextEvent(end, append, body));
      events.push(event);
      end = { n: event.n, hash: undefined, mono: event.mono };
    }
    this.#appends.push(append);
    this.#events.set(name, [...(this.#events.get(name) ?? []), ...events]);
    this.#note(name, append);
    return { kind: "appended", events };
  }

  async appendTogether(): Promise<readonly Appended[]> {
    throw new TofuError("internal", "appends are staged one by one");
  }

  async appendMany(): Promise<AppendedMany> {
    throw new TofuError("internal", "appends are staged one by one");
  }

  async certificate(primary: Fingerprint): Promise<Uint8Array | undefined> {
    const staged = this.#certificates.get(primary);
    return staged === undefined ? await this.#base.certificate(primary) : new Uint8Array(staged);
  }

  async primaryOf(subkey: Fingerprint): Promise<Fingerprint | undefined> {
    // The first certificate that lists one has it.
    return (await this.#base.primaryOf(subkey)) ?? this.#primaries.get(subkey);
  }

  async object(digest: Sha256): Promise<Uint8Array | undefined> {
    return (await this.#base.object(digest)) ?? this.#objects.get(digest);
  }

  async *packages(): AsyncGenerator<PackageName, void, undefined> {
    const staged = [...this.#events.keys()].sort();
    let next = 0;
    for await (const name of this.#base.packages()) {
      for (let one = staged[next]; one !== undefined && one <= name; one = staged[next]) {
        if (one < name) yield one;
        next += 1;
      }
      yield name;
    }
    yield* staged.slice(next);
  }

  async packagesOfSigner(signer: SignerId, few?: Few): Promise<readonly PackageName[]> {
    return merged(await this.#base.packagesOfSigner(signer, few), this.#bySigner.get(signer), few);
  }

  async packagesOfArtifact(digest: Sha256, few?: Few): Promise<readonly PackageName[]> {
    return merged(await this.#base.packagesOfArtifact(digest, few), this.#byArtifact.get(digest), few);
  }

  follow(from: number): AsyncIterable<{ readonly position: number; readonly event: Event }> {
    return this.#base.follow(from);
  }

  async count(): Promise<number> {
    let staged = 0;
    for (const events of this.#events.values()) staged += events.length;
    return (await this.#base.count()) + staged;
  }

  close(): Promise<void> {
    return this.#base.close();
  }

  /** While they are being written, the journal below may have them already. */
  #after(name: PackageName, version: number): readonly Event[] {
    const events = this.#events.get(name) ?? [];
    return events[0]?.n === version + 1 ? events : events.filter(({ n }) => n > version);
  }

  #note(name: PackageName, { events, certificates, objects }: Append): void {
    for (const { signers, artifacts } of events.map(indexTerms)) {
      for (const signer of signers) this.#bySigner.set(signer, (this.#bySigner.get(signer) ?? new Set()).add(name));
      for (const one of artifacts) this.#byArtifact.set(one, (this.#byArtifact.get(one) ?? new Set()).add(name));
    }
    for (const { primary, subkeys, bytes } of certificates) {
      this.#certificates.set(primary, bytes);
      for (const subkey of subkeys) if (!this.#primaries.has(subkey)) this.#primaries.set(subkey, primary);
    }
    for (const bytes of objects) this.#objects.set(sha256(bytes), bytes);
  }
}

/** Names are ASCII: the order of UTF-16 units is the order of bytes. */
function merged(
  below: readonly PackageName[],
  staged: ReadonlySet<PackageName> | undefined,
  few: Few | undefined,
): readonly PackageName[] {
  return staged === undefined ? below : [...new Set([...below, ...staged])].sort().slice(0, few?.limit);
}
