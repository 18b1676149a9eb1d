import { resolve } from "node:path";
import type { PackageName } from "../core/package-name.ts";
import type { OutsideRules } from "./outside-table.ts";

/** What may be asked beside the files themselves, with whole paths. */
export interface OutsidePlaces {
  readonly networkEnabled: boolean;
  readonly pinFiles: readonly string[];
  readonly gitClones: readonly string[];
  readonly distributionKeys: readonly string[];
  readonly wkd: boolean;
  readonly keyServers: readonly string[];
  readonly github: boolean;
  readonly githubUsers: (name: PackageName) => readonly string[];
  readonly handoverPlaces: (name: PackageName) => readonly string[];
}

type Environment = { readonly [name: string]: string | undefined };

/** @returns the places that are meant for the user of this environment; a path below a home that is not told is none. */
export function outsidePlaces(rules: OutsideRules, env: Environment): OutsidePlaces {
  const whole = (words: readonly string[] | undefined): readonly string[] =>
    (words ?? []).flatMap((word) => wholePath(word, env["HOME"]));
  return {
    networkEnabled: rules.networkEnabled ?? false,
    pinFiles: whole(rules.pinFiles),
    gitClones: whole(rules.gitClones),
    distributionKeys: whole(rules.distributionKeys),
    wkd: rules.wkd ?? false,
    keyServers: rules.keyServers ?? [],
    github: rules.github ?? false,
    githubUsers: (name) => rules.githubUsers?.get(name) ?? [],
    handoverPlaces: (name) => whole(rules.handoverPlaces?.get(name)),
  };
}

function wholePath(word: string, home: string | undefined): readonly string[] {
  if (!word.startsWith("~/")) return [word];
  return home === undefined || home === "" ? [] : [resolve(home, word.slice(2))];
}
