import { FSWatcher } from "chokidar";

/** What happens to a folder that is watched. */
export interface FolderEvents {
  /** The watch stands: whatever happens from now on is told, so what is read from now on is not missed. */
  readonly onStanding: () => void;
  /** Something happened to an entry; `isNew`: it may have come, gone or been replaced, and not only been written to. */
  readonly onName: (name: string, how: { readonly isNew: boolean }) => void;
  /** Something happened to an entry, and the system doesn't say which. */
  readonly onSome: () => void;
  /** The folder itself went away, before the watch stood or after; another one may lie there now. */
  readonly onEnd: (how: { readonly hasStood: boolean }) => void;
  /** It can't be watched, or no longer; the system's error code. */
  readonly onError: (code: string) => void;
}

/**
 * chokidar without its listings. At each change it lists the folder and asks the system about every entry, to find out
 * what it was; with 100,000 files that takes seconds, again and again while more arrive. The system names the entry with
 * the event, and whoever is told it looks at that one.
 */
class Unlisted extends FSWatcher {
  override _readdirp(): undefined {
    return undefined;
  }
}

/**
 * Watches one folder: neither the folders below it nor any file. Links are not followed, nothing in it is opened.
 *
 * @param path - absolute.
 * @param name - the last part of it, under which the system tells the end of the folder itself.
 * @returns what ends it. Nothing is told after that.
 */
export function watchFolder(path: string, name: string, events: FolderEvents): () => void {
  const watcher = new Unlisted({
    // In what is added, chokidar would take a backslash for a slash.
    cwd: path,
    followSymlinks: false,
    ignorePermissionErrors: true,
    // Otherwise it leaves folders out that are called like an editor's backup.
    atomic: false,
    // Should it list all the same, one day: no watch for what is in the folder.
    depth: 0,
    ignored: (_path, stats) => stats?.isDirectory() === false,
  });
  let isThere = false;
  let isFailed = false;
  const end = (): void => {
    // Takes the listeners off, and an error that comes after that would end the process.
    void watcher.close();
    watcher.on("error", () => undefined);
  };
  watcher.on("addDir", () => {
    isThere = true;
  });
  watcher.on("raw", (event, entry: string | null, details) => {
    // Where nothing is there, chokidar watches the folder above instead.
    if (!isOf(details, path)) return;
    if (entry === null) events.onSome();
    else if (entry === name && event === "rename") events.onEnd({ hasStood: true });
    else events.onName(entry, { isNew: event === "rename" });
  });
  watcher.on("error", (error) => {
    isFailed = true;
    events.onError(codeOf(error));
  });
  watcher.on("ready", () => {
    if (isFailed) return;
    if (isThere) events.onStanding();
    else events.onEnd({ hasStood: false });
  });
  watcher.add(".");
  return end;
}

function isOf(details: unknown, path: string): boolean {
  return typeof details === "object" && details !== null && "watchedPath" in details && details.watchedPath === path;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown error";
}
