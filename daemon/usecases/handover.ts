import { type ChainJudgement, extend, judgeChain } from "../core/arrival.ts";
import type { EventBody } from "../core/event.ts";
import type { PackageName } from "../core/package-name.ts";
import { effectivePolicy, type Policy } from "../core/policy.ts";
import { recordKey } from "../core/record-key.ts";
import { certificateStateEvents } from "../core/recording.ts";
import { formatDate } from "../core/time.ts";
import type { FoundChain } from "../evidence/statement-gathering.ts";
import type { Answer } from "../protocol/answer.ts";
import type { HandoverLine } from "../protocol/handover-line.ts";
import type { HandoverRequest } from "../protocol/handover-requests.ts";
import { gatherOffered, keptWith, type OfferedHere } from "./chains.ts";
import { type ChainContext, deniedLine, handoverLines } from "./handover-answer.ts";
import { check } from "./handover-check.ts";
import { exitOf, withFault } from "./handover-outcome.ts";
import { findPlaces, packageOf, readPlace } from "./handover-places.ts";
import { show } from "./handover-show.ts";
import { resolvePackage } from "./names.ts";
import { decideAndAppend, type LoadedPin, loadPin, type TofuWorld } from "./world.ts";

type Tell = (answer: Answer) => void;

/** `tofu handover apply|check|show|fetch`: follows statements, or says what following them would come to. */
export async function handover(world: TofuWorld, request: HandoverRequest, tell: Tell): Promise<number> {
  switch (request.action) {
    case "apply":
      return await apply(world, request, tell);
    case "fetch":
      return await fetchStatements(world, request, tell);
    case "check":
      return await check(world, request, tell);
    case "show":
      return await show(world, request, tell);
  }
}

async function apply(world: TofuWorld, request: HandoverRequest, tell: Tell): Promise<number> {
  const found = request.from === undefined ? [] : [await readPlace(world, request.from, request)];
  const name = await packageOf(world, request, found);
  return await follow(world, request, { name, found, tell });
}

/** Every place is asked; one that does not answer is told and keeps no other from being followed. */
async function fetchStatements(world: TofuWorld, request: HandoverRequest, tell: Tell): Promise<number> {
  const named = request.package === undefined ? undefined : await resolvePackage(world, request.package);
  const known = named === undefined ? undefined : { name: named, pin: (await loadPin(world, named)).pin };
  const places = await findPlaces(world, known, request);
  const name = named ?? (await packageOf(world, request, places.found));
  return await follow(world, request, { name, found: places.found, tell, notes: places.notes, isFetch: true });
}

interface Following {
  readonly name: PackageName;
  readonly found: readonly FoundChain[];
  readonly tell: Tell;
  /** What else there is to say of the places that were asked. */
  readonly notes?: readonly string[];
  /** It was looked for, not brought. */
  readonly isFetch?: boolean;
}

/** Judges the statements against the pin and records what they come to, in one append. */
async function follow(
  world: TofuWorld,
  request: HandoverRequest,
  { name, found, tell, notes, isFetch = false }: Following,
): Promise<number> {
  const policy = request.policyFile === undefined ? world.policy : await world.loadPolicyFile(request.policyFile);
  const lines = await decideAndAppend(world, name, async (loaded) => {
    const offered = await gatherOffered(world, name, loaded, { found, keys: request });
    const chain = endWait(judgeChain(name, loaded.pin, offered.chain.offers, loaded.now), request, { name, loaded });
    const context: ChainContext = { package: name, ...loaded, recorded: true, replay: world.replay };
    if (isDenied(loaded, policy(name), chain))
      return {
        value: withFault(
          handoverLines(chain, context).map((line, at) => denied(line, chain, at, name)),
          offered,
          context,
          found,
        ),
        append: undefined,
      };
    const looked = isFetch ? fetchEvents(loaded, offered, found) : [];
    const events = [...chain.events, ...certificateEvents(chain, offered, loaded), ...looked];
    return {
      value: withFault(handoverLines(chain, context), offered, context, found),
      append: { events, ...keptWith(events, chain, offered) },
    };
  });
  for (const line of withNotes(lines, notes ?? [])) tell(line);
  return exitOf(lines);
}

/** A user's own word begins a pin, except on a machine that is seeded and takes no new names (rules.md, rows 3, 61). */
function isDenied({ pin }: LoadedPin, policy: Policy, chain: ChainJudgement): boolean {
  const { firstUse } = effectivePolicy(policy, pin.requirement);
  return !pin.exists && chain.moved.length > 0 && firstUse.kind === "deny";
}

function denied(line: HandoverLine, { statements }: ChainJudgement, at: number, name: PackageName): HandoverLine {
  const offer = statements[at]?.offer;
  return line.class === "ok" && offer !== undefined ? deniedLine(line, offer, name) : line;
}

/** `--because`: the user ends the wait of a statement that is pending (rules.md, 4.6). */
function endWait(
  chain: ChainJudgement,
  { because, claimed }: HandoverRequest,
  { name, loaded }: { readonly name: PackageName; readonly loaded: LoadedPin },
): ChainJudgement {
  const { pending } = chain.pin.chain;
  if (because === undefined || pending === undefined) return chain;
  const { sha256 } = pending.link;
  const event: EventBody = { kind: "handover-active", sha256, by: "user", reason: because, claimed };
  const pin = extend(chain.pin, name, [event], loaded.now);
  const verdict = pending.why === "recovery" ? "handover-recovered" : "handover-applied";
  return {
    events: [...chain.events, event],
    pin,
    moved: [...chain.moved, ...pin.chain.links.slice(-1)],
    statements: chain.statements.map(({ offer, judgement }) =>
      offer.sha256 === sha256
        ? {
            offer,
            judgement: { ...judgement, verdict, detail: "you ended its wait", events: [...judgement.events, event] },
          }
        : { offer, judgement },
    ),
  };
}

/**
 * What the certificates that came along say: a revocation takes effect, a newer copy is noted. That of a newcomer is no
 * news unless it has subkeys, by which its releases will be told from those of a stranger.
 */
function certificateEvents(
  { pin }: ChainJudgement,
  { states }: OfferedHere,
  { pin: before, now }: LoadedPin,
): readonly EventBody[] {
  return states
    .filter(({ signer, subkeys, revocations }) => before.signers.has(signer) || subkeys.length + revocations.length > 0)
    .flatMap((state) => certificateStateEvents(pin, state, now));
}

/** Days on which its places were asked count towards the window of a recovery, whatever they said (rules.md, 4.6). */
function fetchEvents(
  { pin, now }: LoadedPin,
  { chain }: OfferedHere,
  found: readonly FoundChain[],
): readonly EventBody[] {
  const { pending } = pin.chain;
  if (pending === undefined) return [];
  const delivering = new Set(
    chain.offers.filter(({ sha256 }) => sha256 === pending.link.sha256).map(({ place }) => place),
  );
  const places = [...new Set(found.map(({ place }) => place))];
  const isElsewhere = places.some((place) => !delivering.has(place));
  const source = { via: "fetch", ...(isElsewhere ? {} : { sameStatement: true }) };
  const event: EventBody = { kind: "fetch", source, places };
  const isTold = pin.today.day === formatDate(now) && pin.today.entries.has(recordKey(event) ?? "");
  return isTold ? [] : [event];
}

function withNotes(lines: readonly HandoverLine[], notes: readonly string[]): readonly HandoverLine[] {
  const last = lines.at(-1);
  if (last === undefined || notes.length === 0) return lines;
  const facts = [...last.facts, ...notes.map((text) => ({ label: "not asked", text }))];
  return [...lines.slice(0, -1), { ...last, facts }];
}
