import { isAbsolute, join, resolve } from "node:path";
import type { Preset, WatchRules } from "./watch-table.ts";

/** One folder to watch, and how many levels below it. */
export interface WatchPlace {
  readonly path: string;
  readonly depth: number;
  /** One of several places where things may be: it is no fault if this one is not there. */
  readonly isOptional: boolean;
}

type Environment = { readonly [name: string]: string | undefined };

/** What people unpack and sort below a download folder; deeper down lie the trees of sources, which have no releases. */
const FOLDER_DEPTH = 4;
/** GROUP/PARTS/ARTIFACT/VERSION of a Maven repository. */
const MAVEN_DEPTH = 16;

/**
 * Says which folders are meant. Without a word about folders that is the user's download folder.
 *
 * @param userDirs - the text of `user-dirs.dirs` (xdg-user-dirs), where there is one.
 */
export function watchPlaces(rules: WatchRules, env: Environment, userDirs: string | undefined): readonly WatchPlace[] {
  const home = env["HOME"];
  const named = rules.folders?.flatMap((folder) => place(expand(folder, home), FOLDER_DEPTH, false));
  const places = named ?? place(downloadFolder(home, userDirs), FOLDER_DEPTH, true);
  const all = [...places, ...(rules.presets ?? []).flatMap((preset) => presetPlaces(preset, env))];
  const first = new Map<string, WatchPlace>();
  for (const one of all) if (!first.has(one.path)) first.set(one.path, one);
  return [...first.values()];
}

function presetPlaces(preset: Preset, env: Environment): readonly WatchPlace[] {
  const home = env["HOME"];
  const optional = (paths: readonly (string | undefined)[], depth: number): readonly WatchPlace[] =>
    paths.flatMap((path) => place(path, depth, true));
  const below = (...names: readonly string[]): (string | undefined)[] =>
    names.map((name) => (home === undefined || home === "" ? undefined : join(home, name)));
  switch (preset) {
    case "wheels":
      return optional([...listed(env["PIP_WHEEL_DIR"]), ...below("wheelhouse", ".wheelhouse")], 0);
    case "conda":
      // Beside each package conda unpacks it: only the folder itself holds what was downloaded.
      return optional(
        [
          ...listed(env["CONDA_PKGS_DIRS"]),
          ...below(".conda/pkgs", "miniconda3/pkgs", "anaconda3/pkgs", "miniforge3/pkgs", "mambaforge/pkgs"),
          ...below("micromamba/pkgs", ".local/share/mamba/pkgs"),
        ],
        0,
      );
    case "maven":
      return optional(below(".m2/repository"), MAVEN_DEPTH);
    case "apt":
      return optional(["/var/cache/apt/archives"], 0);
  }
}

/** Variables of installers hold one path, or several with commas (conda); a relative one means nothing to a daemon. */
function listed(text: string | undefined): readonly string[] {
  return (text ?? "").split(",").filter((path) => isAbsolute(path));
}

/** `XDG_DOWNLOAD_DIR="$HOME/Downloads"`: absolute or below the home folder, quoted as a shell does. */
function downloadFolder(home: string | undefined, userDirs: string | undefined): string | undefined {
  const said = /^XDG_DOWNLOAD_DIR="((?:\$HOME\/|\/)(?:[^"\\\n]|\\.)*)"\s*$/m.exec(userDirs ?? "")?.[1];
  const path = said?.replace(/\\(.)/g, "$1").replace(/^\$HOME\//, "~/");
  const found = expand(path ?? "~/Downloads", home);
  // The file says `$HOME/` where a person has no such folder; all of the home is not one.
  return found === home ? undefined : found;
}

function expand(path: string, home: string | undefined): string | undefined {
  if (!path.startsWith("~")) return resolve(path);
  return home === undefined || home === "" ? undefined : resolve(home, path.slice(2));
}

function place(path: string | undefined, depth: number, isOptional: boolean): readonly WatchPlace[] {
  return path === undefined ? [] : [{ path, depth, isOptional }];
}
