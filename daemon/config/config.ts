import { err, ok, type Result } from "../core/result.ts";
import { type PolicyRules, parsePolicyTable } from "./policy-table.ts";
import type { ConfigProblem } from "./problem.ts";
import { layerSeedRules, parseSeedsTable, SEEDS_TABLE, type SeedRules } from "./seeds-table.ts";
import { parseToml, type TomlDocument, tableEntries } from "./toml-document.ts";
import { layerWatchRules, parseWatchTables, WATCH_TABLES, type WatchRules } from "./watch-table.ts";

/** The settings of all files together, the lowest layer first; no layer loosens another. */
export interface Config {
  readonly layers: readonly PolicyRules[];
  readonly watch: WatchRules;
  readonly seeds: SeedRules;
}

export const NO_CONFIG: Config = { layers: [], watch: {}, seeds: {} };

/** Settings that cli.md describes and that nothing reads yet: refused, so that none looks effective. */
const LATER: ReadonlyMap<string, readonly string[]> = new Map([
  ["network", ["enabled"]],
  ["witnesses", ["pin-files", "git-clones", "wkd", "key-servers", "github"]],
  ["handover", ["places"]],
]);

const READ: ReadonlySet<string> = new Set(["policy", SEEDS_TABLE, ...WATCH_TABLES]);

/**
 * Reads a configuration file.
 *
 * @param file - its name, for messages.
 * @returns its settings as one layer, or the first thing that is wrong, with its line.
 */
export function parseConfig(text: string, file: string): Result<Config, ConfigProblem> {
  const document = parseToml(text, file);
  if (!document.ok) return document;
  for (const [section, value] of document.value.root) {
    const problem = READ.has(section) ? undefined : sectionProblem(document.value, section, value);
    if (problem !== undefined) return err(problem);
  }
  return oneLayer(document.value);
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
  };
}

function oneLayer(document: TomlDocument): Result<Config, ConfigProblem> {
  const rules = parsePolicyTable(document);
  if (!rules.ok) return rules;
  const watch = parseWatchTables(document);
  if (!watch.ok) return watch;
  const seeds = parseSeedsTable(document);
  return seeds.ok ? ok({ layers: [rules.value], watch: watch.value, seeds: seeds.value }) : seeds;
}

function sectionProblem(document: TomlDocument, section: string, value: unknown): ConfigProblem {
  const names = LATER.get(section);
  if (names === undefined) return document.problem("unknown-key", [section], "");
  const keys = [...(tableEntries(value)?.keys() ?? [])];
  const stranger = keys.find((name) => !names.includes(name));
  if (stranger !== undefined) return document.problem("unknown-key", [section, stranger], "");
  return document.problem("not-in-this-version", [section, ...keys.slice(0, 1)], "");
}
