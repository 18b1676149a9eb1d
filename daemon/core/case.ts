import type { Finding } from "./findings.ts";
import type { Renaming } from "./history.ts";
import type { Notice } from "./judgement.ts";
import type { KnownArtifact } from "./pin.ts";
import type { Question } from "./question.ts";
import type { Outcome } from "./quorum.ts";
import type { WitnessTally } from "./witness.ts";

/** What a judgement comes to before it is put into words: the ruling and all it rests on. */
export interface Case {
  readonly question: Question;
  readonly findings: readonly Finding[];
  readonly outcome: Outcome;
  readonly replaced: KnownArtifact | undefined;
  readonly renaming: Renaming | undefined;
  readonly notices: readonly Notice[];
  readonly witnesses: WitnessTally;
}
