import {
  type Candidate,
  type CandidateFile,
  type CandidateSettings,
  DEFAULT_SETTINGS,
  type FileState,
} from "./candidate.ts";
import { Marks, markOf } from "./marks.ts";
import { type Beside, basisOf, type Entry, listsIn, ownSignatures, unfinishedSince } from "./neighbours.ts";
import { type Pending, PendingArtifacts } from "./pending.ts";
import { type Role, roleOf } from "./role.ts";

/** Reading everything again is worth it when this much of the bound is used at most. */
const ROOM_AGAIN = 0.9;
const FIRST_RETRY_MS = 5000;
const LONGEST_RETRY_MS = 300_000;

/** Artifacts that are weighed again in one go: it takes some 30 microseconds for each, and others wait meanwhile. */
const WEIGHED_AT_ONCE = 1000;

/**
 * Decides which files of the watched folders are to be judged, and when: no I/O, no clock. What it says depends on how
 * the files are in the end, not on the order in which it heard of them.
 */
export class Candidates {
  readonly #settings: CandidateSettings;
  readonly #marks: Marks;
  readonly #folders: Map<string, Map<string, Entry>> = new Map();
  readonly #pending: PendingArtifacts = new PendingArtifacts();
  /** Artifacts by path that are to be weighed again before they are handed out: something changed for all of a folder. */
  readonly #stale: Map<string, { readonly folder: string; readonly name: string }> = new Map();
  /** Artifacts that are not to be tried before a moment: what went wrong, or a list that didn't name them. */
  readonly #notBefore: Map<string, { readonly marks: string; readonly atMs: number; readonly failures: number }> =
    new Map();
  /** By folder, artifacts that nobody's certificate was at hand for, with their marks. */
  readonly #unchecked: Map<string, Map<string, readonly string[]>> = new Map();
  #signatureWaitMs: number;
  #files = 0;
  #isFull = false;

  constructor(settings: CandidateSettings = DEFAULT_SETTINGS, marks: Marks = new Marks()) {
    this.#settings = settings;
    this.#signatureWaitMs = settings.signatureWaitMs;
    this.#marks = marks;
  }

  /** Some file was left out, since there are too many. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** @returns once, after some were left out, that there is room again: then every folder is to be read again. */
  takeRoom(): boolean {
    if (!this.#isFull || this.#files > this.#settings.maxFiles * ROOM_AGAIN) return false;
    this.#isFull = false;
    return true;
  }

  /** From now on artifacts wait so long for their signature, those that wait already too. */
  setSignatureWait(ms: number): void {
    this.#signatureWaitMs = ms;
    this.#allAgain();
  }

  /** Takes in how a file is now. A time in the future counts as now: it must not make anything wait for ever. */
  seen(file: FileState, nowMs: number): void {
    const entries = this.#folders.get(file.folder) ?? new Map<string, Entry>();
    const before = entries.get(file.name);
    if (before?.identity === file.identity) return;
    const role = before?.role ?? roleOf(file.folder, file.name);
    if (role.kind === "none") return;
    if (before === undefined && this.#files >= this.#settings.maxFiles) {
      this.#isFull = true;
      return;
    }
    this.#folders.set(file.folder, entries);
    if (before === undefined) this.#files += 1;
    const changedAtMs = Math.min(file.changedAtMs, nowMs);
    entries.set(file.name, { role, identity: file.identity, size: file.size, changedAtMs });
    this.#affected(file.folder, file.name, role);
  }

  /** Takes in that there is no such regular file of ours any more. */
  gone(folder: string, name: string): void {
    const entries = this.#folders.get(folder);
    const before = entries?.get(name);
    if (entries === undefined || before === undefined) return;
    entries.delete(name);
    this.#files -= 1;
    if (entries.size === 0) this.#folders.delete(folder);
    this.#affected(folder, name, before.role);
  }

  /** Forgets a folder and everything below it. */
  goneBelow(folder: string): void {
    for (const [known, entries] of this.#folders) {
      if (known !== folder && !known.startsWith(`${folder}/`)) continue;
      this.#folders.delete(known);
      this.#unchecked.delete(known);
      this.#files -= entries.size;
      for (const name of entries.keys()) this.#drop(pathOf(known, name));
    }
  }

  /** @returns the names that are known of a folder, for comparing with what is there. */
  namesIn(folder: string): readonly string[] {
    return [...(this.#folders.get(folder)?.keys() ?? [])];
  }

  /**
   * @param max - how many at most, so that a burst is handed out in portions.
   * @returns what is to be judged now, and when to ask again if nothing else happens; they stay until
   * {@link judged}, {@link notBefore}, {@link failed} or a change takes them off.
   */
  due(nowMs: number, max: number): { readonly ready: readonly Candidate[]; readonly nextMs: number | undefined } {
    this.#weighStale();
    const { ready, nextMs } = this.#pending.due(nowMs, { max, isKept: (path) => this.#stale.has(path) });
    return { ready, nextMs: this.#stale.size > 0 ? nowMs : nextMs };
  }

  /**
   * The candidate was judged as it is described: it comes again only if something changes; if nothing could be told of
   * it, also when certificates come.
   *
   * @returns the marks that are new.
   */
  judged({ path, marks, files }: Candidate, { isUnchecked }: { readonly isUnchecked: boolean }): readonly string[] {
    const [{ folder, name }] = files;
    const unchecked = this.#unchecked.get(folder) ?? new Map<string, readonly string[]>();
    unchecked.delete(name);
    if (isUnchecked) unchecked.set(name, marks);
    if (unchecked.size === 0) this.#unchecked.delete(folder);
    else this.#unchecked.set(folder, unchecked);
    const fresh = this.#marks.add(marks);
    this.#notBefore.delete(path);
    this.#again(path);
    return fresh;
  }

  /** Keeps a candidate back, unless it changes before that. */
  notBefore({ path, marks }: Candidate, atMs: number): void {
    this.#notBefore.set(path, { marks: marks.join(), atMs, failures: 0 });
    this.#again(path);
  }

  /** The candidate couldn't be judged: it comes again later, and each time much later, unless it changes. */
  failed({ path, marks }: Candidate, nowMs: number): void {
    const key = marks.join();
    const before = this.#notBefore.get(path);
    const failures = before?.marks === key ? before.failures + 1 : 1;
    const waitMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
    this.#notBefore.set(path, { marks: key, atMs: nowMs + waitMs, failures });
    this.#again(path);
  }

  /** Artifacts that wait for a signature, with the moment at which they count as unsigned. */
  *waiting(): Generator<{ readonly path: string; readonly untilMs: number }, void, undefined> {
    for (const { candidate, readyAtMs, waits } of this.#pending.values())
      if (waits) yield { path: candidate.path, untilMs: readyAtMs };
  }

  /** The clock went back: nothing may wait for longer than its own wait from now on. */
  clockWentBack(nowMs: number): void {
    for (const [folder, entries] of this.#folders)
      for (const [name, entry] of entries) {
        if (entry.changedAtMs <= nowMs) continue;
        entries.set(name, { ...entry, changedAtMs: nowMs });
        if (entry.role.kind === "artifact") this.#stale.set(pathOf(folder, name), { folder, name });
        else this.#affected(folder, name, entry.role);
      }
    for (const [path, kept] of this.#notBefore) this.#notBefore.set(path, { ...kept, atMs: nowMs });
    this.#allAgain();
  }

  #affected(folder: string, name: string, role: Role): void {
    switch (role.kind) {
      case "artifact":
        this.#weigh(folder, name);
        return;
      case "signature":
        for (const artifact of role.artifacts) this.#weigh(folder, artifact);
        // An `.asc` that signs nothing here may hold the certificate of whoever did.
        if (!role.artifacts.some((artifact) => this.#folders.get(folder)?.has(artifact))) this.#checkAgain(folder);
        return;
      case "keys":
        this.#checkAgain(folder);
        return;
      case "unfinished":
        this.#weigh(folder, role.artifact);
        return;
      case "list":
        for (const [other, entry] of this.#folders.get(folder) ?? [])
          if (entry.role.kind === "artifact") this.#stale.set(pathOf(folder, other), { folder, name: other });
        return;
      case "none":
        return;
    }
  }

  #checkAgain(folder: string): void {
    const unchecked = this.#unchecked.get(folder);
    this.#unchecked.delete(folder);
    for (const [name, marks] of unchecked ?? []) {
      this.#marks.remove(marks);
      this.#weigh(folder, name);
    }
  }

  #again(path: string): void {
    const pending = this.#pending.get(path);
    if (pending !== undefined) this.#weigh(pending.folder, pending.name);
  }

  #allAgain(): void {
    for (const { candidate, folder, name } of this.#pending.values()) this.#stale.set(candidate.path, { folder, name });
  }

  #weighStale(): void {
    let left = WEIGHED_AT_ONCE;
    for (const { folder, name } of this.#stale.values()) {
      if (left === 0) return;
      left -= 1;
      this.#weigh(folder, name);
    }
  }

  #drop(path: string): void {
    this.#pending.delete(path);
    this.#notBefore.delete(path);
  }

  /** Decides anew about one artifact, from the files that are there. */
  #weigh(folder: string, name: string): void {
    const path = pathOf(folder, name);
    this.#stale.delete(path);
    const pending = this.#pendingOf(folder, name, path);
    if (pending === undefined) this.#drop(path);
    else this.#pending.set(path, pending);
  }

  #pendingOf(folder: string, name: string, path: string): Pending | undefined {
    const entries = this.#folders.get(folder);
    const artifact = entries?.get(name);
    // An empty file is one whose content is still to come.
    if (entries === undefined || artifact?.role.kind !== "artifact" || artifact.size === 0) return undefined;
    const own = ownSignatures(entries, name);
    const beside = own.length > 0 ? own : listsIn(entries);
    const artifactMark = markOf(path, artifact.identity);
    const marks = [artifactMark, ...beside.map((file) => markOf(path, artifact.identity, file))];
    if (marks.every((mark) => this.#marks.has(mark))) return undefined;
    const isKnown = this.#marks.has(artifactMark);
    const basis = basisOf(own, beside, isKnown);
    const aloneAtMs = artifact.changedAtMs + this.#signatureWaitMs;
    const readyAtMs = Math.max(this.#stillAt(entries, name, [artifact, ...beside]), this.#keptUntil(path, marks));
    const file = (of: Pick<Beside, "name" | "identity">): CandidateFile => ({
      folder,
      name: of.name,
      identity: of.identity,
    });
    const files: Candidate["files"] = [file({ name, identity: artifact.identity }), ...beside.map(file)];
    return {
      folder,
      name,
      readyAtMs: basis === "alone" ? Math.max(readyAtMs, aloneAtMs) : readyAtMs,
      waits: basis === "alone" || (basis === "listed" && readyAtMs >= aloneAtMs),
      candidate: {
        path,
        basis,
        isKnown,
        size: artifact.size,
        lastWriteMs: Math.max(artifact.changedAtMs, ...beside.map(({ changedAtMs }) => changedAtMs)),
        aloneAtMs,
        files,
        marks,
      },
    };
  }

  /** When all of these will have lain still for long enough, should nothing write to them any more. */
  #stillAt(entries: ReadonlyMap<string, Entry>, name: string, files: readonly Entry[]): number {
    const { settleMs } = this.#settings;
    const unfinishedAt = unfinishedSince(entries, name);
    const heldUntil = unfinishedAt === undefined ? 0 : unfinishedAt + this.#signatureWaitMs;
    return Math.max(heldUntil, ...files.map(({ changedAtMs }) => changedAtMs + settleMs));
  }

  #keptUntil(path: string, marks: readonly string[]): number {
    const kept = this.#notBefore.get(path);
    return kept?.marks === marks.join() ? kept.atMs : 0;
  }
}

/** What `join` says of an absolute folder and a plain name, without its work: this is asked 100,000 times in a row. */
function pathOf(folder: string, name: string): string {
  return folder === "/" ? `/${name}` : `${folder}/${name}`;
}
