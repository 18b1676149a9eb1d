import type {
  Event,
  EventArtifact,
  EventBody,
  FirstUse,
  Handover,
  HandoverContest,
  Refusal,
  Resolve,
  Sighting,
  SignedStatement,
  Source,
  Trust,
  Unsigned,
} from "./event.ts";
import { formatFirstUse, type Requirement } from "./policy.ts";
import { plural, shortSigner } from "./sentence.ts";
import type { SignerId } from "./signer.ts";
import { parseStatement } from "./statement.ts";
import { asciiBytes } from "./statement-text.ts";
import { tellImport, tellPinFile } from "./story-import.ts";
import { formatDate, type UnixMs } from "./time.ts";
import { rule, type VerdictKind } from "./verdict.ts";
import { compareVersions } from "./version.ts";
import type { WitnessVoice } from "./witness.ts";
import { witnessText } from "./witness-words.ts";

/** One paragraph of a pin's story, as a colleague would tell it. */
export interface StoryEntry {
  readonly at: UnixMs;
  readonly head: StoryHead;
  readonly sentence: string;
  readonly notes: readonly { readonly label: string; readonly text: string }[];
  /** Journal numbers that this rests on. */
  readonly events: readonly number[];
  /** The signers it is about; in the sentence they are shortened. */
  readonly signers: readonly SignerId[];
}

/** The word a paragraph begins with. */
export const STORY_HEADS = [
  "first use",
  "releases",
  "trusted",
  "confirmed",
  "distrusted",
  "retired",
  "revoked",
  "refused",
  "asked",
  "unchecked",
  "unsigned",
  "certificate",
  "policy",
  "forgotten",
  "handover",
  "contested",
  "resolved",
  "imported",
  "image pins",
] as const;

export type StoryHead = (typeof STORY_HEADS)[number];

/**
 * Tells a package's journal: what changed, in order, with the releases that confirmed it summed up below each change,
 * and equal refusals told once.
 */
export function tellStory(events: readonly Event[]): readonly StoryEntry[] {
  const chapters: Chapter[] = [];
  for (const event of events) {
    const last = chapters.at(-1);
    if (last === undefined || !joins(last, event)) chapters.push({ first: event, rest: [], sightings: [] });
    else if (event.body.kind === "sighting") last.sightings.push({ event, body: event.body });
    else last.rest.push(event);
  }
  return chapters.map(tellChapter);
}

interface Chapter {
  readonly first: Event;
  /** Refusals equal to the first, further signers of one first use. */
  readonly rest: Event[];
  readonly sightings: { readonly event: Event; readonly body: Sighting }[];
}

function joins(chapter: Chapter, { body, at }: Event): boolean {
  const { first } = chapter;
  if (body.kind === "sighting") return chapter.first.body.kind !== "refusal" && first.body.kind !== "unsigned";
  if (chapter.sightings.length > 0) return false;
  if (body.kind === "first-use") return first.body.kind === "first-use" && first.at === at;
  return (
    body.kind === "refusal" &&
    first.body.kind === "refusal" &&
    first.body.verdict === body.verdict &&
    first.body.artifact.sha256 === body.artifact.sha256
  );
}

function tellChapter(chapter: Chapter): StoryEntry {
  const { first, rest, sightings } = chapter;
  const told = tellEvent(first.body, rest);
  // A first use is the first of the releases that its summary counts.
  const opening =
    first.body.kind === "first-use" ? { artifacts: [first.body.artifact], days: [formatDate(first.at)] } : NOTHING;
  const summary = summarise(sightings, opening);
  const all = [first, ...rest, ...sightings.map(({ event }) => event)];
  return {
    at: first.at,
    ...told,
    notes: [...told.notes, ...summary],
    events: all.map(({ n }) => n),
    signers: [...new Set(all.flatMap(({ body }) => signersOf(body)))],
  };
}

function signersOf(body: EventBody): readonly SignerId[] {
  if (body.kind === "import") return body.rows.map(({ key }) => key);
  if ("keys" in body) return body.keys.map(({ key }) => key);
  return "key" in body ? [body.key] : [];
}

interface Opening {
  readonly artifacts: readonly EventArtifact[];
  readonly days: readonly string[];
}

const NOTHING: Opening = { artifacts: [], days: [] };

type Told = Pick<StoryEntry, "head" | "sentence" | "notes">;

function tellEvent(body: EventBody, rest: readonly Event[]): Told {
  switch (body.kind) {
    case "first-use":
      return tellFirstUse(body, rest);
    case "sighting":
      return {
        head: "releases",
        sentence: `${releaseName(body.artifact)} by ${signersText(body.keys.map(({ key }) => key))}`,
        notes: [],
      };
    case "refusal":
      return tellRefusal(body, rest);
    case "unsigned":
      return tellUnsigned(body);
    case "trust":
      return tellTrust(body);
    case "confirm":
      return {
        head: "confirmed",
        sentence: `${shortSigner(body.key)} was compared by you`,
        notes: [because(body.method)],
      };
    case "distrust":
      return {
        head: "distrusted",
        sentence: `${shortSigner(body.key)} never passes ${body.scope === "*" ? "on this machine" : "here"}`,
        notes: [because(body.reason)],
      };
    case "retire":
      return {
        head: "retired",
        sentence: `${shortSigner(body.key)} signs no more since ${formatDate(body.cutoff)} (${body.reason})`,
        notes: [{ label: "said by", text: authorText(body.by) }],
      };
    case "revoke":
      return {
        head: "revoked",
        sentence: `${shortSigner(body.key)} is revoked${body.hard ? " as compromised" : ""}`,
        notes: [{ label: "said by", text: authorText(body.by) }],
      };
    case "certificate":
      return {
        head: "certificate",
        sentence: `a newer copy of ${shortSigner(body.key)} with ${plural(body.subkeys.length, "signing subkey")}`,
        notes: [],
      };
    case "require":
      return { head: "policy", sentence: requirementText(body.requirement).join("; "), notes: [because(body.reason)] };
    case "handover":
      return tellHandover(body);
    case "handover-active":
      return {
        head: "handover",
        sentence: `statement ${body.sha256.slice(0, 8)}… takes effect`,
        notes: body.reason === undefined ? [] : [because(body.reason)],
      };
    case "handover-contest":
      return { head: "contested", sentence: contestText(body), notes: statementNotes(body.statement) };
    case "fetch":
      return {
        head: "asked",
        sentence: "where statements are published, while one is pending",
        notes: body.places.map((place) => ({ label: "at", text: place })),
      };
    case "handover-refused":
      return {
        head: "refused",
        sentence: `statement ${body.sha256.slice(0, 8)}…: ${body.detail}`,
        notes: [{ label: "from", text: body.place }],
      };
    case "resolve":
      return { head: "resolved", sentence: resolvedText(body), notes: [because(body.reason)] };
    case "import":
      return tellImport(body);
    case "pin-file":
      return tellPinFile(body);
    case "forget":
      return { head: "forgotten", sentence: "the pin was forgotten; its history stays", notes: [because(body.reason)] };
  }
}

function tellFirstUse(body: FirstUse, rest: readonly Event[]): Told {
  const signers = [body.key, ...rest.flatMap((event) => (event.body.kind === "first-use" ? [event.body.key] : []))];
  return {
    head: "first use",
    sentence: `${signers.map(shortSigner).join(" and ")} signed ${releaseName(body.artifact)}`,
    notes: [
      { label: "by", text: sourceText(body.source) },
      { label: "certificate", text: `from ${certificateText(body.certSource)}` },
      ...witnessNotes(body.witnesses, "first-use"),
    ],
  };
}

function resolvedText({ keep, import: file }: Resolve): string {
  if (file !== undefined) return keep === "theirs" ? "the pin file's signers hold" : "the signers pinned here stay";
  return keep === "mine" ? "the branch in force here stays" : `statement ${keep.slice(0, 8)}… holds`;
}

function tellRefusal(body: Refusal, rest: readonly Event[]): Told {
  const signers = [...new Set(body.keys.map(({ key }) => key))];
  const who = signers.length === 0 ? "" : ` by ${signersText(signers)}`;
  const last = rest.at(-1)?.body;
  const times =
    rest.length === 0
      ? ""
      : `, ${rest.length + 1} times, last by ${sourceText(last?.kind === "refusal" ? last.source : body.source)}`;
  return {
    head: headOf(body.verdict),
    sentence: `${releaseName(body.artifact)}${who}: ${body.verdict.replaceAll("-", " ")}${times}`,
    notes: witnessNotes(body.witnesses, body.verdict === "unexpected-signer" ? "alarm" : "first-use"),
  };
}

function witnessNotes(
  voices: readonly WitnessVoice[] | undefined,
  about: Parameters<typeof witnessText>[1],
): StoryEntry["notes"] {
  const text = witnessText(voices ?? [], about);
  return text === undefined ? [] : [{ label: "witnesses", text }];
}

function tellUnsigned(body: Unsigned): Told {
  const passed = body.verdict === "unsigned" || body.verdict === "unsigned-expected";
  const what = `${releaseName(body.artifact)} carried no signature`;
  return passed
    ? { head: "unsigned", sentence: what, notes: [] }
    : { head: headOf(body.verdict), sentence: what, notes: [] };
}

function tellTrust(body: Trust): Told {
  const who = shortSigner(body.key);
  const until = body.until === undefined ? "" : ` until ${formatDate(body.until)}`;
  const replaces = body.replaces === undefined ? "" : `, in place of ${shortSigner(body.replaces)}`;
  const what =
    body.scope === "artifact"
      ? `only ${body.artifact === undefined ? "one file" : releaseName(body.artifact)} by ${who} passes`
      : `${who} may sign releases${until}${replaces}`;
  const tty = body.claimed?.tty;
  return {
    head: "trusted",
    sentence: what,
    notes: [because(body.reason), ...(tty === undefined ? [] : [{ label: "by", text: `you, at ${tty}` }])],
  };
}

function tellHandover(body: Handover): Told {
  const parsed = parseStatement(asciiBytes(body.statement.text));
  const who = signersText(body.statement.signers);
  if (!parsed.ok) return { head: "handover", sentence: `a statement by ${who}`, notes: statementNotes(body.statement) };
  const { seq, keys, recovery, removed, threshold, reason } = parsed.value;
  const list = (label: string, signers: readonly SignerId[]): StoryEntry["notes"] =>
    signers.length === 0 ? [] : [{ label, text: signersText(signers) }];
  const gone = removed.map(({ signer, reason: why }) => `${shortSigner(signer)} (${why})`);
  const pending = body.state === "pending" ? ", not in force yet" : "";
  const how = body.via === "recovery" ? " by recovery" : "";
  return {
    head: "handover",
    sentence: `statement ${seq}${how}, signed by ${who}${pending}`,
    notes: [
      ...list(
        "signers",
        keys.map(({ signer }) => signer),
      ),
      ...list("recovery", recovery),
      ...(gone.length === 0 ? [] : [{ label: "removed", text: gone.join(", ") }]),
      { label: "thresholds", text: `${threshold.release} must sign a release, ${threshold.handover} a handover` },
      { label: "note", text: `"${reason}"` },
      ...statementNotes(body.statement),
      ...(body.rewind === true ? [{ label: "undone", text: "the branch that began at the same place" }] : []),
    ],
  };
}

function statementNotes({ sha256, place }: SignedStatement): StoryEntry["notes"] {
  return [{ label: "statement", text: `sha256 ${sha256.slice(0, 16)}… from ${place}, checked here` }];
}

function contestText({ rule: why, statement }: HandoverContest): string {
  const who = signersText(statement.signers);
  switch (why) {
    case "fork":
      return `${who} signed a second statement at a place that is taken; only signers named by both pass`;
    case "spent":
      return `${who} signed a second statement at a place that is taken, with keys that were removed since; ours stays`;
    case "recovery":
      return `${who} signed a statement while a recovery is pending; the recovery goes on`;
  }
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

function summarise(sightings: Chapter["sightings"], opening: Opening): StoryEntry["notes"] {
  if (sightings.length === 0) return [];
  const artifacts = [...opening.artifacts, ...sightings.map(({ body }) => body.artifact)];
  const releases = [...new Set(artifacts.map(releaseName))];
  const signers = [...new Set(sightings.flatMap(({ body }) => body.keys.map(({ key }) => key)))];
  const [lowest, highest] = range(artifacts);
  const which =
    releases.length === 1 || lowest === undefined ? releases.slice(0, 3).join(", ") : `${lowest} to ${highest}`;
  const days = new Set([...opening.days, ...sightings.map(({ event }) => formatDate(event.at))]).size;
  return [
    {
      label: plural(releases.length, "release"),
      text: `${which}, by ${signersText(signers)}, on ${plural(days, "day")}`,
    },
  ];
}

function range(artifacts: readonly EventArtifact[]): readonly [string, string] | readonly [] {
  const versions = artifacts.flatMap(({ version }) => (version === undefined ? [] : [version])).sort(compareVersions);
  const [lowest, highest] = [versions[0], versions.at(-1)];
  return lowest === undefined || highest === undefined ? [] : [lowest, highest];
}

function headOf(verdict: VerdictKind): StoryHead {
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

function signersText(signers: readonly SignerId[]): string {
  const names = [...new Set(signers)].map(shortSigner);
  return names.length > 3 ? `${names.slice(0, 2).join(", ")} and ${names.length - 2} more` : names.join(" and ");
}

function releaseName(artifact: EventArtifact): string {
  return artifact.version ?? artifact.name;
}

function sourceText(source: Source): string {
  return `tofu ${source.via}${source.host === undefined ? "" : ` from ${source.host}`}, on this machine`;
}

function certificateText(source: string): string {
  const words = new Map([
    ["command-line", "a key file named by hand"],
    ["beside", "a key file beside the release"],
    ["journal", "what tofu had stored"],
    ["keyring", "your GnuPG keyring"],
    ["layer", "this machine's pin files"],
  ]);
  return words.get(source) ?? source;
}

function authorText(by: "handover" | "user" | "cert"): string {
  switch (by) {
    case "handover":
      return "a handover statement";
    case "user":
      return "you";
    case "cert":
      return "its owner, in the certificate";
  }
}

function because(reason: string): { readonly label: string; readonly text: string } {
  return { label: "because", text: `"${reason}"` };
}
