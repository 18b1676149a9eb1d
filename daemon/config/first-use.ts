import { type Codec, viaText } from "../core/codec.ts";
import type { FirstUsePolicy } from "../core/policy.ts";
import { err, ok, type Result } from "../core/result.ts";

const MAX_WITNESSES = 99;

/** Reads `accept`, `decide`, `deny` or `witnesses:N`, N from 1 to 99. */
export function parseFirstUse(text: string): Result<FirstUsePolicy, { readonly code: "not-a-first-use-policy" }> {
  if (text === "accept" || text === "decide" || text === "deny") return ok({ kind: text });
  const count = /^witnesses:([1-9]\d?)$/.exec(text)?.[1];
  return count === undefined
    ? err({ code: "not-a-first-use-policy" })
    : ok({ kind: "witnesses", count: Number(count) });
}

/** @returns the policy as it stands in the file. */
export function formatFirstUse(policy: FirstUsePolicy): string {
  return policy.kind === "witnesses" ? `witnesses:${policy.count}` : policy.kind;
}

export const firstUseCodec: Codec<FirstUsePolicy> = viaText(
  `accept, decide, deny or witnesses:N, N from 1 to ${MAX_WITNESSES}`,
  parseFirstUse,
  formatFirstUse,
);
