import type { OfferedChain } from "../core/arrival.ts";
import type { ChainFault } from "../core/chain-file.ts";
import type { CertificateState } from "../core/evidence.ts";
import type { Sha256 } from "../core/sha256.ts";
import type { UnixMs } from "../core/time.ts";
import type { GatheredCertificate, GatherWorld } from "./gathering.ts";

/** A chain file as it was found, with the key files that lay beside it. */
export interface FoundChain {
  readonly bytes: Uint8Array;
  /** The folder, file or site it came from, for people and for telling places apart. */
  readonly place: string;
  /** `TOFU-KEYS` and files like it: certificates of added keys; the fingerprint decides. */
  readonly keyFiles: readonly string[];
  /** The same, where they were fetched and lie in no file. */
  readonly keys?: readonly Uint8Array[] | undefined;
}

/** A chain with what was established about its signatures. */
export interface GatheredChain {
  readonly chain: OfferedChain;
  /** Where the file stops being a chain. */
  readonly fault: ChainFault | undefined;
  /** Certificates of everybody who signed a statement, to be stored with the events. */
  readonly certificates: readonly GatheredCertificate[];
  /** What those certificates say now. */
  readonly states: readonly CertificateState[];
  /** The signature blocks of each statement in one piece, to be kept as evidence; `OfferedStatement.blocks` names them. */
  readonly objects: readonly Uint8Array[];
}

/** Where certificates of signers are asked for. */
export type ChainWorld = Pick<GatherWorld, "storedCertificate" | "storedPrimaryOf" | "layerCertificates" | "keyring">;

export interface ChainOptions {
  /** Key files named by hand; they must be readable. */
  readonly namedKeys?: readonly string[];
  /** Statements in force here: those that the file begins with are not verified again. */
  readonly known?: ReadonlySet<Sha256>;
}

/** `gatherChain` in `statement-evidence.ts`. */
export type GatherChain = (
  found: FoundChain,
  world: ChainWorld,
  now: UnixMs,
  options?: ChainOptions,
) => Promise<GatheredChain>;
