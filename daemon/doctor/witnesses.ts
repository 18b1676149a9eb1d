import { access, constants } from "node:fs/promises";
import { type OutsidePlaces, outsidePlaces } from "../config/outside-places.ts";
import type { OutsideRules } from "../config/outside-table.ts";
import { printablePath } from "../core/printable.ts";
import { plural } from "../core/sentence.ts";
import type { Found } from "./machine.ts";

/** @returns whom a first use is compared with, and which of them can't be read; nothing where nobody was named. */
export async function checkWitnesses(
  rules: OutsideRules,
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly Found[]> {
  const places = outsidePlaces(rules, env);
  const named = [...onMachine(places), ...onNetwork(places)];
  if (named.length === 0) return [];
  const paths = [...places.pinFiles, ...places.gitClones, ...places.distributionKeys];
  const readable = await Promise.all(paths.map(isReadable));
  const missing = paths.filter((_, index) => readable[index] === false);
  const off =
    onNetwork(places).length > 0 && !places.networkEnabled ? "; those on the network only once it is enabled" : "";
  return [
    { check: "witnesses", class: "ok", sentence: `a first use is compared with ${named.join(", ")}${off}` },
    ...missing.map(
      (path): Found => ({
        check: "witnesses",
        class: "decide",
        sentence: `${printablePath(path, 120)} can't be read, so it is no witness`,
        remedy: "put it back, or take it out of [witnesses] in config.toml",
      }),
    ),
  ];
}

function onMachine({ pinFiles, gitClones, distributionKeys }: OutsidePlaces): readonly string[] {
  return [
    ...(pinFiles.length === 0 ? [] : [plural(pinFiles.length, "pin file")]),
    ...(gitClones.length === 0 ? [] : [plural(gitClones.length, "git clone")]),
    ...(distributionKeys.length === 0
      ? []
      : [plural(distributionKeys.length, "folder of a distribution's keys", "folders of distributions' keys")]),
  ];
}

function onNetwork({ wkd, keyServers, github }: OutsidePlaces): readonly string[] {
  return [
    ...(wkd ? ["WKD"] : []),
    ...(keyServers.length === 0 ? [] : [plural(keyServers.length, "key server")]),
    ...(github ? ["GitHub"] : []),
  ];
}

async function isReadable(path: string): Promise<boolean> {
  try {
    await access(path, constants.R_OK);
    return true;
  } catch {
    // Whatever stands in the way, asking it would fail the same way.
    return false;
  }
}
