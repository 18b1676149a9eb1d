import type { Version } from "../core/artifact-name.ts";
import type { PackageName } from "../core/package-name.ts";
import type { SignerId } from "../core/signer.ts";
import type { UnixMs } from "../core/time.ts";
import type { Controller, NamedSigner, Silence, WitnessKind } from "../core/witness.ts";
import type { ChainWorld } from "../evidence/statement-gathering.ts";
import type { Address } from "./address.ts";

/** What witnesses are asked about. */
export interface Asking {
  readonly package: PackageName;
  readonly version: Version | undefined;
  /** Who signed the file. */
  readonly signers: readonly SignerId[];
  /** Addresses that their keys claim, and those of who is pinned; a few of each. */
  readonly addresses: readonly Address[];
  readonly now: UnixMs;
}

/** Where certificates of whoever signed a tag or a pin file are asked for: what is at hand, nothing from outside. */
export type CertificatesAtHand = ChainWorld;

/** One source that can be asked. */
export interface Witness {
  readonly kind: WitnessKind;
  /** For people: a file, a clone, a domain. */
  readonly source: string;
  readonly controller: Controller;
  readonly reach: "machine" | "network";
  /**
   * @param signal - aborted when nobody waits for the answer any more. A fault is as good as silence.
   * @returns `undefined` where it turns out to be about other packages only: then it was not asked.
   */
  readonly ask: (signal: AbortSignal) => Promise<Said | undefined>;
}

/** What a witness says; a source or controller that only asking could tell stands here. */
export interface Said {
  readonly names: readonly NamedSigner[];
  readonly against?: readonly SignerId[] | undefined;
  readonly silence?: Silence | undefined;
  readonly source?: string | undefined;
  readonly controller?: Controller | undefined;
  readonly kind?: WitnessKind | undefined;
}

/** @returns the word of one who names nobody. */
export function silent(silence: Silence): Said {
  return { names: [], silence };
}
