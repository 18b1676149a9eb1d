import type { KnownArtifact, Pin } from "./pin.ts";
import type { SignerId } from "./signer.ts";
import type { UnixMs } from "./time.ts";

/** What the machine's own pin files say of a package, below the journal (rules.md, row 76). */
export interface PinLayer {
  /** The fold of the files alone: what `tofu forget` goes back to. */
  readonly pin: Pin;
  /** The files that name the package and whose time is not over, for people. */
  readonly files: readonly string[];
  /** Two of them that name different signers, or other bytes for one version: nothing passes until they agree. */
  readonly differ: readonly [string, string] | undefined;
  /** The package stands in files whose time is over and in no other: when the last of them ran out. */
  readonly expiredAt: UnixMs | undefined;
  /** Signers that the journal pinned although the files, which stand, don't name them and no statement leads there. */
  readonly beside: ReadonlySet<SignerId>;
  /** Bytes that passed here under a name and version for which the files have others, by {@link artifactKey} (row 72). */
  readonly differing: ReadonlyMap<string, KnownArtifact>;
}

/** @returns whether the machine's files say who signs: then nobody is a first signer, whatever the journal holds. */
export function isLayered({ layer }: Pin): boolean {
  return layer?.pin.exists === true;
}

/** @returns whether the package was known only to files whose time is over: then nothing of it is a first use. */
export function isSeedExpired({ exists, layer }: Pin): boolean {
  return !exists && layer?.expiredAt !== undefined;
}
