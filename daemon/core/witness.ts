import type { SignerId } from "./signer.ts";
import { siteOf } from "./site.ts";
import { DAY_MS, type UnixMs } from "./time.ts";

export const WITNESS_KINDS = [
  "pin-file",
  "debian-keyring",
  "git-tag",
  "git-commit",
  "wkd",
  "key-server",
  "github",
  "earlier-keyring",
] as const;

export type WitnessKind = (typeof WITNESS_KINDS)[number];

/** A source independent of whoever delivered the file, as it answered when it was asked who signs a package. */
export interface WitnessAnswer {
  readonly kind: WitnessKind;
  /** What was asked, for people: a tag, a file, a mail domain. Outside text. */
  readonly source: string;
  readonly controller: Controller;
  readonly names: readonly NamedSigner[];
  /** Signers it speaks against: revoked, retired or distrusted there. */
  readonly against: readonly SignerId[];
  /** Why it names nobody. */
  readonly silence?: Silence | undefined;
}

/** Who decides what a witness says. However many answers somebody controls, they are one vote (rules.md, row 74). */
export type Controller =
  /** A repository host, the site of a mail domain, a key server. */
  | { readonly kind: "host"; readonly host: string }
  /** Pin files that one key signed. */
  | { readonly kind: "file-signer"; readonly signer: SignerId }
  | { readonly kind: "unsigned-files" }
  | { readonly kind: "distribution" }
  /** A clone that came from nowhere that it tells. */
  | { readonly kind: "clone"; readonly path: string }
  /** Keyrings that came with earlier releases, which this journal noted. */
  | { readonly kind: "own-journal" };

export interface NamedSigner {
  readonly signer: SignerId;
  /** `bare-key`: it only shows that such a key exists. */
  readonly by: "listing" | "signature" | "address" | "bare-key";
  /** When the source first saw this signer; `undefined` where it does not say. */
  readonly firstSeen?: UnixMs | undefined;
}

export const SILENCES = [
  "no-key",
  "not-listed",
  "not-signed",
  "unusable",
  "unreachable",
  "offline",
  "bare-key",
] as const;

export type Silence = (typeof SILENCES)[number];

export interface WitnessQuestion {
  /** Whose good signatures the file carries. */
  readonly signers: readonly SignerId[];
  /** Who is pinned here, and not among them. */
  readonly pinned: readonly SignerId[];
  /** The host that the file came from, where that is known. */
  readonly servedBy: string | undefined;
  readonly now: UnixMs;
}

export const SAYINGS = ["new", "old", "other", "against", "nothing"] as const;

/** `new`: a signer of this file; `old`: one that is pinned here; `against`: it warns of a signer of this file. */
export type Saying = (typeof SAYINGS)[number];

/** One answer with what it is worth. */
export interface WitnessVoice {
  readonly kind: WitnessKind;
  readonly source: string;
  readonly says: Saying;
  /** It speaks for its controller. Others of the same controller, and what is worth nothing, are told beside it. */
  readonly counted: boolean;
  readonly silence?: Silence | undefined;
}

export interface WitnessTally {
  readonly voices: readonly WitnessVoice[];
  /** Votes for each signer of the file, one a controller. */
  readonly votes: ReadonlyMap<SignerId, number>;
  /** Controllers whose word counts, silent ones among them. */
  readonly asked: number;
  readonly agreeing: number;
  /** Answers that name somebody else and nobody who signed this file, or warn of one who did. */
  readonly contradicting: number;
}

/**
 * Whoever made a key wrote its addresses, and may well run their domains and mailboxes: all that agree because of an
 * address are one controller.
 */
const ADDRESSES = "addresses";

/** The worst of what one controller says is what it says. */
const WORST_FIRST: readonly Saying[] = ["against", "other", "old", "new", "nothing"];

interface Heard {
  readonly answer: WitnessAnswer;
  readonly says: Saying;
  /** Signers of this file that it votes for. */
  readonly votesFor: readonly SignerId[];
  readonly controller: string;
  readonly isByAddress: boolean;
  readonly isWitness: boolean;
}

/** Counts witnesses (rules.md, row 74): one vote a controller, none for whoever delivered the file. */
export function countWitnesses(answers: readonly WitnessAnswer[], question: WitnessQuestion): WitnessTally {
  const heard = joinAddresses(answers.map((answer) => hear(answer, question)));
  const speakers = speakersOf(heard);
  const votes = new Map(question.signers.map((signer) => [signer, votesFor(signer, heard, speakers)]));
  return {
    voices: heard.map((one) => voiceOf(one, speakers)),
    votes,
    asked: speakers.size,
    agreeing: [...speakers.values()].filter(({ says }) => says === "new").length,
    // What is worth no vote may still be the one that noticed.
    contradicting: heard.filter(({ says }) => contradicts(says)).length,
  };
}

function contradicts(says: Saying): boolean {
  return says === "other" || says === "against";
}

function hear(answer: WitnessAnswer, question: WitnessQuestion): Heard {
  const { controller } = answer;
  const known = answer.names.filter(({ by }) => by !== "bare-key");
  const mine = known.filter(({ signer }) => question.signers.includes(signer));
  const votesFor = mine.filter((name) => controller.kind !== "unsigned-files" || isSettled(name, question.now));
  const says = saying(answer, known, question);
  return {
    answer,
    says,
    votesFor: votesFor.map(({ signer }) => signer),
    controller: nameOf(controller),
    isByAddress: says === "new" && mine.every(({ by }) => by === "address"),
    isWitness: !servedTheFile(controller, question) && (mine.length === 0 || votesFor.length > 0),
  };
}

/** A host that speaks in another way too is one with what it says of an address; all others are one together. */
function joinAddresses(heard: readonly Heard[]): readonly Heard[] {
  const others = new Set(heard.filter((one) => one.isWitness && !one.isByAddress).map(({ controller }) => controller));
  return heard.map((one) => (one.isByAddress && !others.has(one.controller) ? { ...one, controller: ADDRESSES } : one));
}

/** What anybody can write is older than a day before it counts: whoever attacks today has today's pins to show. */
function isSettled({ firstSeen }: NamedSigner, now: UnixMs): boolean {
  return firstSeen !== undefined && now - firstSeen > DAY_MS;
}

function servedTheFile(controller: Controller, { servedBy }: WitnessQuestion): boolean {
  return controller.kind === "host" && servedBy !== undefined && siteOf(controller.host) === siteOf(servedBy);
}

function saying({ against }: WitnessAnswer, known: readonly NamedSigner[], question: WitnessQuestion): Saying {
  if (against.some((signer) => question.signers.includes(signer))) return "against";
  if (known.length === 0) return "nothing";
  if (known.some(({ signer }) => question.signers.includes(signer))) return "new";
  return known.some(({ signer }) => question.pinned.includes(signer)) ? "old" : "other";
}

function nameOf(controller: Controller): string {
  switch (controller.kind) {
    case "host":
      return `site ${siteOf(controller.host)}`;
    case "file-signer":
      return `signer ${controller.signer}`;
    case "clone":
      return `clone ${controller.path}`;
    case "unsigned-files":
    case "distribution":
    case "own-journal":
      return controller.kind;
  }
}

/** @returns the one answer of each controller that speaks for it. */
function speakersOf(heard: readonly Heard[]): ReadonlyMap<string, Heard> {
  const speakers = new Map<string, Heard>();
  for (const one of heard) {
    if (!one.isWitness) continue;
    const before = speakers.get(one.controller);
    if (before === undefined || rank(one) < rank(before)) speakers.set(one.controller, one);
  }
  return speakers;
}

function rank({ says }: Heard): number {
  return WORST_FIRST.indexOf(says);
}

function votesFor(signer: SignerId, heard: readonly Heard[], speakers: ReadonlyMap<string, Heard>): number {
  return [...speakers].filter(
    ([controller, { says }]) =>
      says === "new" &&
      heard.some((one) => one.isWitness && one.controller === controller && one.votesFor.includes(signer)),
  ).length;
}

function voiceOf(one: Heard, speakers: ReadonlyMap<string, Heard>): WitnessVoice {
  const { kind, source, silence, names } = one.answer;
  const why = one.says === "nothing" ? (silence ?? (names.length > 0 ? "bare-key" : "no-key")) : undefined;
  return {
    kind,
    source,
    says: one.says,
    counted: speakers.get(one.controller) === one,
    ...(why === undefined ? {} : { silence: why }),
  };
}
