import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TOFU } from "../checks/places.ts";
import { type GpgPlace, openGpgPlace } from "../evidence/gpg.ts";

/** A block of the page that is played: shell to run, or a session with what it prints. */
export interface Block {
  readonly name: string;
  readonly kind: "sh" | "console";
  readonly text: string;
}

/** One command of a session, and what stands below it. */
export interface Turn {
  readonly command: string;
  readonly output: string;
}

export interface Ran {
  readonly code: number | null;
  /** Both streams, with the page's fingerprints in place of those made for this run. */
  readonly output: string;
}

/** The maintainers with all their keys, and users' machines, in folders of their own. */
export interface Stage {
  /** Runs shell as a maintainer, in the folder of the statements; the first block makes it. */
  readonly maintain: (shell: string) => Ran;
  /** Runs shell as a user; `tofu` is the real program with a home of the user's own. */
  readonly use: (user: string, shell: string) => Ran;
  /** Signs a release and lays it into `VERSION/` of a user, with the statements and certificates as published. */
  readonly release: (user: string, version: string, by: string, withStatements: boolean) => void;
  /** A second user with the same past. */
  readonly copyUser: (from: string, to: string) => void;
  /** The statements as they are, under another name. */
  readonly copyProject: (name: string) => Stage;
  readonly close: () => void;
}

const MARKED = /<!-- play: (\w+) -->\n```(sh|console)\n([\s\S]*?)```/g;

/** @returns the marked blocks in the order of the page. */
export function blocksOf(page: string): readonly Block[] {
  return [...page.matchAll(MARKED)].map(([, name = "", kind, text = ""]) => ({
    name,
    kind: kind === "sh" ? "sh" : "console",
    text,
  }));
}

/** @returns a session's commands, `$ ` before each and `> ` before its further lines, with their output. */
export function turnsOf(session: string): readonly Turn[] {
  const turns: { command: string; output: string }[] = [];
  for (const line of session.split("\n").slice(0, -1)) {
    const last = turns.at(-1);
    if (line.startsWith("$ ")) turns.push({ command: line.slice(2), output: "" });
    else if (last !== undefined && line.startsWith("> ") && last.output === "") last.command += `\n${line.slice(2)}`;
    else if (last !== undefined) last.output += `${line}\n`;
  }
  return turns;
}

/** @returns the text without what differs from run to run. */
export function steady(text: string): string {
  return text.replace(/\b[0-9a-f]{64}\b/g, "SHA256").replace(/\d{4}-\d\d-\d\d/g, "DATE");
}

/** @param names - the page's block that says what its variables stand for. */
export function openStage(names: string): Stage {
  const place = openGpgPlace();
  const people = [...names.matchAll(/^([A-Z]+)=([0-9A-F]{40})/gm)].map(([, name = "", printed = ""]) => ({
    name,
    printed,
    made: place.makeKey(`${name.slice(0, 1)}${name.slice(1).toLowerCase()} <${name.toLowerCase()}@sunpy.example>`),
  }));
  const assignments = people.map(({ name, made }) => `${name}=${made}\n`).join("");
  const forms = people.flatMap(({ printed, made }) => {
    const to = formsOf(printed);
    return formsOf(made).map((form, index) => [form, to[index] ?? ""] as const);
  });
  const asPrinted = (text: string): string => forms.reduce((shown, [from, to]) => shown.replaceAll(from, to), text);
  // gpg has something to say the first time; not on this page.
  place.gpg("--check-trustdb");
  const bin = place.path("bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "tofu"), `#!/bin/sh\nexec '${process.execPath}' '${TOFU}' "$@"\n`);
  chmodSync(join(bin, "tofu"), 0o755);
  return stageAt(place, "project", { assignments, asPrinted });
}

/** How a fingerprint is shown, the longest form first: whole, in halves, and the two ends of the short form. */
function formsOf(fingerprint: string): readonly string[] {
  const groups = fingerprint.match(/.{4}/g) ?? [];
  const parts = [groups, groups.slice(0, 5), groups.slice(5), groups.slice(0, 2), groups.slice(-2)];
  return [fingerprint, ...parts.map((part) => part.join(" "))];
}

interface Words {
  readonly assignments: string;
  readonly asPrinted: (text: string) => string;
}

function stageAt(place: GpgPlace, project: string, words: Words): Stage {
  const repository = place.path(project);
  mkdirSync(repository, { recursive: true });
  const shell = (script: string, cwd: string, env: Readonly<Record<string, string>>): Ran => {
    const path = `${place.path("bin")}:${process.env["PATH"] ?? ""}`;
    const run = spawnSync("sh", ["-c", `exec 2>&1\n${words.assignments}${script}`], {
      cwd,
      env: { PATH: path, LANG: "C.UTF-8", TERM: "dumb", TZ: "UTC", ...env },
      encoding: "utf8",
    });
    return { code: run.status, output: words.asPrinted(run.stdout) };
  };
  const gnupg = { HOME: place.folder, GNUPGHOME: place.folder };
  const home = (user: string): string => place.path(user);
  return {
    maintain: (script) => shell(`cd tofu-handovers 2> /dev/null\n${script}`, repository, gnupg),
    use: (user, script) => shell(script, home(user), { HOME: join(home(user), ".home") }),
    release: (user, version, by, withStatements) => {
      const folder = join(home(user), version);
      mkdirSync(folder, { recursive: true });
      mkdirSync(join(home(user), ".home"), { recursive: true });
      const name = `sunpy-${version}.tar.gz`;
      writeFileSync(join(folder, name), `sunpy ${version}\n`);
      const sign = `gpg --armor --detach-sign -u $${by}! -o ${join(folder, name)}.asc ${join(folder, name)}`;
      if (shell(sign, repository, gnupg).code !== 0) throw new Error(`${by} can't sign`);
      if (!withStatements) shell(`gpg --armor --export $${by} > ${join(folder, "KEYS")}`, repository, gnupg);
      else for (const file of ["TOFU-HANDOVERS", "TOFU-KEYS"]) copyFileSync(join(repository, file), join(folder, file));
    },
    copyUser: (from, to) => cpSync(home(from), home(to), { recursive: true }),
    copyProject: (name) => {
      cpSync(repository, place.path(name), { recursive: true });
      return stageAt(place, name, words);
    },
    close: place.close,
  };
}

/** @returns the page's text. */
export function readPage(path: string): string {
  return readFileSync(path, "utf8");
}
