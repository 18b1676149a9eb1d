import type { Event, EventArtifact, EventBody, Sighting } from "./event.ts";
import { plural } from "./sentence.ts";
import type { SignerId } from "./signer.ts";
import { tellEvent } from "./story-events.ts";
import { releaseName, signersText } from "./story-words.ts";
import { formatDate, type UnixMs } from "./time.ts";
import { compareVersions } from "./version.ts";

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
