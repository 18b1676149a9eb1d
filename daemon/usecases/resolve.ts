import type { EventBody } from "../core/event.ts";
import { type PackageName, shortName } from "../core/package-name.ts";
import type { Pin } from "../core/pin.ts";
import { escapeText } from "../core/printable.ts";
import { plural } from "../core/sentence.ts";
import { parseSha256, type Sha256 } from "../core/sha256.ts";
import { UsageError } from "../core/tofu-error.ts";
import type { Answer } from "../protocol/answer.ts";
import type { ResolveRequest } from "../protocol/request.ts";
import { resolvePackage } from "./names.ts";
import { recordedLine } from "./recorded.ts";
import { decideAndAppend, type TofuWorld } from "./world.ts";

/**
 * `tofu resolve`: a person settles what two statements disagree about. Ours stays, or the other takes its place; what
 * was accepted under the branch that goes is undone and listed by `tofu audit`.
 *
 * @throws UsageError where nothing is in dispute, or the statement that shall hold is not one of those that are.
 */
export async function resolve(
  world: TofuWorld,
  request: ResolveRequest,
  tell: (answer: Answer) => void,
): Promise<number> {
  const name = await resolvePackage(world, request.package);
  const keep = await decideAndAppend(world, name, async ({ pin }) => {
    const chosen = chosenOf(pin, request.keep, name);
    const event: EventBody = { kind: "resolve", keep: chosen, reason: request.because, claimed: request.claimed };
    return { value: { chosen, disputed: pin.chain.competitors.length }, append: { events: [event] } };
  });
  const sentence =
    keep.chosen === "mine"
      ? `${shortName(name)}: the statements in force here stay`
      : `${shortName(name)}: statement ${keep.chosen.slice(0, 8)}… holds; what took its place is undone`;
  const details =
    keep.chosen === "mine"
      ? [`${plural(keep.disputed, "other statement")} kept as evidence`]
      : ["see tofu audit for what it undoes"];
  tell(recordedLine("resolve", { class: "ok", exit: 0, sentence, details, package: name }, world));
  return 0;
}

function chosenOf(pin: Pin, keep: string, name: PackageName): "mine" | Sha256 {
  const { freeze, competitors, links } = pin.chain;
  const isDoubted = [...pin.signers.values()].some(({ state }) => state === "contested" || state === "frozen");
  if (freeze === undefined && !isDoubted && competitors.length === 0)
    throw new UsageError(`nothing about ${shortName(name)} is in dispute here`, `tofu why ${shortName(name)}`);
  if (keep === "mine") return "mine";
  const candidates = competitors.map(({ link }) => link.sha256);
  if (keep === "theirs") {
    const [only, ...others] = freeze === undefined ? candidates : [freeze.competitor];
    if (only !== undefined && others.length === 0) return only;
    throw new UsageError(
      only === undefined ? "no other statement is known" : "several statements disagree; say which one holds",
      candidates.map((sha256) => `sha256:${sha256}`).join(", "),
    );
  }
  const named = parseSha256(keep.replace(/^sha256:/, ""));
  if (!named.ok)
    throw new UsageError(`"${escapeText(keep.slice(0, 100))}" is neither mine, theirs nor sha256:STATEMENT`);
  if (links.some(({ sha256 }) => sha256 === named.value)) return "mine";
  if (candidates.includes(named.value)) return named.value;
  throw new UsageError(
    "this statement is not one of those in dispute",
    candidates.map((one) => `sha256:${one}`).join(", "),
  );
}
