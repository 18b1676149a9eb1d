import { createHash } from "node:crypto";
import type { CertificateSeen, Event, Retire, Revoke } from "../core/event.ts";
import { encodeEvent } from "../core/event-codec.ts";
import type { PinLayer } from "../core/layer-pin.ts";
import type { PackageName } from "../core/package-name.ts";
import type { Sha256 } from "../core/sha256.ts";
import { fingerprintOf } from "../core/signer.ts";
import type { StoryEntry } from "../core/story.ts";
import { formatTime } from "../core/time.ts";
import { TofuError } from "../core/tofu-error.ts";
import { openStored } from "../evidence/stored-signature.ts";
import type { WhyRequest } from "../protocol/request.ts";
import type { Proof, StoryLine } from "../protocol/story-line.ts";
import { digestFile } from "./digest-file.ts";
import { combineProofs, failed, notKept, verified } from "./proof.ts";
import { type Bench, proveFile } from "./prove-file.ts";
import { proveActive, proveStatement } from "./prove-statement.ts";
import type { TofuWorld } from "./world.ts";

/** All that a package's lines rest on. */
export interface Provable {
  readonly name: PackageName;
  readonly events: readonly Event[];
  readonly machine: readonly Event[];
  /** What the machine's own files say now, where they name the package. */
  readonly layer?: PinLayer | undefined;
}

/** @returns a paragraph of the story as answers have it. */
export function storyLine({ at, head, sentence, notes, events, signers }: StoryEntry): StoryLine {
  return { at: formatTime(at), head, sentence, notes, events, signers };
}

/** `tofu why --prove`: every line with what verifying it again came to. */
export async function proveStory(
  world: TofuWorld,
  provable: Provable,
  {
    entries,
    told,
    request,
  }: {
    readonly entries: readonly StoryEntry[];
    readonly told: readonly Event[];
    readonly request: Pick<WhyRequest, "files">;
  },
): Promise<readonly StoryLine[]> {
  const bench = await openBench(world, request.files ?? []);
  const lines: StoryLine[] = [];
  for (const entry of entries) {
    const proofs: Proof[] = [];
    for (const event of eventsOf(entry, told)) proofs.push(await proveEvent(bench, provable, event));
    lines.push({ ...storyLine(entry), proof: combineProofs(proofs) });
  }
  return lines;
}

/** The journal of the machine counts its events for itself, so a number alone may mean two. */
function eventsOf({ at, events }: StoryEntry, told: readonly Event[]): readonly Event[] {
  const numbered = told.filter(({ n }) => events.includes(n));
  return events.length === 1
    ? numbered.filter((event) => event.at === at)
    : numbered.filter((event) => event.package !== "*");
}

/** @returns what is at hand for verifying again. @throws TofuError where a file given cannot be read. */
export async function openBench(world: TofuWorld, paths: readonly string[]): Promise<Bench> {
  const files = new Map<Sha256, string>();
  for (const path of paths) files.set(await digestFile(path), path);
  return {
    world,
    files,
    certificates: {
      storedCertificate: (primary) => world.journal.certificate(primary),
      storedPrimaryOf: (subkey) => world.journal.primaryOf(subkey),
    },
  };
}

/**
 * Verifies one event again: its place in the chain of hashes, then what it says, from the stored bytes. Damage that the
 * store reports while it is asked is this line's failure.
 */
export async function proveEvent(bench: Bench, provable: Provable, event: Event): Promise<Proof> {
  const { events, machine } = provable;
  const chain = event.package === "*" ? machine : events;
  const broken = chainFault(chain, event);
  if (broken !== undefined) return failed(broken);
  try {
    return await proveBody(bench, { ...provable, events: events.filter(({ n }) => n < event.n) }, event);
  } catch (error) {
    if (!(error instanceof TofuError) || error.code !== "store-damaged") throw error;
    return failed(error.message);
  }
}

function chainFault(events: readonly Event[], { n, prev }: Event): string | undefined {
  const before = events.find((event) => event.n === n - 1);
  if (before === undefined) return n === 1 && prev === undefined ? undefined : "the event before it is missing";
  const digest = createHash("sha256").update(encodeEvent(before)).digest("hex");
  return prev === digest ? undefined : "the event before it is not the one that it follows";
}

async function proveBody(bench: Bench, before: Provable, event: Event): Promise<Proof> {
  const { body } = event;
  switch (body.kind) {
    case "first-use":
    case "sighting":
    case "refusal":
      return await proveFile(bench, event, body);
    case "unsigned":
      return bench.files.has(body.artifact.sha256)
        ? verified("the same bytes; nothing signs them here")
        : notKept("the file is not kept");
    case "handover":
    case "handover-contest":
      return await proveStatement(bench, before, { ...event, body });
    case "handover-active":
      return proveActive(before, { ...event, body });
    case "fetch":
      return verified(WORD);
    case "handover-refused":
      return notKept("a refused statement is not kept");
    case "certificate":
      return await proveCertificate(bench, body);
    case "retire":
    case "revoke":
      return body.by === "cert" ? await proveRevocation(bench, body) : verified(WORD);
    case "trust":
    case "confirm":
    case "distrust":
    case "require":
    case "forget":
    case "resolve":
    case "import":
    case "pin-file":
      return verified(WORD);
  }
}

/** A decision proves nothing but itself: that it stands in the journal as it was written. */
const WORD = "as it was written, in an unbroken journal";

async function proveCertificate({ world }: Bench, { key, subkeys }: CertificateSeen): Promise<Proof> {
  const primary = fingerprintOf(key);
  const bytes = primary === undefined ? undefined : await world.journal.certificate(primary);
  const certificate = bytes === undefined ? undefined : await openStored(bytes);
  if (certificate?.signer !== key) return failed("the certificate is not stored");
  const bound = new Set(certificate.subkeys.flatMap((one) => (one.bindings.length > 0 ? [one.key.fingerprint] : [])));
  return subkeys.every((subkey) => bound.has(subkey))
    ? verified("the stored certificate has it, bound by its own signatures")
    : failed("the stored certificate lacks a subkey that it had");
}

async function proveRevocation({ world }: Bench, { key, kind, ...rest }: Retire | Revoke): Promise<Proof> {
  const primary = fingerprintOf(key);
  const bytes = primary === undefined ? undefined : await world.journal.certificate(primary);
  const certificate = bytes === undefined ? undefined : await openStored(bytes);
  const hard = kind === "revoke" && "hard" in rest && rest.hard;
  const has = certificate?.revocations.some((revocation) => revocation.hard || !hard) === true;
  return has
    ? verified("the stored certificate carries the revocation, verified again")
    : failed("the stored certificate carries no such revocation");
}
