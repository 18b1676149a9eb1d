import type { Version } from "./artifact-name.ts";
import type { Event, EventBody, FirstUse, Refusal, Sighting, Unsigned } from "./event.ts";
import { foldEvents } from "./fold.ts";
import { type PackageName, shortName } from "./package-name.ts";
import { activeSigners, type Pin } from "./pin.ts";
import { plural, shortSigner } from "./sentence.ts";
import { type StoryEntry, tellStory } from "./story.ts";
import { formatDate } from "./time.ts";
import { rule } from "./verdict.ts";

/** Signers told one by one where several were expected. */
const MAX_EXPECTED = 2;

/**
 * Tells what happened to the files of one version, with what was known when it did: whom the pin expected then, what
 * the signature says of itself, which bytes.
 *
 * @param events - the whole journal of the package, oldest first.
 */
export function tellVersion(events: readonly Event[], version: Version): readonly StoryEntry[] {
  const own = events.filter(({ body }) => isSeen(body) && body.artifact.version === version);
  const trusts = events.filter(({ body }) => body.kind === "trust" && body.artifact?.version === version);
  return tellStory([...own, ...trusts].sort((a, b) => a.n - b.n)).map((entry) => {
    const place = events.findIndex(({ n }) => n === entry.events[0]);
    const body = events[place]?.body;
    if (body === undefined || !isSeen(body)) return entry;
    return { ...entry, notes: [...entry.notes, ...details(body, foldEvents(events.slice(0, place)))] };
  });
}

/** @returns line one: whether this version passes here, and since when. */
export function versionHeadline(name: PackageName, pin: Pin, version: Version): string {
  const subject = `${shortName(name)} ${version} (${name})`;
  const passed = [...pin.bySha256.values()].filter((known) => known.version === version);
  const stopped = [...pin.refusals.values()].filter(
    ({ artifact }) => artifact.version === version && !pin.bySha256.has(artifact.sha256),
  );
  const last = stopped.at(-1);
  const [first] = passed;
  if (first === undefined && last === undefined) return `${subject} was never seen here`;
  const reason =
    last === undefined ? "" : `${stateOf(last.verdict)} since ${formatDate(last.first)}: ${words(last.verdict)}`;
  if (first === undefined) return `${subject} is ${reason}`;
  const since = `${subject} passed here on ${formatDate(first.firstSeen)}`;
  return last === undefined ? since : `${since}; another file of it is ${reason}`;
}

type Seen = FirstUse | Sighting | Refusal | Unsigned;

function isSeen(body: EventBody): body is Seen {
  switch (body.kind) {
    case "first-use":
    case "sighting":
    case "refusal":
    case "unsigned":
      return true;
    case "retire":
    case "revoke":
    case "trust":
    case "confirm":
    case "distrust":
    case "certificate":
    case "require":
    case "forget":
    case "handover":
    case "handover-active":
    case "handover-contest":
    case "handover-refused":
    case "fetch":
    case "resolve":
    case "import":
    case "pin-file":
      return false;
  }
}

function details(body: Seen, before: Pin): StoryEntry["notes"] {
  return [
    ...(body.kind === "refusal" ? refusalNotes(body, before) : []),
    ...signatureNotes(body),
    { label: "file", text: body.artifact.name },
    { label: "sha256", text: body.artifact.sha256 },
  ];
}

/** Whom the pin expected, and what it knew of the others already. */
function refusalNotes(body: Refusal, before: Pin): StoryEntry["notes"] {
  const expected = activeSigners(before, "release");
  const told = expected.slice(0, MAX_EXPECTED).map(({ signer, releases, firstSeen }) => {
    const since = firstSeen === undefined ? "none of theirs seen" : `since ${formatDate(firstSeen)}`;
    return { label: "expected", text: `${shortSigner(signer)}, ${plural(releases.size, "release")} ${since}` };
  });
  const more = expected.length - told.length;
  const listed = body.keys.flatMap(({ key }) => {
    const found = before.signers.has(key) ? undefined : before.listed.get(key);
    const where = found?.version ?? "an earlier release";
    return found === undefined
      ? []
      : [{ label: "hint", text: `the keyring of ${where}, seen ${formatDate(found.at)}, listed ${shortSigner(key)}` }];
  });
  return [...told, ...(more > 0 ? [{ label: "expected", text: `or ${plural(more, "other signer")}` }] : []), ...listed];
}

/** The date is the signer's own claim. */
function signatureNotes(body: Seen): StoryEntry["notes"] {
  switch (body.kind) {
    case "first-use":
      return [{ label: "signed", text: `${formatDate(body.sigCreated)}, by its own date` }];
    case "sighting":
    case "refusal":
      return body.keys.map(({ sigCreated, algo, hash }) => ({
        label: "signed",
        text: `${formatDate(sigCreated)}, by its own date (${algo}, ${hash})`,
      }));
    case "unsigned":
      return [];
  }
}

function stateOf(verdict: Refusal["verdict"]): string {
  switch (rule(verdict).class) {
    case "refused":
      return "refused";
    case "unchecked":
      return "unchecked";
    // What usually passes was stopped by a policy that asks.
    case "decide":
    case "ok":
      return "undecided";
  }
}

function words(verdict: Refusal["verdict"]): string {
  return verdict.replaceAll("-", " ");
}
