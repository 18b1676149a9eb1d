import type { Silence, WitnessKind } from "./witness.ts";

/** A voice as it is told: from the journal, or from an answer, whose daemon may know more words than this program. */
export interface ToldVoice {
  readonly kind: string;
  /** Outside text. */
  readonly source: string;
  readonly says: string;
  readonly counted: boolean;
  readonly silence?: string | undefined;
}

const LABELS: Readonly<Record<WitnessKind, string>> = {
  "pin-file": "pin file",
  "debian-keyring": "Debian keyring",
  "git-tag": "git tag",
  "git-commit": "git commit",
  wkd: "WKD",
  "key-server": "key server",
  github: "GitHub",
  "earlier-keyring": "earlier keyring",
};
const BY_KIND: ReadonlyMap<string, string> = new Map(Object.entries(LABELS));

const SILENT: Readonly<Record<Silence, string>> = {
  "no-key": "has no key",
  "not-listed": "does not list it",
  "not-signed": "is not signed",
  unusable: "can't be used",
  unreachable: "did not answer",
  offline: "not asked (offline)",
  "bare-key": "has the key, under no verified address",
};
const BY_SILENCE: ReadonlyMap<string, string> = new Map(Object.entries(SILENT));

/** @returns a witness as people call it, "Debian keyring". */
export function witnessLabel(kind: string): string {
  return BY_KIND.get(kind) ?? kind;
}

/** @returns why a witness says nothing, as the end of a clause that begins with its name. */
export function silenceWords(silence: string): string {
  return BY_SILENCE.get(silence) ?? silence;
}

/**
 * @returns `2 of 3 agree: Debian keyring, git tag; WKD has no key`, or in an alarm `0 of 3 know it; WKD names the old one`;
 * `undefined` where nobody was asked whose word counts.
 */
export function witnessText(voices: readonly ToldVoice[], about: "first-use" | "alarm"): string | undefined {
  const counted = voices.filter((voice) => voice.counted);
  const saying = (...words: readonly ToldVoice["says"][]): readonly ToldVoice[] =>
    voices.filter(({ says, counted: counts }) => words.includes(says) && (counts || says !== "new"));
  const agreeing = counted.filter(({ says }) => says === "new");
  if (counted.length === 0 && saying("old", "other", "against").length === 0) return undefined;
  const one = agreeing.length === 1;
  const verb = about === "alarm" ? `${one ? "knows" : "know"} it` : one ? "agrees" : "agree";
  const parts = [
    `${agreeing.length} of ${counted.length} ${verb}${agreeing.length === 0 ? "" : `: ${listed(agreeing)}`}`,
    ...naming(saying("old"), "the old one"),
    ...naming(saying("other"), "another signer"),
    ...warning(saying("against")),
    // An alarm has no room for those who know nothing.
    ...(about === "alarm" ? [] : silent(counted)),
  ];
  return parts.join("; ");
}

function naming(voices: readonly ToldVoice[], whom: string): readonly string[] {
  return voices.length === 0 ? [] : [`${joined(voices)} ${voices.length === 1 ? "names" : "name"} ${whom}`];
}

function warning(voices: readonly ToldVoice[]): readonly string[] {
  return voices.length === 0 ? [] : [`${joined(voices)} ${voices.length === 1 ? "warns" : "warn"} of it`];
}

function silent(voices: readonly ToldVoice[]): readonly string[] {
  const words = voices.flatMap(({ kind, says, silence }) =>
    says === "nothing" && silence !== undefined ? [`${witnessLabel(kind)} ${silenceWords(silence)}`] : [],
  );
  return [...new Set(words)];
}

/** Two of one kind are told as such: `2 pin files`. */
function labels(voices: readonly ToldVoice[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { kind } of voices) counts.set(witnessLabel(kind), (counts.get(witnessLabel(kind)) ?? 0) + 1);
  return [...counts].map(([label, count]) => (count === 1 ? label : `${count} ${label}s`));
}

/** Which domain agrees is half of what that says. */
function listed(voices: readonly ToldVoice[]): string {
  const domains = voices
    .filter(({ kind }) => kind === "wkd")
    .map(({ source }) => `${witnessLabel("wkd")} of ${source}`);
  return [...labels(voices.filter(({ kind }) => kind !== "wkd")), ...domains].join(", ");
}

function joined(voices: readonly ToldVoice[]): string {
  const words = labels(voices);
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} and ${last}`;
}
