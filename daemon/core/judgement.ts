import type { EventBody } from "./event.ts";
import type { Artifact, CertificateFacts } from "./evidence.ts";
import type { Fingerprint } from "./fingerprint.ts";
import type { PackageName } from "./package-name.ts";
import type { SignerId } from "./signer.ts";
import type { UnixMs } from "./time.ts";
import type { NoticeKind, VerdictClass, VerdictExit, VerdictKind } from "./verdict.ts";
import type { WitnessVoice } from "./witness.ts";

/** The answer about one artifact: verdict, reasons, and the events to append. Every surface renders this and decides nothing. */
export interface Judgement {
  readonly verdict: VerdictKind;
  readonly class: VerdictClass;
  readonly exit: VerdictExit;
  /** Why a verdict that has several reasons was given: the machine's pins for the package ran out. */
  readonly reason?: "seed-expired" | undefined;
  readonly package: PackageName;
  readonly artifact: Artifact;
  /** Line one of every text, without the class word. */
  readonly sentence: string;
  /** What the pin held, before this. */
  readonly expected: readonly ExpectedSigner[];
  readonly got: readonly GotSigner[];
  readonly notices: readonly Notice[];
  /** Facts that make a person's own check faster; never a reason to pass. */
  readonly hints: readonly Hint[];
  /** What independent sources say of whoever signed; empty where nobody was asked. */
  readonly witnesses: readonly WitnessVoice[];
  /** What else the answer rests on, a label and a text each: "asked", "last", "before". */
  readonly facts: readonly Fact[];
  /** The refusal was reported before; since when. */
  readonly refusedSince: UnixMs | undefined;
  /** The one next command, as words; `undefined` where there is nothing to do. */
  readonly next: readonly string[] | undefined;
  readonly events: readonly EventBody[];
}

export interface ExpectedSigner {
  readonly signer: SignerId;
  readonly releases: number;
  readonly days: number;
  readonly first: UnixMs | undefined;
  readonly last: UnixMs | undefined;
}

/** A signature of the artifact as people are told of it. `verified: false`: it names the key, nothing more is known. */
export type GotSigner =
  | {
      readonly verified: true;
      readonly signer: SignerId;
      readonly signingKey: Fingerprint;
      readonly certificate: CertificateFacts;
      readonly created: UnixMs;
    }
  | { readonly verified: false; readonly names: string };

export interface Fact {
  readonly label: string;
  readonly text: string;
}

export interface Notice {
  readonly kind: NoticeKind;
  /** The fact behind it, in words, for `--verbose` and JSON. */
  readonly detail?: string | undefined;
}

export type Hint =
  | { readonly kind: "certified-by-pinned"; readonly signer: SignerId; readonly by: SignerId }
  | {
      readonly kind: "listed-in-earlier-keyring";
      readonly signer: SignerId;
      readonly version: string | undefined;
      readonly at: UnixMs;
    }
  | {
      readonly kind: "named-in-signed-text";
      readonly signer: SignerId;
      readonly by: SignerId;
      readonly fileName: string;
    }
  | { readonly kind: "pinned-elsewhere"; readonly signer: SignerId; readonly packages: readonly PackageName[] }
  | { readonly kind: "unproven-subkey"; readonly signer: SignerId }
  | { readonly kind: "both-signed"; readonly signer: SignerId };
