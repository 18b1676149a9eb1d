import type { EventArtifact, Source } from "./event.ts";
import { formatFirstUse, type Requirement } from "./policy.ts";
import { plural, shortSigner } from "./sentence.ts";
import type { SignerId } from "./signer.ts";
import type { StoryHead } from "./story.ts";
import { rule, type VerdictKind } from "./verdict.ts";

/** @returns the word a paragraph about a verdict begins with. */
export function headOf(verdict: VerdictKind): StoryHead {
  switch (rule(verdict).class) {
    case "refused":
      return "refused";
    case "decide":
      return "asked";
    case "unchecked":
      return "unchecked";
    case "ok":
      // A verdict that usually passes was stopped by policy.
      return "asked";
  }
}

/** @returns signers in words, the first of many. */
export function signersText(signers: readonly SignerId[]): string {
  const names = [...new Set(signers)].map(shortSigner);
  return names.length > 3 ? `${names.slice(0, 2).join(", ")} and ${names.length - 2} more` : names.join(" and ");
}

/** @returns what a release is called: its version, else its file. */
export function releaseName(artifact: EventArtifact): string {
  return artifact.version ?? artifact.name;
}

/** @returns how an artifact came here. */
export function sourceText(source: Source): string {
  return `tofu ${source.via}${source.host === undefined ? "" : ` from ${source.host}`}, on this machine`;
}

/** @returns where a certificate came from. */
export function certificateText(source: string): string {
  const words = new Map([
    ["command-line", "a key file named by hand"],
    ["beside", "a key file beside the release"],
    ["journal", "what tofu had stored"],
    ["keyring", "your GnuPG keyring"],
    ["layer", "this machine's pin files"],
  ]);
  return words.get(source) ?? source;
}

/** @returns who withdrew a signer. */
export function authorText(by: "handover" | "user" | "cert"): string {
  switch (by) {
    case "handover":
      return "a handover statement";
    case "user":
      return "you";
    case "cert":
      return "its owner, in the certificate";
  }
}

/** @returns a person's own reason. */
export function because(reason: string): { readonly label: string; readonly text: string } {
  return { label: "because", text: `"${reason}"` };
}

/** @returns what a requirement asks, a clause each. */
export function requirementText(requirement: Requirement): readonly string[] {
  const { firstUse, releaseThreshold, allow, unsignedOk, noRollback, noHandover, expired } = requirement;
  return [
    ...(firstUse === undefined ? [] : [`first use: ${formatFirstUse(firstUse)}`]),
    ...(releaseThreshold === undefined ? [] : [`${plural(releaseThreshold, "signer")} must sign a release`]),
    ...(allow ?? []).map(
      ({ algorithm, signers }) =>
        `${algorithm} is allowed${signers.length === 0 ? "" : ` for ${signersText(signers)}`}`,
    ),
    ...(unsignedOk === undefined ? [] : [`${unsignedOk.join(", ")} may come unsigned`]),
    ...(noRollback === true ? ["never an older version"] : []),
    ...(noHandover === true ? ["no handover"] : []),
    ...(expired === undefined ? [] : ["an expired copy of the right key asks"]),
  ];
}
