import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { TofuError, UsageError } from "../core/tofu-error.ts";

/** The user units, in the order in which they are written. */
export const UNIT_NAMES = ["tofu.socket", "tofu.service"] as const;
/** Written too on a machine on which users may make no namespaces. */
export const NO_NAMESPACES = "tofu.service.d/no-namespaces.conf";
export type UnitName = (typeof UNIT_NAMES)[number] | typeof NO_NAMESPACES;

/** Line one of every unit that was installed: what doesn't begin so is not ours to change. */
export const MARK = "# Written by tofu service install; tofu service uninstall removes it.";

/** As the units have it that are installed by hand. */
const STATE = "%h/.local/state/tofu";
/**
 * No library of ours needs what the first two take away: prototypes that data can reach, and code made from text. The
 * others keep the heap of a process small that has little to do: 86 MiB with 1,000 pins after a `tofu status`, and 120
 * without them.
 */
export const NODE_FLAGS: readonly string[] = [
  "--disable-proto=delete",
  "--disallow-code-generation-from-strings",
  "--max-semi-space-size=2",
  "--optimize-for-size",
];

/** What a unit needs to know of this installation. */
export interface Installation {
  /** The Node that runs now. */
  readonly node: string;
  readonly tofud: string;
  /** The folder that holds the store and its anchor. */
  readonly state: string;
}

/** @returns the installation that this file belongs to. */
export function ownInstallation(state: string): Installation {
  return { node: process.execPath, tofud: fileURLToPath(import.meta.resolve("../tofud.js")), state };
}

/**
 * @returns the unit's text, with the paths of this installation.
 * @throws UsageError for a path that no unit can hold, TofuError `internal` if the installation has no units.
 */
export function renderUnit(name: UnitName, { node, tofud, state }: Installation): string {
  const text = readFileSync(join(unitFolder(), basename(name)), "utf8");
  const command = [quoted(node, { isCommand: true }), ...NODE_FLAGS, quoted(tofud, { isCommand: true })].join(" ");
  const inCommand = quoted(state, { isCommand: true });
  switch (name) {
    case "tofu.service":
      return `${MARK}\n${fill(fill(text, "ExecStart=tofud\n", `ExecStart=${command}\n`), `ReadWritePaths=${STATE}\n`, `ReadWritePaths=${quoted(state, { isCommand: false })}\n`)}`;
    case "tofu.socket":
      return `${MARK}\n${fill(text, `-m 0700 ${STATE}\n`, `-m 0700 ${inCommand}\n`)}`;
    case NO_NAMESPACES:
      return `${MARK}\n${text}`;
  }
}

/** @throws TofuError `internal` if the unit as it came doesn't have what is to be replaced. */
function fill(text: string, placeholder: string, value: string): string {
  if (!text.includes(placeholder))
    throw new TofuError("internal", "a unit of this installation is not as it should be");
  return text.replace(placeholder, () => value);
}

/** systemd.syntax(7), quoting; systemd.service(5), command lines; systemd.unit(5), specifiers. */
function quoted(path: string, { isCommand }: { readonly isCommand: boolean }): string {
  if (/\p{Cc}/u.test(path)) throw new UsageError("a path with a control character can't stand in a unit");
  const escaped = path.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("%", "%%");
  return `"${isCommand ? escaped.replaceAll("$", "$$$$") : escaped}"`;
}

/** The folder `systemd` beside package.json. */
function unitFolder(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); folder !== dirname(folder); folder = dirname(folder)) {
    const units = join(folder, "systemd");
    if (existsSync(join(folder, "package.json")) && existsSync(units)) return units;
  }
  throw new TofuError("internal", "this installation of tofu has no units");
}
