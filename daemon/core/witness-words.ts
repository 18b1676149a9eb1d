import type { WitnessKind, WitnessVoice } from "./witness.ts";

/** A voice as it is told: from an answer, or from the journal. */
export type ToldVoice = Pick<WitnessVoice, "kind" | "says" | "counted" | "silence">;

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

/** @returns a witness as people call it, "Debian keyring". */
export function witnessLabel(kind: WitnessKind): string {
  return LABELS[kind];
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

/** @returns why a witness says nothing, as the end of a clause that begins with its name. */
export function silenceWords(silence: NonNullable<ToldVoice["silence"]>): string {
  switch (silence) {
    case "no-key":
      return "has no key";
    case "not-listed":
      return "does not list it";
    case "not-signed":
      return "is not signed";
    case "unusable":
      return "can't be used";
    case "unreachable":
      return "did not answer";
    case "offline":
      return "not asked (offline)";
    case "bare-key":
      return "has the key, under no verified address";
  }
}

/** Two of one kind are told as such: `2 pin files`. */
function labels(voices: readonly ToldVoice[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { kind } of voices) counts.set(witnessLabel(kind), (counts.get(witnessLabel(kind)) ?? 0) + 1);
  return [...counts].map(([label, count]) => (count === 1 ? label : `${count} ${label}s`));
}

function listed(voices: readonly ToldVoice[]): string {
  return labels(voices).join(", ");
}

function joined(voices: readonly ToldVoice[]): string {
  return labels(voices).join(" and ");
}
