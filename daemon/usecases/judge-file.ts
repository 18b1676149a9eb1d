import { type Arrival, type ChainJudgement, extend, judgeArrival, judgeChain } from "../core/arrival.ts";
import type { ArtifactFileName, Version } from "../core/artifact-name.ts";
import type { EventBody } from "../core/event.ts";
import { leansOn } from "../core/handover-chain.ts";
import type { Judgement } from "../core/judgement.ts";
import type { PackageName } from "../core/package-name.ts";
import { effectivePolicy, type Policy } from "../core/policy.ts";
import type { Elsewhere } from "../core/question.ts";
import { certificateStateEvents } from "../core/recording.ts";
import type { SignerId } from "../core/signer.ts";
import { TofuError } from "../core/tofu-error.ts";
import type { WitnessAnswer } from "../core/witness.ts";
import { hangsOnWitnesses } from "../core/witness-tally.ts";
import { gatherEvidence } from "../evidence/gather.ts";
import type { Gathered, GatherWorld } from "../evidence/gathering.ts";
import type { FoundChain } from "../evidence/statement-gathering.ts";
import type { Surroundings } from "../evidence/surroundings.ts";
import type { Append, Few } from "../journal/journal.ts";
import type { Layer } from "../layer/layer.ts";
import type { WitnessRequest } from "./ask-witnesses.ts";
import { distinctCertificates, gatherOffered, keptWith, NOTHING_OFFERED, type OfferedHere } from "./chains.ts";
import { certificateSources, packagesOfArtifact, packagesOfSigner } from "./known.ts";
import { NotedSources } from "./noted-sources.ts";
import { type LoadedPin, loadPin, type TofuWorld } from "./world.ts";

/** How a file shall be judged. */
export interface Judging {
  readonly policy: (name: PackageName) => Policy;
  /** Named by hand; empty: looked for beside the file. */
  readonly signatures: readonly string[];
  readonly keys: readonly string[];
  readonly gnupgHome: string | undefined;
  /** How the file came here: `verify`, `watch`, `exec:pip`. */
  readonly via: string;
  /** The host that it was downloaded from, where that is known. */
  readonly host?: string | undefined;
  /** Asks independent sources about whoever signed it; `undefined`: nobody is asked. */
  readonly askWitnesses?:
    | ((about: Pick<WitnessRequest, "target" | "loaded" | "gathered">) => Promise<readonly WitnessAnswer[]>)
    | undefined;
  /** Whether a link as the last part of a path may lead elsewhere. */
  readonly followLinks: boolean;
  /** Whether the events will be appended. */
  readonly recording: boolean;
  /** It may not be whole yet: half a file doesn't fit its signature either, and that is no fact to keep. */
  readonly stillArriving?: boolean | undefined;
  /** Statements that came along, from every place that was looked at. */
  readonly statements: readonly FoundChain[];
  /** What lies beside the files of the whole request. */
  readonly around?: Surroundings | undefined;
  /** Aborted when nobody waits for the answer any more. */
  readonly gone?: AbortSignal | undefined;
  readonly onProgress: (done: number, total: number) => void;
}

export interface Target {
  readonly path: string;
  readonly fileName: ArtifactFileName;
  readonly package: PackageName;
  readonly version: Version | undefined;
}

/** A judged file, with all that the judgement rests on. */
export interface Judged {
  readonly package: PackageName;
  readonly loaded: LoadedPin;
  readonly judgement: Judgement;
  readonly chain: ChainJudgement;
  readonly gathered: Gathered;
  readonly offered: OfferedHere;
}

const CHANGING_FILE_TRIES = 3;
const MAX_PACKAGES_LOOKED_AT = 20;
/** One of them may be the package in question. */
const LOOK: Few = { limit: MAX_PACKAGES_LOOKED_AT + 1 };

/** What was established about a file, and what of the journal that rests on. */
export interface Prepared {
  readonly gathered: Gathered;
  readonly offered: OfferedHere;
  /** Events in the whole store when it was begun. */
  readonly count: number;
  readonly layer: Layer;
  /** Signers that were tried first. */
  readonly candidates: readonly SignerId[];
  readonly noted: NotedSources;
}

/** @returns a file's judgement against a pin, with the statements that came along applied before (rules.md, 3.1, 6a). */
export async function judgeFile(
  world: TofuWorld,
  judging: Judging,
  target: Target,
  loaded: LoadedPin,
): Promise<Judged> {
  return await judgePrepared(world, judging, { target, loaded, prepared: undefined });
}

/** Establishes all that a judgement of the file needs besides the pin. */
export async function prepareFile(
  world: TofuWorld,
  judging: Judging,
  target: Target,
  loaded: LoadedPin,
): Promise<Prepared> {
  const name = target.package;
  const [count, { layer }] = [await world.journal.count(), world.layers];
  const noted = new NotedSources(certificateSources(world, judging.gnupgHome));
  const { sources } = noted;
  const offered = await gatherOffered(world, name, loaded, { found: judging.statements, keys: judging, sources });
  const candidates = candidatesOf(name, loaded, offered);
  const known = { now: loaded.now, pinned: candidates, besideKeys: offered.keyFiles };
  const gatherWorld: GatherWorld = {
    ...sources,
    onProgress: judging.onProgress,
    hashers: world.hashers,
    gone: judging.gone,
  };
  const gathered = await gatherSteadily(gatherWorld, judging, target, known);
  return { gathered, offered, count, layer, candidates, noted };
}

/** @param prepared - what was established before; where it no longer holds, or there is none, it is established now. */
export async function judgePrepared(
  world: TofuWorld,
  judging: Judging,
  {
    target,
    loaded,
    prepared: before,
  }: { readonly target: Target; readonly loaded: LoadedPin; readonly prepared: Prepared | undefined },
): Promise<Judged> {
  const name = target.package;
  const holds = before !== undefined && (await stillHolds(world, before, name, loaded));
  const { gathered, offered } = holds ? before : await prepareFile(world, judging, target, loaded);
  const doubts = doubtsOf(loaded, gathered);
  const arrival: Arrival = {
    package: name,
    pin: extend(loaded.pin, name, doubts, loaded.now),
    evidence: gathered.evidence,
    policy: effectivePolicy(judging.policy(name), loaded.pin.requirement),
    now: loaded.now,
    source: { via: judging.via, ...(judging.host === undefined ? {} : { host: judging.host }) },
    elsewhere: await lookElsewhere(world, name, gathered),
    recording: judging.recording,
    chain: offered.chain,
  };
  const alone = judgeArrival(arrival);
  const asked = hangsOnWitnesses(alone.judgement) ? judging.askWitnesses : undefined;
  const { judgement, chain } =
    asked === undefined ? alone : judgeArrival({ ...arrival, witnesses: await asked({ target, loaded, gathered }) });
  const events = [...doubts, ...judgement.events];
  return { package: name, loaded, judgement: { ...judgement, events }, chain, gathered, offered };
}

/**
 * Whether gathering anew would find the same: nothing was appended since; or no statements came along, the same signers
 * are tried first, and the journal answers what it was asked as it did.
 */
async function stillHolds(world: TofuWorld, before: Prepared, name: PackageName, loaded: LoadedPin): Promise<boolean> {
  if (world.layers.layer !== before.layer) return false;
  if ((await world.journal.count()) === before.count) return true;
  if (before.offered !== NOTHING_OFFERED) return false;
  const candidates = candidatesOf(name, loaded, before.offered);
  const isSame =
    candidates.length === before.candidates.length && candidates.every((one, at) => one === before.candidates[at]);
  return isSame && (await before.noted.isUnchanged());
}

/** Whom the statements name is a candidate like any other signer of the pin. */
function candidatesOf(name: PackageName, { pin, now }: LoadedPin, { chain }: OfferedHere): readonly SignerId[] {
  const ahead = judgeChain(name, pin, chain.offers, now).pin;
  return [...new Set([...pin.signers.keys(), ...ahead.signers.keys()])];
}

/**
 * Row 53a: a theft that its victim declares puts statements in doubt that needed the stolen key, and so whoever they
 * added: that must be known before this very file is judged by them.
 */
function doubtsOf({ pin, now }: LoadedPin, { evidence }: Gathered): readonly EventBody[] {
  return evidence.certificates
    .filter(({ signer }) => pin.chain.links.some((link) => leansOn(link, signer)))
    .flatMap((state) => certificateStateEvents(pin, state, now))
    .filter((body) => body.kind === "revoke" && body.compromised === true);
}

/**
 * @returns what a judged file leaves in the journal, in one append: statements with their signatures before what happened
 * to the file. Certificates travel with the events that need them: of pinned signers, of new ones, and of those refused.
 */
export function appendOf({
  judgement,
  chain,
  gathered,
  offered,
}: Judged): Pick<Append, "events" | "certificates" | "objects"> {
  const changed = new Set(gathered.evidence.certificates.filter((state) => state.changed).map((state) => state.signer));
  const kept = keptWith(judgement.events, chain, offered);
  return {
    events: judgement.events,
    certificates: distinctCertificates([
      ...kept.certificates,
      ...gathered.certificates.filter(({ signer }) => changed.has(signer)),
    ]),
    objects: [...kept.objects, ...gathered.signatureFiles],
  };
}

/** A file that is written to while it is read is read again; then it is a fault, never a verdict about half a file. */
async function gatherSteadily(
  world: GatherWorld,
  { signatures, keys, followLinks, around }: Judging,
  { path, fileName, version }: Target,
  known: Pick<Parameters<typeof gatherEvidence>[0], "now" | "pinned" | "besideKeys">,
): Promise<Gathered> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await gatherEvidence({ path, fileName, version, signatures, keys, followLinks, around, ...known }, world);
    } catch (error) {
      const again = error instanceof TofuError && error.code === "file-changing" && tries < CHANGING_FILE_TRIES;
      if (!again) throw error;
    }
  }
}

async function lookElsewhere(world: TofuWorld, here: PackageName, { evidence }: Gathered): Promise<Elsewhere> {
  const signers = new Map<SignerId, readonly PackageName[]>();
  for (const signature of evidence.signatures) {
    if (signature.kind !== "verified" || signers.has(signature.signer)) continue;
    const others = (await packagesOfSigner(world, signature.signer, LOOK)).filter((name) => name !== here);
    const pinned: PackageName[] = [];
    for (const name of others.slice(0, MAX_PACKAGES_LOOKED_AT)) {
      if ((await loadPin(world, name)).pin.signers.get(signature.signer)?.state === "active") pinned.push(name);
    }
    if (pinned.length > 0) signers.set(signature.signer, pinned);
  }
  const sameBytes: PackageName[] = [];
  const others = (await packagesOfArtifact(world, evidence.artifact.sha256, LOOK)).filter((name) => name !== here);
  for (const name of others.slice(0, MAX_PACKAGES_LOOKED_AT)) {
    if ((await loadPin(world, name)).pin.bySha256.has(evidence.artifact.sha256)) sameBytes.push(name);
  }
  return { signers, sameBytes };
}
