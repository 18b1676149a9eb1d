import { extend } from "../core/arrival.ts";
import { parseVersion, type Version } from "../core/artifact-name.ts";
import type { Event } from "../core/event.ts";
import { dueEvents } from "../core/handover-window.ts";
import { type PackageName, shortName } from "../core/package-name.ts";
import { activeSigners, currentState, type Pin, type PinnedSigner, thresholds } from "../core/pin.ts";
import { escapeText } from "../core/printable.ts";
import { plural } from "../core/sentence.ts";
import { tellStory } from "../core/story.ts";
import { tellLayer } from "../core/story-layer.ts";
import { requirementText } from "../core/story-words.ts";
import { formatTime } from "../core/time.ts";
import { UsageError } from "../core/tofu-error.ts";
import { tellVersion, versionHeadline } from "../core/version-story.ts";
import { type Answer, type ChainLine, SCHEMA_VERSION, type SignerLine } from "../protocol/answer.ts";
import type { WhyRequest } from "../protocol/request.ts";
import { packagesOfSigner } from "./known.ts";
import { resolvePackage } from "./names.ts";
import { proveStory, storyLine } from "./prove.ts";
import { showStored } from "./stored-certificates.ts";
import { timed } from "./timed.ts";
import { loadHistory, loadPin, type TofuWorld } from "./world.ts";

/** `tofu why`: the pin's whole story, or what happened to one version. */
export async function why(world: TofuWorld, request: WhyRequest, tell: (answer: Answer) => void): Promise<number> {
  const name = await resolvePackage(world, request.package);
  const { pin: stored, events, now } = await loadHistory(world, name);
  // What only waited for its time is told as it is by now, although nobody has judged anything since.
  const pin = extend(stored, name, dueEvents(stored, now), now);
  const version = readVersion(request.release);
  const told = version === undefined ? await wholeHistory(world, pin, events) : events;
  const entries = version === undefined ? [...tellLayer(pin), ...tellStory(told)] : tellVersion(events, version);
  const signers: SignerLine[] = [];
  for (const signer of pin.signers.values()) if (!isRecoveryOnly(signer)) signers.push(await signerLine(world, signer));
  const story = request.prove
    ? await proveStory(
        world,
        { name, events, machine: await world.journal.read("*"), layer: stored.layer },
        { entries, told, request },
      )
    : entries.map(storyLine);
  tell({
    schemaVersion: SCHEMA_VERSION,
    type: "why",
    package: name,
    sentence: version === undefined ? headline(name, pin) : versionHeadline(name, pin, version),
    signers,
    threshold: thresholds(pin),
    ...chainOf(pin),
    requirements: requirementText(pin.requirement),
    story,
    siblings: await siblingsOf(world, name, pin),
    ...(world.replay ? { replay: true } : {}),
  });
  const broken = story.find(({ proof }) => proof?.state === "failed");
  if (broken === undefined) return 0;
  const sentence = `${name}, event ${broken.events.join(", ")}: ${broken.proof?.detail ?? ""}`;
  tell({ schemaVersion: SCHEMA_VERSION, type: "fault", code: "proof-failed", sentence, exit: 1 });
  return 1;
}

/** With what was said for all packages at once. */
async function wholeHistory(world: TofuWorld, pin: Pin, events: readonly Event[]): Promise<readonly Event[]> {
  const machine = (await world.journal.read("*")).filter(
    ({ body }) => body.kind === "distrust" && pin.signers.has(body.key),
  );
  return [...events, ...machine].sort((a, b) => a.mono - b.mono);
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
  // One stolen key is then enough, and its thief and its owner look alike (rules.md, 4.6).
  const alone = handover === 1 && hasNoSecondWord(pin) ? "; 1 key can change everything" : "";
  return `${subject} has ${plural(active.length, "signer")}; ${release} must sign a release, ${hands}${alone}`;
}

function hasNoSecondWord(pin: Pin): boolean {
  return activeSigners(pin, "handover").length > 0 && currentState(pin).recovery.size === 0;
}

/** A recovery key signs nothing but statements: it is listed with the chain, and is no signer of releases. */
function isRecoveryOnly({ state, roles }: PinnedSigner): boolean {
  return roles.size === 1 && roles.has("recovery") && (state === "active" || state === "pending" || state === "frozen");
}

function chainOf({ chain }: Pin): { readonly chain?: ChainLine } {
  const head = chain.links.at(-1);
  if (head === undefined && chain.pending === undefined && chain.competitors.length === 0) return {};
  return {
    chain: {
      seq: head?.statement.seq ?? 0,
      head: head?.sha256 ?? "",
      recovery: [...(head?.after.recovery ?? [])],
      ...(chain.pending === undefined ? {} : { pending: chain.pending.link.sha256 }),
      frozen: chain.freeze !== undefined,
      competitors: chain.competitors.map(({ link }) => link.sha256),
    },
  };
}

async function signerLine(world: TofuWorld, signer: PinnedSigner): Promise<SignerLine> {
  const { retirement } = signer;
  const reason = signer.distrust?.reason ?? retirement?.reason;
  return {
    signer: signer.signer,
    state: signer.state,
    roles: [...signer.roles],
    strength: signer.strength,
    basis: signer.basis.kind === "import" ? `pin file ${signer.basis.label}` : signer.basis.kind,
    ...(signer.imported?.releases === undefined ? {} : { imported: signer.imported.releases }),
    ...(signer.signedBy.length === 0 ? {} : { signedBy: signer.signedBy }),
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

/** Packages of one signer that are named: a distribution's key signs tens of thousands. */
const MAX_SIBLINGS = 100;

async function siblingsOf(
  world: TofuWorld,
  here: PackageName,
  pin: Pin,
): Promise<{ signer: string; packages: readonly string[] }[]> {
  const siblings: { signer: string; packages: readonly string[] }[] = [];
  for (const { signer } of activeSigners(pin, "release")) {
    const packages: PackageName[] = [];
    for (const name of await packagesOfSigner(world, signer, { limit: MAX_SIBLINGS })) {
      if (name !== here && (await loadPin(world, name)).pin.signers.get(signer)?.state === "active")
        packages.push(name);
    }
    if (packages.length > 0) siblings.push({ signer, packages });
  }
  return siblings;
}
