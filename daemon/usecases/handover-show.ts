import { judgeChain } from "../core/arrival.ts";
import { type ChainState, stateAfter } from "../core/handover-chain.ts";
import { rejectionClause, statementFacts, statementRuling } from "../core/handover-words.ts";
import type { OfferedStatement } from "../core/offer.ts";
import { type PackageName, shortName } from "../core/package-name.ts";
import type { Statement } from "../core/statement.ts";
import { formatDate } from "../core/time.ts";
import { UsageError } from "../core/tofu-error.ts";
import type { Answer } from "../protocol/answer.ts";
import type { HandoverLine } from "../protocol/handover-line.ts";
import type { HandoverRequest } from "../protocol/handover-requests.ts";
import { gatherOffered } from "./chains.ts";
import { type ChainContext, handoverLines, stateBefore } from "./handover-answer.ts";
import { withFault } from "./handover-outcome.ts";
import { packageOf, readPlace } from "./handover-places.ts";
import { loadPin, type TofuWorld } from "./world.ts";

/**
 * `tofu handover show`: a statement as people read it. What it changes is told against the state before it, which is the
 * statement before in the file, else what is known here; what it lacks is what would have it refused here.
 */
export async function show(
  world: TofuWorld,
  request: HandoverRequest,
  tell: (answer: Answer) => void,
): Promise<number> {
  if (request.from === undefined) throw new UsageError("say which statements to show", "tofu handover show FILE");
  const found = [await readPlace(world, request.from, request)];
  const name = await packageOf(world, request, found);
  const loaded = await loadPin(world, name);
  const offered = await gatherOffered(world, name, loaded, { found, keys: request });
  const chain = judgeChain(name, loaded.pin, offered.chain.offers, loaded.now);
  const context: ChainContext = { package: name, ...loaded, recorded: false, replay: world.replay };
  const judged = withFault(handoverLines(chain, context), offered, context, found);
  const { offers } = offered.chain;
  for (const [at, line] of judged.entries()) {
    const offer = offers[at];
    const isStatement = offer?.parsed.ok === true;
    tell(offer !== undefined && isStatement ? shown(name, line, offer, before(offer, offers, loaded.pin)) : line);
  }
  return judged.every((_, at) => offers[at]?.parsed.ok === true) ? 0 : 4;
}

function before(
  offer: OfferedStatement,
  offers: readonly OfferedStatement[],
  pin: Parameters<typeof stateBefore>[1],
): ChainState {
  const previous = offer.parsed.ok ? offer.parsed.value.previous : undefined;
  const parent = offers.find(({ sha256 }) => sha256 === previous);
  return parent?.parsed.ok === true ? stateAfter(parent.parsed.value) : stateBefore(offer, pin);
}

/** Nothing is judged: without a verdict, and never a refusal. */
function shown(
  name: PackageName,
  { verdict, detail, next, ...line }: HandoverLine,
  offer: OfferedStatement,
  state: ChainState,
): HandoverLine {
  const statement = offer.parsed.ok ? offer.parsed.value : undefined;
  const lacks = verdict === "handover-rejected" ? rejectionClause(detail ?? "", name) : undefined;
  return {
    ...line,
    ...statementRuling("handover-known"),
    sentence: statement === undefined ? line.sentence : headlineOf(name, statement, line),
    facts: [
      ...(lacks === undefined ? [] : [{ label: "lacks", text: lacks }]),
      ...(statement === undefined ? [] : statementFacts(statement, state, offer.place)),
      { label: "sha256", text: offer.sha256 },
    ],
  };
}

function headlineOf(name: PackageName, { seq, issued, packages }: Statement, { signers }: HandoverLine): string {
  const counting = signers.filter(({ counts }) => counts).length;
  const by =
    counting === 0 ? "signed by nobody yet" : `with ${counting} signature${counting === 1 ? "" : "s"} that count`;
  const also = packages.filter((other) => other !== name).map((other) => shortName(other));
  const others = also.length === 0 ? "" : ` (and ${also.join(", ")})`;
  return `${shortName(name)}${others}: statement ${seq} of ${formatDate(issued)}, ${by}`;
}
