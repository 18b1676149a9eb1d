import { type Codec, integer, oneOf } from "../core/codec.ts";
import type { Policy } from "../core/policy.ts";
import { err, ok, type Result } from "../core/result.ts";
import { firstUseCodec } from "./first-use.ts";
import { formatPackagePattern, type PackagePattern, parsePackagePattern } from "./package-pattern.ts";
import type { ConfigProblem } from "./problem.ts";
import { type TomlDocument, tableEntries } from "./toml-document.ts";

/** What one table sets; what it leaves out is absent. */
export type PolicySettings = { readonly [K in keyof Policy]?: Policy[K] | undefined };

/** A file's `[policy]`: for every package, and for those that a pattern names. */
export interface PolicyRules {
  readonly general: PolicySettings;
  readonly packages: readonly { readonly pattern: PackagePattern; readonly settings: PolicySettings }[];
}

export const NO_RULES: PolicyRules = { general: {}, packages: [] };

const MAX_THRESHOLD = 100;

type Setting = { readonly field: keyof Policy; readonly codec: Pick<Codec<Policy[keyof Policy]>, "parse"> };

const SETTINGS: ReadonlyMap<string, Setting> = new Map<string, Setting>([
  ["first-use", { field: "firstUse", codec: firstUseCodec }],
  ["unsigned", { field: "unsigned", codec: oneOf("notice", "decide", "deny") }],
  ["expired", { field: "expired", codec: oneOf("notice", "decide") }],
  ["release-threshold", { field: "releaseThreshold", codec: integer(1, MAX_THRESHOLD) }],
]);

/** Reads the table at `[policy]`; an absent one sets nothing. */
export function parsePolicyTable(document: TomlDocument): Result<PolicyRules, ConfigProblem> {
  const value = document.root.get("policy");
  if (value === undefined) return ok(NO_RULES);
  const table = tableEntries(value);
  if (table === undefined) return err(document.problem("wrong-value", ["policy"], "a table"));
  const own = new Map(table);
  own.delete("packages");
  const general = parseSettings(document, ["policy"], own);
  if (!general.ok) return general;
  const packages = parsePackages(document, table.get("packages"));
  return packages.ok ? ok({ general: general.value, packages: packages.value }) : packages;
}

function parsePackages(document: TomlDocument, value: unknown): Result<PolicyRules["packages"], ConfigProblem> {
  const path = ["policy", "packages"];
  const table = value === undefined ? new Map<string, unknown>() : tableEntries(value);
  if (table === undefined) return err(document.problem("wrong-value", path, "a table"));
  const rules = new Map<string, PolicyRules["packages"][number]>();
  for (const [name, inner] of table) {
    const at = [...path, name];
    const pattern = parsePackagePattern(name);
    if (!pattern.ok) return err(document.problem("wrong-value", at, "a package such as pkg:pypi/sunpy or pkg:pypi/*"));
    const canonical = formatPackagePattern(pattern.value);
    if (rules.has(canonical)) return err(document.problem("wrong-value", at, `named once, as ${canonical}`));
    const entries = tableEntries(inner);
    if (entries === undefined) return err(document.problem("wrong-value", at, "a table"));
    const settings = parseSettings(document, at, entries);
    if (!settings.ok) return settings;
    rules.set(canonical, { pattern: pattern.value, settings: settings.value });
  }
  return ok([...rules.values()]);
}

function parseSettings(
  document: TomlDocument,
  path: readonly string[],
  table: ReadonlyMap<string, unknown>,
): Result<PolicySettings, ConfigProblem> {
  const found: [keyof Policy, Policy[keyof Policy]][] = [];
  for (const [name, value] of table) {
    const setting = SETTINGS.get(name);
    const known = `settings here: ${[...SETTINGS.keys()].join(", ")}`;
    if (setting === undefined) return err(document.problem("unknown-key", [...path, name], known));
    const parsed = setting.codec.parse(value, "");
    if (!parsed.ok) return err(document.problem("wrong-value", [...path, name], parsed.error.expected));
    found.push([setting.field, parsed.value]);
  }
  // Each value was parsed by its own field's codec just above.
  return ok(Object.fromEntries(found) as PolicySettings);
}
