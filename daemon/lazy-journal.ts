import type { Event, JournalName } from "./core/event.ts";
import type { Fingerprint } from "./core/fingerprint.ts";
import type { Machine } from "./core/fold.ts";
import type { PackageName } from "./core/package-name.ts";
import type { Pin } from "./core/pin.ts";
import type { Sha256 } from "./core/sha256.ts";
import type { SignerId } from "./core/signer.ts";
import type { Append, Appended, AppendedMany, Few, Journal } from "./journal/journal.ts";
import { createMemoryJournal } from "./journal/memory-journal.ts";

/**
 * A journal whose store is begun by its first event: until then it is empty, and looking at it writes nothing. Should
 * somebody else begin the store meanwhile, the append conflicts with what is there and is decided again.
 */
export class LazyJournal<J extends Journal> implements Journal {
  readonly #open: () => Promise<J>;
  readonly #empty = createMemoryJournal();
  #opening: Promise<J> | undefined;
  #opened: J | undefined;

  /** @param open - begins the store; a failed attempt is repeated by the next append. */
  constructor(open: () => Promise<J>) {
    this.#open = open;
  }

  /** The store, once something was recorded. */
  get opened(): J | undefined {
    return this.#opened;
  }

  read(name: JournalName): Promise<readonly Event[]> {
    return this.#current.read(name);
  }

  pin(name: PackageName): Promise<Pin> {
    return this.#current.pin(name);
  }

  machine(): Promise<Machine> {
    return this.#current.machine();
  }

  async append(append: Append): Promise<Appended> {
    return (await this.#begin()).append(append);
  }

  async appendTogether(appends: readonly Append[]): Promise<readonly Appended[]> {
    return (await this.#begin()).appendTogether(appends);
  }

  async appendMany(appends: Iterable<Append>, onWritten?: (count: number) => void): Promise<AppendedMany> {
    return (await this.#begin()).appendMany(appends, onWritten);
  }

  certificate(primary: Fingerprint): Promise<Uint8Array | undefined> {
    return this.#current.certificate(primary);
  }

  primaryOf(subkey: Fingerprint): Promise<Fingerprint | undefined> {
    return this.#current.primaryOf(subkey);
  }

  object(digest: Sha256): Promise<Uint8Array | undefined> {
    return this.#current.object(digest);
  }

  packages(): AsyncIterable<PackageName> {
    return this.#current.packages();
  }

  packagesOfSigner(signer: SignerId, few?: Few): Promise<readonly PackageName[]> {
    return this.#current.packagesOfSigner(signer, few);
  }

  packagesOfArtifact(digest: Sha256, few?: Few): Promise<readonly PackageName[]> {
    return this.#current.packagesOfArtifact(digest, few);
  }

  follow(from: number): AsyncIterable<{ readonly position: number; readonly event: Event }> {
    return this.#current.follow(from);
  }

  count(): Promise<number> {
    return this.#current.count();
  }

  close(): Promise<void> {
    return this.#current.close();
  }

  async #begin(): Promise<J> {
    this.#opening ??= this.#open();
    try {
      this.#opened = await this.#opening;
    } catch (cause) {
      this.#opening = undefined;
      throw cause;
    }
    return this.#opened;
  }

  get #current(): Journal {
    return this.#opened ?? this.#empty;
  }
}
