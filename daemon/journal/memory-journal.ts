import type { Event, JournalName } from "../core/event.ts";
import type { Fingerprint } from "../core/fingerprint.ts";
import { foldEvents, foldMachine, type Machine } from "../core/fold.ts";
import type { PackageName } from "../core/package-name.ts";
import type { Pin } from "../core/pin.ts";
import type { Sha256 } from "../core/sha256.ts";
import { TofuError } from "../core/tofu-error.ts";
import { EMPTY_CHAIN, endAfter, type Sealed, seal } from "./chain.ts";
import { sha256 } from "./digest.ts";
import { indexTerms } from "./indexes.ts";
import type { Append, Appended, AppendedMany, Few, Journal } from "./journal.ts";

/** @returns a journal that lives as long as this object: for tests, and for judging without recording. */
export function createMemoryJournal(): Journal {
  return new MemoryJournal();
}

class MemoryJournal implements Journal {
  readonly #chains = new Map<JournalName, Sealed[]>();
  readonly #log: Sealed[] = [];
  readonly #certificates = new Map<Fingerprint, Uint8Array>();
  readonly #primaries = new Map<Fingerprint, Fingerprint>();
  readonly #objects = new Map<Sha256, Uint8Array>();
  readonly #bySigner = new Map<string, Set<PackageName>>();
  readonly #byArtifact = new Map<string, Set<PackageName>>();
  #closed = false;

  async read(name: JournalName): Promise<readonly Event[]> {
    this.#assertOpen();
    return (this.#chains.get(name) ?? []).map(({ event }) => event);
  }

  async pin(name: PackageName): Promise<Pin> {
    return foldEvents(await this.read(name));
  }

  async machine(): Promise<Machine> {
    return foldMachine(await this.read("*"));
  }

  async append(append: Append): Promise<Appended> {
    this.#assertOpen();
    const chain = this.#chains.get(append.name) ?? [];
    if (chain.length !== append.expectedVersion) return { kind: "conflict", version: chain.length };
    const last = chain.at(-1);
    const sealed = seal(last === undefined ? EMPTY_CHAIN : endAfter(last), append, append.events);
    if (sealed.length > 0) this.#chains.set(append.name, [...chain, ...sealed]);
    this.#log.push(...sealed);
    for (const { event } of sealed) this.#index(event);
    for (const { primary, subkeys, bytes } of append.certificates) {
      this.#certificates.set(primary, new Uint8Array(bytes));
      for (const subkey of subkeys) if (!this.#primaries.has(subkey)) this.#primaries.set(subkey, primary);
    }
    for (const bytes of append.objects) this.#objects.set(sha256(bytes), new Uint8Array(bytes));
    return { kind: "appended", events: sealed.map(({ event }) => event) };
  }

  async appendTogether(appends: readonly Append[]): Promise<readonly Appended[]> {
    const outcomes: Appended[] = [];
    for (const append of appends) {
      const conflict = outcomes.find(({ kind }) => kind === "conflict");
      outcomes.push(conflict ?? (await this.append(append)));
    }
    return outcomes;
  }

  async appendMany(appends: Iterable<Append>, onWritten?: (count: number) => void): Promise<AppendedMany> {
    let count = 0;
    for (const append of appends) {
      const appended = await this.append(append);
      if (appended.kind === "conflict")
        return { kind: "conflict", count, name: append.name, version: appended.version };
      count += 1;
      onWritten?.(count);
    }
    return { kind: "appended", count };
  }

  async certificate(primary: Fingerprint): Promise<Uint8Array | undefined> {
    this.#assertOpen();
    return copyOf(this.#certificates.get(primary));
  }

  async primaryOf(subkey: Fingerprint): Promise<Fingerprint | undefined> {
    this.#assertOpen();
    return this.#primaries.get(subkey);
  }

  async object(digest: Sha256): Promise<Uint8Array | undefined> {
    this.#assertOpen();
    return copyOf(this.#objects.get(digest));
  }

  async *packages(): AsyncGenerator<PackageName, void, undefined> {
    this.#assertOpen();
    // Names are ASCII (core/package-name.ts): the order of UTF-16 units is the order of bytes.
    yield* [...this.#chains.keys()].filter((name): name is PackageName => name !== "*").sort();
  }

  async packagesOfSigner(signer: string, few?: Few): Promise<readonly PackageName[]> {
    this.#assertOpen();
    return [...(this.#bySigner.get(signer) ?? [])].sort().slice(0, few?.limit);
  }

  async packagesOfArtifact(digest: Sha256, few?: Few): Promise<readonly PackageName[]> {
    this.#assertOpen();
    return [...(this.#byArtifact.get(digest) ?? [])].sort().slice(0, few?.limit);
  }

  async *follow(from: number): AsyncGenerator<{ readonly position: number; readonly event: Event }, void, undefined> {
    this.#assertOpen();
    for (const [index, { event }] of this.#log.slice(from).entries()) yield { position: from + index, event };
  }

  async count(): Promise<number> {
    this.#assertOpen();
    return this.#log.length;
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #index(event: Event): void {
    if (event.package === "*") return;
    const { signers, artifacts } = indexTerms(event.body);
    for (const signer of signers) addTo(this.#bySigner, signer, event.package);
    for (const artifact of artifacts) addTo(this.#byArtifact, artifact, event.package);
  }

  #assertOpen(): void {
    if (this.#closed) throw new TofuError("internal", "the journal is closed");
  }
}

function addTo(index: Map<string, Set<PackageName>>, term: string, name: PackageName): void {
  const names = index.get(term);
  if (names === undefined) index.set(term, new Set([name]));
  else names.add(name);
}

/** A copy of its own: a Buffer's `slice` would share the memory. */
function copyOf(bytes: Uint8Array | undefined): Uint8Array | undefined {
  return bytes === undefined ? undefined : new Uint8Array(bytes);
}
