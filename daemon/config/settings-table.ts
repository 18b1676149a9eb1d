import { err, ok, type Result } from "../core/result.ts";
import type { ConfigProblem } from "./problem.ts";
import { type TomlDocument, tableEntries } from "./toml-document.ts";

/** One key of a table: which field of the rules it sets, and how its value is read. */
export interface Setting<R> {
  readonly field: keyof R;
  readonly parse: (value: unknown) => Result<R[keyof R], { readonly expected: string }>;
}

/** Tables by name, each with its keys. */
export type SettingsTables<R> = ReadonlyMap<string, ReadonlyMap<string, Setting<R>>>;

/**
 * Reads a document's tables of these names; absent ones set nothing.
 *
 * @param none - rules that set nothing.
 * @returns what is set, or the first key that is unknown or wrong, with its line.
 */
export function parseTables<R extends object>(
  document: TomlDocument,
  tables: SettingsTables<R>,
  none: R,
): Result<R, ConfigProblem> {
  let rules = none;
  for (const [name, settings] of tables) {
    const value = document.root.get(name);
    if (value === undefined) continue;
    const table = tableEntries(value);
    if (table === undefined) return err(document.problem("wrong-value", [name], "a table"));
    for (const [key, inner] of table) {
      const setting = settings.get(key);
      const known = `settings here: ${[...settings.keys()].join(", ")}`;
      if (setting === undefined) return err(document.problem("unknown-key", [name, key], known));
      const parsed = setting.parse(inner);
      if (!parsed.ok) return err(document.problem("wrong-value", [name, key], parsed.error.expected));
      rules = { ...rules, [setting.field]: parsed.value };
    }
  }
  return ok(rules);
}
