import { parseVersion, type Version } from "../core/artifact-name.ts";
import type { Event } from "../core/event.ts";
import { type PackageName, shortName } from "../core/package-name.ts";
import { activeSigners, type Pin, type PinnedSigner, thresholds } from "../core/pin.ts";
import { escapeText } from "../core/printable.ts";
import { plural } from "../core/sentence.ts";
import { requirementText, type StoryEntry, tellStory } from "../core/story.ts";
import { formatTime } from "../core/time.ts";
import { UsageError } from "../core/tofu-error.ts";
import { tellVersion, versionHeadline } from "../core/version-story.ts";
import { type Answer, SCHEMA_VERSION, type SignerLine } from "../protocol/answer.ts";
import type { WhyRequest } from "../protocol/request.ts";
import type { StoryLine } from "../protocol/story-line.ts";
import { resolvePackage } from "./names.ts";
import { showStored } from "./stored-certificates.ts";
import { timed } from "./timed.ts";
import { loadPin, type TofuWorld } from "./world.ts";

/** `tofu why`: the pin's whole story, or what happened to one version. */
export async function why(world: TofuWorld, request: WhyRequest, tell: (answer: Answer) => void): Promise<number> {
  const name = await resolvePackage(world.journal, request.package);
  const { pin, events } = await loadPin(world, name);
  const version = readVersion(request.release);
  const story = version === undefined ? await wholeStory(world, pin, events) : tellVersion(events, version);
  const signers: SignerLine[] = [];
  for (const signer of pin.signers.values()) signers.push(await signerLine(world, signer));
  tell({
    schemaVersion: SCHEMA_VERSION,
    type: "why",
    package: name,
    sentence: version === undefined ? headline(name, pin) : versionHeadline(name, pin, version),
    signers,
    threshold: thresholds(pin),
    requirements: requirementText(pin.requirement),
    story: story.map(storyLine),
    siblings: await siblingsOf(world, name, pin),
    ...(world.replay ? { replay: true } : {}),
  });
  return 0;
}

/** With what was said for all packages at once. */
async function wholeStory(world: TofuWorld, pin: Pin, events: readonly Event[]): Promise<readonly StoryEntry[]> {
  const machine = (await world.journal.read("*")).filter(
    ({ body }) => body.kind === "distrust" && pin.signers.has(body.key),
  );
  return tellStory([...events, ...machine].sort((a, b) => a.mono - b.mono));
}

function readVersion(release: string | undefined): Version | undefined {
  if (release === undefined) return undefined;
  const version = parseVersion(release);
  if (!version.ok) throw new UsageError(`"${escapeText(release)}" is no version`, "tofu why PACKAGE 6.0.2");
  return version.value;
}

function headline(name: PackageName, pin: Pin): string {
  const subject = `${shortName(name)} (${name})`;
  const active = activeSigners(pin, "release");
  if (!pin.exists)
    return `${subject} has no pin: no signer was accepted here${pin.forgottenAt === undefined ? " yet" : " since it was forgotten"}`;
  if (active.length === 0)
    return `${subject} has no active signer; whoever signs it next is refused until you say who may`;
  const { release, handover } = thresholds(pin);
  const hands = activeSigners(pin, "handover").length === 0 ? "nobody can hand over" : `${handover} a handover`;
  return `${subject} has ${plural(active.length, "signer")}; ${release} must sign a release, ${hands}`;
}

async function signerLine(world: TofuWorld, signer: PinnedSigner): Promise<SignerLine> {
  const { retirement } = signer;
  const reason = signer.distrust?.reason ?? retirement?.reason;
  return {
    signer: signer.signer,
    state: signer.state,
    roles: [...signer.roles],
    strength: signer.strength,
    basis: signer.basis.kind,
    since: formatTime(signer.since),
    releases: signer.releases.size,
    days: signer.days,
    ...timed("first", signer.firstSeen),
    ...timed("last", signer.lastSeen),
    ...timed("cutoff", retirement?.cutoff),
    ...(reason === undefined ? {} : { reason }),
    claims: (await showStored(world.journal, signer.signer, world.now()))?.claims ?? [],
  };
}

async function siblingsOf(
  world: TofuWorld,
  here: PackageName,
  pin: Pin,
): Promise<{ signer: string; packages: readonly string[] }[]> {
  const siblings: { signer: string; packages: readonly string[] }[] = [];
  for (const { signer } of activeSigners(pin, "release")) {
    const packages: PackageName[] = [];
    for (const name of await world.journal.packagesOfSigner(signer)) {
      if (name !== here && (await loadPin(world, name)).pin.signers.get(signer)?.state === "active")
        packages.push(name);
    }
    if (packages.length > 0) siblings.push({ signer, packages });
  }
  return siblings;
}

function storyLine({ at, head, sentence, notes, events, signers }: StoryEntry): StoryLine {
  return { at: formatTime(at), head, sentence, notes, events, signers };
}
