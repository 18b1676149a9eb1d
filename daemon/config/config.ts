import { err, ok, type Result } from "../core/result.ts";
import { layerOutsideRules, OUTSIDE_TABLES, type OutsideRules, parseOutsideTables } from "./outside-table.ts";
import { type PolicyRules, parsePolicyTable } from "./policy-table.ts";
import type { ConfigProblem } from "./problem.ts";
import { layerSeedRules, parseSeedsTable, SEEDS_TABLE, type SeedRules } from "./seeds-table.ts";
import { parseToml, type TomlDocument } from "./toml-document.ts";
import { layerWatchRules, parseWatchTables, WATCH_TABLES, type WatchRules } from "./watch-table.ts";

/** The settings of all files together, the lowest layer first; no layer loosens another. */
export interface Config {
  readonly layers: readonly PolicyRules[];
  readonly watch: WatchRules;
  readonly seeds: SeedRules;
  readonly outside: OutsideRules;
}

export const NO_CONFIG: Config = { layers: [], watch: {}, seeds: {}, outside: {} };

/** The tables that a file may hold. */
export const SECTIONS: ReadonlySet<string> = new Set(["policy", SEEDS_TABLE, ...WATCH_TABLES, ...OUTSIDE_TABLES]);

/**
 * Reads a configuration file.
 *
 * @param file - its name, for messages.
 * @returns its settings as one layer, or the first thing that is wrong, with its line.
 */
export function parseConfig(text: string, file: string): Result<Config, ConfigProblem> {
  const document = parseToml(text, file);
  if (!document.ok) return document;
  const stranger = [...document.value.root.keys()].find((section) => !SECTIONS.has(section));
  return stranger === undefined ? oneLayer(document.value) : err(document.value.problem("unknown-key", [stranger], ""));
}

/** Reads a file for `--policy`: a `[policy]` table and nothing else. */
export function parsePolicyFile(text: string, file: string): Result<Config, ConfigProblem> {
  const document = parseToml(text, file);
  if (!document.ok) return document;
  const other = [...document.value.root.keys()].find((section) => section !== "policy");
  return other === undefined
    ? oneLayer(document.value)
    : err(document.value.problem("unknown-key", [other], "a policy file holds a [policy] table only"));
}

/** @returns the settings of `below` and `above`, of which the stricter hold. */
export function layer(below: Config, above: Config): Config {
  return {
    layers: [...below.layers, ...above.layers],
    watch: layerWatchRules(below.watch, above.watch),
    seeds: layerSeedRules(below.seeds, above.seeds),
    outside: layerOutsideRules(below.outside, above.outside),
  };
}

function oneLayer(document: TomlDocument): Result<Config, ConfigProblem> {
  const rules = parsePolicyTable(document);
  if (!rules.ok) return rules;
  const watch = parseWatchTables(document);
  if (!watch.ok) return watch;
  const seeds = parseSeedsTable(document);
  if (!seeds.ok) return seeds;
  const outside = parseOutsideTables(document);
  if (!outside.ok) return outside;
  return ok({ layers: [rules.value], watch: watch.value, seeds: seeds.value, outside: outside.value });
}
