import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { TofuError, UsageError } from "../core/tofu-error.ts";

/** The user units, in the order in which they are written. */
export const UNIT_NAMES = ["tofu.socket", "tofu.service"] as const;
export type UnitName = (typeof UNIT_NAMES)[number];

/** Line one of every unit that was installed: what doesn't begin so is not ours to change. */
export const MARK = "# Written by tofu service install; tofu service uninstall removes it.";

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
  const text = readFileSync(join(unitFolder(), name), "utf8");
  const filled = text
    .replaceAll("@NODE@", () => quoted(node, { isCommand: true }))
    .replaceAll("@TOFUD@", () => quoted(tofud, { isCommand: true }))
    .replaceAll("@STATE@", () => quoted(state, { isCommand: false }));
  return `${MARK}\n${filled}`;
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
