import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Alarm } from "./alarm.ts";
import type { FileState } from "./candidate.ts";
import { Flood } from "./flood.ts";
import { type Hint, Hints } from "./hints.ts";
import { lookAt, namesIn } from "./look.ts";
import { roleOf } from "./role.ts";
import type { Root } from "./root.ts";

/** What a lookout needs, and whom it tells. */
export interface LookoutWorld {
  /** Whose files count, besides root's. */
  readonly uid: number;
  readonly roots: () => Iterable<Root>;
  /** The names of files that were told of a folder and not taken back. */
  readonly namesIn: (folder: string) => readonly string[];
  readonly onFile: (state: FileState) => void;
  /** There is no regular file of ours at this place. */
  readonly onNoFile: (folder: string, name: string) => void;
  /** Some were looked at. */
  readonly onLooked: () => void;
}

/** Events of one write come in a row. */
const GATHER_MS = 20;
/** Files that the system is asked about at once; the answers come in any order. */
const LOOKS_AT_ONCE = 64;

/** Looks at whatever something happened to, and says what is there. */
export class Lookout {
  readonly #world: LookoutWorld;
  readonly #hints: Hints = new Hints();
  readonly #alarm: Alarm = new Alarm();
  readonly #flood: Flood = new Flood(() => this.#onFlood());
  #isFlooded = false;
  #isStopped = false;

  constructor(world: LookoutWorld) {
    this.#world = world;
  }

  /** The system told something, whatever it is. */
  onEvent(): void {
    this.#flood.note();
  }

  /**
   * Something happened to an entry.
   *
   * @param how - only what `isNew` may be a folder; of other things a write matters if they do by their name.
   */
  onName({ folder, name }: Hint, { isNew }: { readonly isNew: boolean }): void {
    if (name.startsWith(".") || this.#hints.hasName(folder, name)) return;
    if (!isNew && roleOf(folder, name).kind === "none") return;
    this.#hints.addName(folder, name);
    this.#alarm.ring();
  }

  /** A folder is to be read. */
  onFolder(folder: string): void {
    this.#hints.addFolder(folder);
    this.#alarm.ring();
  }

  /** A folder went away. */
  onGone(folder: string): void {
    this.#hints.forgetBelow(folder);
  }

  /** Has every folder read. */
  async readAll(): Promise<void> {
    for (const root of this.#world.roots()) for await (const folder of root.below()) this.onFolder(folder);
  }

  /** Waits until there is something to look at, looks at it, and reads one folder. */
  async look(): Promise<void> {
    if (this.#hints.isEmpty && !this.#isFlooded) await this.#alarm.sleep();
    if (this.#hints.hasNames) await sleep(GATHER_MS);
    await this.#lookAtNames();
    if (this.#isFlooded) {
      this.#isFlooded = false;
      await this.readAll();
    }
    const folder = this.#hints.takeFolder();
    if (folder !== undefined) await this.#readFolder(folder);
  }

  /** Ends what {@link look} is doing. */
  stop(): void {
    this.#isStopped = true;
    this.#alarm.ring();
  }

  #onFlood(): void {
    this.#isFlooded = true;
    this.#alarm.ring();
  }

  async #lookAtNames(): Promise<void> {
    await this.#lookAtAll(this.#hints.takeNames());
  }

  /** What happens meanwhile is looked at in between: a folder of 100,000 files takes seconds. */
  async #readFolder(folder: string): Promise<void> {
    const missing = new Set(this.#world.namesIn(folder));
    for await (const names of namesIn(folder)) {
      if (this.#isStopped) return;
      for (const name of names) missing.delete(name);
      await this.#lookAtAll(names.map((name) => ({ folder, name })));
      await this.#lookAtNames();
    }
    await this.#lookAtAll([...missing].map((name) => ({ folder, name })));
  }

  async #lookAtAll(hints: readonly Hint[]): Promise<void> {
    for (let at = 0; at < hints.length && !this.#isStopped; at += LOOKS_AT_ONCE) {
      await Promise.all(hints.slice(at, at + LOOKS_AT_ONCE).map((hint) => this.#lookAt(hint)));
      this.#world.onLooked();
    }
  }

  async #lookAt({ folder, name }: Hint): Promise<void> {
    const { uid, roots, onFile, onNoFile } = this.#world;
    const found = await lookAt(folder, name, uid);
    const path = join(folder, name);
    // A folder that two roots share has one watch of the system: both must let go of it before one begins anew.
    for (const root of roots()) root.lost(path, found.kind === "folder" ? found.identity : undefined);
    if (found.kind === "folder") for (const root of roots()) root.found(folder, name, found.identity);
    // A hint may be older than the last change of what is watched.
    if (found.kind === "file" && isBelow(folder, roots())) onFile(found.state);
    else onNoFile(folder, name);
  }
}

function isBelow(folder: string, roots: Iterable<Root>): boolean {
  for (const { place } of roots)
    if (place !== undefined && (folder === place || folder.startsWith(place === "/" ? "/" : `${place}/`))) return true;
  return false;
}
