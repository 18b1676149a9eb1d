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

/** One `tofu require`: settings of one package, kept in its journal. Fields add up; a later value replaces an earlier one. */
export interface Requirement {
  readonly firstUse?: FirstUsePolicy | undefined;
  readonly releaseThreshold?: number | undefined;
  /** Algorithms allowed although weak, for these signers; without signers, for whoever becomes the package's first. */
  readonly allow?: { readonly algorithms: readonly string[]; readonly signers: readonly SignerId[] } | undefined;
  /** Versions that may come unsigned. */
  readonly unsignedOk?: readonly Version[] | undefined;
  readonly noRollback?: boolean | undefined;
  readonly noHandover?: boolean | undefined;
  readonly expired?: "decide" | undefined;
}
