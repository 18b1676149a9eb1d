import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT } from "../checks/places.ts";
import type { Team } from "./team.ts";

/** @returns a recipe as it is published. */
export function recipe(name: string): string {
  return readFileSync(join(PROJECT, "docs/seeding", name), "utf8");
}

/** @returns the value of a YAML text, by the library that cloud-init and Ansible read it with. */
export function readYaml(text: string): unknown {
  const script = "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)";
  return JSON.parse(execFileSync("python3", ["-c", script], { input: text, encoding: "utf8" }));
}

/** One line of a Dockerfile, continued ones joined. */
export interface Instruction {
  readonly word: string;
  readonly flags: readonly string[];
  readonly rest: string;
}

/** @returns the instructions of a Dockerfile that has neither heredocs nor JSON forms. */
export function readDockerfile(text: string): readonly Instruction[] {
  return text
    .replaceAll("\\\n", " ")
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map((line) => {
      const [word = "", ...words] = line.trim().split(/\s+/);
      const flags = words.filter((part) => part.startsWith("--"));
      return word === "RUN"
        ? { word, flags: [], rest: line.trim().slice("RUN ".length) }
        : { word, flags, rest: words.filter((part) => !part.startsWith("--")).join(" ") };
    });
}

/** @returns the text with the example's pin in it exchanged for the team's own, each line as far in. */
export function withTeamsPins(text: string, { knownKeys }: Team): string {
  return text.replace(/^( *)# tofu known_keys\n(?:\1\S.*\n)+/m, (_, indent: string) =>
    knownKeys.replace(/^(?=.)/gm, indent),
  );
}
