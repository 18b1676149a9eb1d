import type { PackageName } from "../core/package-name.ts";
import { DEFAULT_POLICY, type FirstUsePolicy, type Policy } from "../core/policy.ts";
import type { Config } from "./config.ts";
import { compareCloseness, matchesPattern } from "./package-pattern.ts";
import type { PolicyRules, PolicySettings } from "./policy-table.ts";

const UNSIGNED_ORDER = ["notice", "decide", "deny"] as const;
const EXPIRED_ORDER = ["notice", "decide"] as const;

/**
 * The settings that hold for one package. Within a file each setting comes from the closest pattern that makes it, else
 * from `[policy]`; between files the stricter value holds; what no file sets is as in `DEFAULT_POLICY`.
 */
export function policyFor(config: Config, name: PackageName): Policy {
  const settings = config.layers.map((rules) => settingsFor(rules, name));
  const strictest = settings.reduce(stricter, {});
  return {
    firstUse: strictest.firstUse ?? DEFAULT_POLICY.firstUse,
    unsigned: strictest.unsigned ?? DEFAULT_POLICY.unsigned,
    expired: strictest.expired ?? DEFAULT_POLICY.expired,
    releaseThreshold: strictest.releaseThreshold ?? DEFAULT_POLICY.releaseThreshold,
  };
}

function settingsFor(rules: PolicyRules, name: PackageName): PolicySettings {
  const matching = rules.packages.filter(({ pattern }) => matchesPattern(pattern, name));
  const farthestFirst = matching.toSorted((a, b) => compareCloseness(b.pattern, a.pattern));
  return Object.assign({}, rules.general, ...farthestFirst.map(({ settings }) => settings));
}

function stricter(a: PolicySettings, b: PolicySettings): PolicySettings {
  return {
    firstUse: either(a.firstUse, b.firstUse, (x, y) => (firstUseRank(x) >= firstUseRank(y) ? x : y)),
    unsigned: either(a.unsigned, b.unsigned, (x, y) => laterOf(UNSIGNED_ORDER, x, y)),
    expired: either(a.expired, b.expired, (x, y) => laterOf(EXPIRED_ORDER, x, y)),
    releaseThreshold: either(a.releaseThreshold, b.releaseThreshold, Math.max),
  };
}

function either<T>(a: T | undefined, b: T | undefined, choose: (a: T, b: T) => T): T | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : choose(a, b);
}

function laterOf<T>(order: readonly T[], a: T, b: T): T {
  return order.indexOf(a) >= order.indexOf(b) ? a : b;
}

/** accept < witnesses:1 < witnesses:2 … < decide < deny. */
function firstUseRank(policy: FirstUsePolicy): number {
  switch (policy.kind) {
    case "accept":
      return 0;
    case "witnesses":
      return policy.count;
    case "decide":
      return Number.MAX_SAFE_INTEGER - 1;
    case "deny":
      return Number.MAX_SAFE_INTEGER;
  }
}
