import type { Source } from "./event.ts";
import type { Evidence } from "./evidence.ts";
import type { ChainLink } from "./handover-chain.ts";
import type { PackageName } from "./package-name.ts";
import type { KnownArtifact, Pin } from "./pin.ts";
import type { Policy } from "./policy.ts";
import type { SignerId } from "./signer.ts";
import type { UnixMs } from "./time.ts";
import type { WitnessAnswer } from "./witness.ts";

/** All that a judgement depends on: the same question always gets the same answer. */
export interface Question {
  readonly package: PackageName;
  /** Folded with the machine-wide journal; see `withMachine`. */
  readonly pin: Pin;
  readonly evidence: Evidence;
  /** Configuration and `tofu require` taken together; see `effectivePolicy`. */
  readonly policy: Policy;
  /** Never earlier than the pin's newest event. */
  readonly now: UnixMs;
  readonly source: Source;
  readonly elsewhere: Elsewhere;
  /** What independent sources say of the package's signers; `undefined` where nobody was asked. */
  readonly witnesses?: readonly WitnessAnswer[] | undefined;
  /** Statements that came into force on the way to this question: the pin already holds them. */
  readonly moved: readonly ChainLink[];
  /** Whether the events will be appended; a dry run says "would be". */
  readonly recording: boolean;
}

/** What other packages' pins say; it makes hints and notices, never a verdict. */
export interface Elsewhere {
  readonly signers: ReadonlyMap<SignerId, readonly PackageName[]>;
  readonly sameBytes: readonly PackageName[];
}

/** @returns the artifact's bytes as they were accepted here before, under whatever name. */
export function knownBytes({ pin, evidence }: Question): KnownArtifact | undefined {
  return pin.bySha256.get(evidence.artifact.sha256);
}
