import type { Version } from "./artifact-name.ts";
import type { SignerId } from "./signer.ts";

/** What happens when a package is seen for the first time; from lenient to strict. */
export type FirstUsePolicy =
  | { readonly kind: "accept" }
  | { readonly kind: "witnesses"; readonly count: number }
  | { readonly kind: "decide" }
  | { readonly kind: "deny" };

/** The user's settings that `judge` takes into account, for one package. */
export interface Policy {
  readonly firstUse: FirstUsePolicy;
  /** Never signed before; the stricter of this and `firstUse` holds (row 31). */
  readonly unsigned: "notice" | "decide" | "deny";
  /** A stale copy of the right key (rows 20b, 20c). */
  readonly expired: "notice" | "decide";
  readonly releaseThreshold: number | undefined;
}

export const DEFAULT_POLICY: Policy = {
  firstUse: { kind: "accept" },
  unsigned: "notice",
  expired: "notice",
  releaseThreshold: undefined,
};

/** One `--allow`: no signers means that the package had none yet, so it holds for whoever signs it. */
export interface Allowance {
  readonly algorithm: string;
  readonly signers: readonly SignerId[];
}

/** One `tofu require`: settings of one package, kept in its journal. Fields add up; a later value replaces an earlier one. */
export interface Requirement {
  readonly firstUse?: FirstUsePolicy | undefined;
  readonly releaseThreshold?: number | undefined;
  /** Weak algorithms a person allowed. Bound to signers where the package had any; else for whoever comes first. */
  readonly allow?: readonly Allowance[] | undefined;
  /** Versions that may come unsigned. */
  readonly unsignedOk?: readonly Version[] | undefined;
  readonly noRollback?: boolean | undefined;
  readonly noHandover?: boolean | undefined;
  readonly expired?: "decide" | undefined;
}

/** @returns both requirements at once: lists add up, a later single value replaces the earlier one. */
export function mergeRequirements(before: Requirement, after: Requirement): Requirement {
  const unsignedOk = [...(before.unsignedOk ?? []), ...(after.unsignedOk ?? [])];
  const allow = [...(before.allow ?? []), ...(after.allow ?? [])];
  return {
    ...before,
    ...Object.fromEntries(Object.entries(after).filter(([, value]) => value !== undefined)),
    ...(unsignedOk.length > 0 ? { unsignedOk } : {}),
    ...(allow.length > 0 ? { allow } : {}),
  };
}

/** @returns what holds for a package: the stricter of the configuration and of what its journal requires. */
export function effectivePolicy(policy: Policy, requirement: Requirement): Policy {
  const { firstUse, releaseThreshold, expired } = requirement;
  const thresholds = [policy.releaseThreshold ?? 1, releaseThreshold ?? 1];
  return {
    firstUse: firstUse === undefined ? policy.firstUse : stricterFirstUse(policy.firstUse, firstUse),
    unsigned: policy.unsigned,
    expired: expired ?? policy.expired,
    releaseThreshold: Math.max(...thresholds),
  };
}

/** @returns the stricter of two: accept < witnesses:N < decide < deny, and more witnesses are stricter. */
export function stricterFirstUse(a: FirstUsePolicy, b: FirstUsePolicy): FirstUsePolicy {
  return firstUseRank(a) >= firstUseRank(b) ? a : b;
}

/** @returns the policy as settings write it: `accept`, `witnesses:2`. */
export function formatFirstUse(policy: FirstUsePolicy): string {
  return policy.kind === "witnesses" ? `witnesses:${policy.count}` : policy.kind;
}

/** @returns the policy that a setting names, or `undefined`. */
export function parseFirstUse(text: string): FirstUsePolicy | undefined {
  const witnesses = /^witnesses:([1-9]\d?)$/.exec(text);
  if (witnesses !== null) return { kind: "witnesses", count: Number(witnesses[1]) };
  return text === "accept" || text === "decide" || text === "deny" ? { kind: text } : undefined;
}

function firstUseRank(policy: FirstUsePolicy): number {
  switch (policy.kind) {
    case "accept":
      return 0;
    case "witnesses":
      return policy.count;
    case "decide":
      return 100;
    case "deny":
      return 101;
  }
}
