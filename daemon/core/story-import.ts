import type { Import, ImportRow, PinFileRead } from "./event-import.ts";
import { plural, shortSigner } from "./sentence.ts";
import type { SignerId } from "./signer.ts";
import type { StoryEntry } from "./story.ts";

/** Signers of one import that are named one by one. */
const MAX_NAMED = 3;

/** @returns the paragraph about a pin file that spoke of the package. */
export function tellImport(body: Import): Pick<StoryEntry, "head" | "sentence" | "notes"> {
  const who = (state: ImportRow["state"], effect?: ImportRow["effect"]): readonly SignerId[] =>
    body.rows.filter((row) => row.state === state && (effect ?? row.effect) === row.effect).map(({ key }) => key);
  const active = who("active");
  const releases = Math.max(0, ...body.rows.map((row) => row.releases ?? 0));
  const bad = body.rows.filter(({ effect }) => effect === "stops" || effect === "opinion");
  return {
    head: "imported",
    sentence: `${body.label} ${outcomeText(body, active)}`,
    notes: [
      { label: "signed", text: signedText(body) },
      ...(releases === 0 ? [] : [{ label: "imported", text: plural(releases, "release") }]),
      ...(body.artifacts === undefined ? [] : [{ label: "files", text: `${body.artifacts.length} known by it` }]),
      ...bad.map(({ key, state, effect }) => ({
        label: effect === "stops" ? state : "opinion",
        text: effect === "stops" ? shortSigner(key) : `${shortSigner(key)} is ${state}; told, and without effect`,
      })),
      ...(body.verdict === "import-conflict"
        ? [
            { label: "here", text: names(body.here ?? []) },
            { label: "there", text: names(active) },
          ]
        : []),
    ],
  };
}

function outcomeText({ verdict, holds, rows }: Import, active: readonly SignerId[]): string {
  switch (verdict) {
    case "imported":
      return active.length === 0 ? warningText(rows) : `brought ${names(active)}`;
    case "import-unchanged":
      return "says nothing else of who may sign";
    case "handover-applied":
      return "brought statements that lead on from here";
    case "import-conflict":
      return holds === true
        ? "names other signers; nothing passes until that is settled"
        : "names other signers; ours stay";
    case "hash-differs-from-import":
      return "lists other bytes under a name known here";
    case "artifact-changed":
      return "saw other bytes under a name and version known here";
  }
}

/** A part of a package with many signers, or what a file says against somebody everywhere. */
function warningText(rows: readonly ImportRow[]): string {
  const against = rows.filter(({ effect }) => effect === "stops" || effect === "opinion").map(({ key }) => key);
  return against.length === 0 ? "says more of it" : `speaks against ${names(against)}`;
}

function signedText({ stand, signer }: Import): string {
  switch (stand) {
    case "unsigned":
      return "by nobody";
    case "stranger":
      return `by ${signer === undefined ? "somebody" : shortSigner(signer)}, whom the settings don't name`;
    case "configured":
      return `by ${signer === undefined ? "somebody" : shortSigner(signer)}, whom the settings name`;
    case "layer":
      return "it is the machine's own";
  }
}

function names(signers: readonly SignerId[]): string {
  if (signers.length === 0) return "nobody";
  const more = signers.length - MAX_NAMED;
  const told = signers.slice(0, MAX_NAMED).map(shortSigner);
  return more > 0 ? `${told.join(", ")} and ${more} more` : told.join(" and ");
}

/** @returns the paragraph about a pin file as a whole. */
export function tellPinFile({
  label,
  serial,
  packages,
  state,
}: PinFileRead): Pick<StoryEntry, "head" | "sentence" | "notes"> {
  const which = serial === undefined ? label : `${label}, serial ${serial},`;
  const what = state === "begun" ? "is being taken in" : "was taken in whole";
  return { head: "imported", sentence: `${which} ${what}: ${plural(packages, "package")}`, notes: [] };
}
