import { printablePath } from "../core/printable.ts";
import type { WatcherState } from "./watcher.ts";

/** @returns the folders that are named: of several places where things may be, those that are there. */
export function presentFolders({ folders }: WatcherState): readonly string[] {
  return folders.filter(({ isOptional, state }) => !isOptional || state.kind !== "absent").map(({ path }) => path);
}

/** @returns a sentence for each folder that is not watched as it should be. */
export function degradedFolders({ folders, isFull }: WatcherState): readonly string[] {
  const sentences = folders.map(degradedFolder).filter((sentence) => sentence !== undefined);
  return isFull ? [...sentences, "there are more files than can be watched; move old ones away"] : sentences;
}

function degradedFolder({ path, isOptional, state }: WatcherState["folders"][number]): string | undefined {
  const shown = printablePath(path, 120);
  switch (state.kind) {
    case "watched":
      return state.isCut ? `${shown} has too many folders; what comes into the others is not seen` : undefined;
    case "absent":
      return isOptional ? undefined : `${shown} is not there; it is watched as soon as it is`;
    case "polled":
      return `${shown} is only read every few seconds: ${shortage(state.why)}`;
  }
}

function shortage(code: string): string {
  switch (code) {
    case "ENOSPC":
      return "the system has no watch left; raise fs.inotify.max_user_watches";
    case "EMFILE":
      return "the system has no watcher left; raise fs.inotify.max_user_instances";
    default:
      return `the system can't watch it (${code})`;
  }
}
