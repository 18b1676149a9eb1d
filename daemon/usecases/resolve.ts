import type { EventBody } from "../core/event.ts";
import { type PackageName, shortName } from "../core/package-name.ts";
import type { Pin } from "../core/pin.ts";
import { escapeText } from "../core/printable.ts";
import { plural, shortSigner } from "../core/sentence.ts";
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
  const words = await decideAndAppend(world, name, async ({ pin }) => {
    const settled = importSettled(pin, request, name) ?? statementSettled(pin, request, name);
    return { value: settled.words, append: { events: [settled.event] } };
  });
  tell(recordedLine("resolve", { class: "ok", exit: 0, ...words, package: name }, world));
  return 0;
}

interface Settled {
  readonly event: EventBody;
  readonly words: { readonly sentence: string; readonly details: readonly string[] };
}

/** A pin file that names other signers: ours stay, or its signers take their place (row 69). */
function importSettled(
  { importConflict }: Pin,
  { keep, because: reason, claimed }: ResolveRequest,
  name: PackageName,
): Settled | undefined {
  if (importConflict === undefined || (keep !== "mine" && keep !== "theirs")) return undefined;
  const { file, theirs, here, label } = importConflict;
  const acting = theirs.filter(({ state }) => state === "active").map(({ key }) => key);
  const who = keep === "mine" ? `the signers pinned here stay` : `the signers of ${label} hold from now on`;
  return {
    event: { kind: "resolve", keep, import: file, reason, claimed },
    words: {
      sentence: `${shortName(name)}: ${who}`,
      details:
        keep === "mine"
          ? []
          : [`${acting.map(shortSigner).join(", ")} in place of ${here.map(shortSigner).join(", ") || "nobody"}`],
    },
  };
}

function statementSettled(pin: Pin, { keep, because: reason, claimed }: ResolveRequest, name: PackageName): Settled {
  const chosen = chosenOf(pin, keep, name);
  const isMine = chosen === "mine";
  return {
    event: { kind: "resolve", keep: chosen, reason, claimed },
    words: {
      sentence: isMine
        ? `${shortName(name)}: the statements in force here stay`
        : `${shortName(name)}: statement ${chosen.slice(0, 8)}… holds; what took its place is undone`,
      details: isMine
        ? [`${plural(pin.chain.competitors.length, "other statement")} kept as evidence`]
        : ["see tofu audit for what it undoes"],
    },
  };
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
