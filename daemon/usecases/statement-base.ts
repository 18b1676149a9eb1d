import { judgeChain, extend as withEvents } from "../core/arrival.ts";
import type { EventBody } from "../core/event.ts";
import { foldEvents } from "../core/fold.ts";
import type { ChainLink, ChainState } from "../core/handover-chain.ts";
import type { OfferedStatement } from "../core/offer.ts";
import { type PackageName, shortName } from "../core/package-name.ts";
import { currentState, type Pin } from "../core/pin.ts";
import { escapeText } from "../core/printable.ts";
import { plural } from "../core/sentence.ts";
import type { SignerId } from "../core/signer.ts";
import type { UnixMs } from "../core/time.ts";
import { UsageError } from "../core/tofu-error.ts";
import { readChainFrom } from "../evidence/chain-places.ts";
import { gatherChain } from "../evidence/statement-evidence.ts";
import type { HandoverMakeRequest } from "../protocol/handover-requests.ts";
import { certificateSources } from "./known.ts";
import { loadPin, type TofuWorld } from "./world.ts";

/** What the next statement of a package builds on. */
export interface StatementBase {
  readonly package: PackageName;
  /** Where nothing is known of the package, a pin that does not exist. */
  readonly pin: Pin;
  /** The newest statement; without one the next is the first. */
  readonly head: ChainLink | undefined;
  readonly before: ChainState;
  readonly now: UnixMs;
  /** What the publisher should know of it, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * @returns the state that the next statement changes: of the chain given, else of this machine's pin, else of nothing.
 * @throws UsageError where the chain given holds no statement, or this machine's pin waits for a decision.
 */
export async function readBase(
  world: TofuWorld,
  name: PackageName,
  request: Pick<HandoverMakeRequest, "from" | "keys" | "gnupgHome">,
): Promise<StatementBase> {
  const { pin, now } = await loadPin(world, name);
  if (request.from === undefined) return fromPin(name, pin, now);
  return await fromChain({ world, name, pin, now, from: request.from, request });
}

/** @returns whether a signer's word still counts for this package. */
export function isAlive(pin: Pin, signer: SignerId): boolean {
  const known = pin.signers.get(signer);
  if (known === undefined) return true;
  return known.revocation === undefined && known.state !== "retired" && known.state !== "distrusted";
}

function fromPin(name: PackageName, pin: Pin, now: UnixMs): StatementBase {
  const { chain } = pin;
  if (chain.freeze !== undefined)
    throw new UsageError(`two statements disagree about ${shortName(name)} here; settle that first`, "tofu resolve");
  const notes =
    chain.pending === undefined
      ? []
      : [`statement ${chain.pending.link.statement.seq} waits to take effect; this one would compete with it`];
  return { package: name, pin, head: chain.links.at(-1), before: currentState(pin), now, notes };
}

interface FromChain {
  readonly world: TofuWorld;
  readonly name: PackageName;
  readonly pin: Pin;
  readonly now: UnixMs;
  readonly from: string;
  readonly request: Pick<HandoverMakeRequest, "keys" | "gnupgHome">;
}

async function fromChain({ world, name, pin: local, now, from, request }: FromChain): Promise<StatementBase> {
  const found = await readChainFrom(from);
  const { chain, fault } = await gatherChain(found, certificateSources(world, request.gnupgHome), now, {
    namedKeys: request.keys,
  });
  const nothing = foldEvents([]);
  const pin = withEvents(nothing, name, chain.offers.flatMap(asInForce), now);
  const head = pin.chain.links.at(-1);
  if (head === undefined) throw new UsageError(`${escapeText(from)} holds no statement that can be read`);
  const proven = judgeChain(name, nothing, chain.offers, now).pin.chain.links;
  const notes: string[] = [];
  if (fault !== undefined || chain.isCut)
    notes.push(`${escapeText(found.place)} can't be read to its end; it counts up to statement ${head.statement.seq}`);
  if (!proven.some(({ sha256 }) => sha256 === head.sha256))
    notes.push(
      `of ${plural(pin.chain.links.length, "statement")} there ${proven.length} can be verified here; give --key FILE, or have the rest signed first`,
    );
  const known = local.chain.links.at(-1);
  if (known !== undefined && !pin.chain.links.some(({ sha256 }) => sha256 === known.sha256))
    notes.push(`this machine follows statement ${known.statement.seq}, which is not among them`);
  return { package: name, pin, head, before: currentState(pin), now, notes };
}

/** The publisher's own chain is taken at its word here: its users' machines judge it, and the notes say what they will. */
function asInForce({ parsed, sha256, text, place }: OfferedStatement): readonly EventBody[] {
  if (!parsed.ok) return [];
  return [{ kind: "handover", statement: { sha256, text, signers: [], place }, state: "active", via: "first-use" }];
}
