import type { OfferedChain } from "../core/arrival.ts";
import type { UnixMs } from "../core/time.ts";
import type { GatheredCertificate, GatherWorld } from "./gathering.ts";

/** A chain file as it was found, with the key files that lay beside it. */
export interface FoundChain {
  readonly bytes: Uint8Array;
  /** The folder, file or site it came from, for people and for telling places apart. */
  readonly place: string;
  /** `TOFU-KEYS` and files named by hand: certificates of added keys; the fingerprint decides. */
  readonly keyFiles: readonly string[];
}

/** A chain with what was established about its signatures. */
export interface GatheredChain {
  readonly chain: OfferedChain;
  /** Certificates of everybody who signed a statement, to be stored with the events. */
  readonly certificates: readonly GatheredCertificate[];
  /** The signature blocks of each statement in one piece, to be kept as evidence; `OfferedStatement.blocks` names them. */
  readonly objects: readonly Uint8Array[];
}

/** `gatherChain` in `statement-evidence.ts`. */
export type GatherChain = (
  found: FoundChain,
  world: Pick<GatherWorld, "storedCertificate" | "storedPrimaryOf" | "keyring">,
  now: UnixMs,
) => Promise<GatheredChain>;
