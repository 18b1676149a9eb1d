import { type PackageName, shortName } from "../core/package-name.ts";
import { activeSigners } from "../core/pin.ts";
import { plural } from "../core/sentence.ts";
import { type Answer, type ImportLine, SCHEMA_VERSION } from "../protocol/answer.ts";
import type { DiffRequest } from "../protocol/pin-file-requests.ts";
import { planAll, readAny } from "./import.ts";
import type { ReadPinFile } from "./import-file.ts";
import { importLine, Tally } from "./import-lines.ts";
import type { PlannedPackage } from "./import-plan-package.ts";
import { knownPackages } from "./known.ts";
import { recordedLine } from "./recorded.ts";
import { loadPin, type TofuWorld } from "./world.ts";

type Tell = (answer: Answer) => void;

/**
 * `tofu diff`: this machine's pins against a file's. Nothing is recorded.
 *
 * @returns 0 where they are equal, 3 where they differ, 4 where signers contradict each other.
 */
export async function diffPins(world: TofuWorld, request: DiffRequest, tell: Tell): Promise<number> {
  const answer = await readAny(world, request);
  if (answer.kind === "refused") {
    tell(recordedLine("diff", answer.why, world));
    return answer.why.exit;
  }
  const { read } = answer;
  const planned = await planAll(world, { ...request, preferImported: false }, read, tell);
  const tally = new Tally();
  const named = new Set<PackageName>();
  for (const one of planned.all()) {
    const line = diffLine(one, read, world.replay);
    named.add(one.name);
    tally.add(line);
    if (line.exit !== 0) tell(line);
  }
  for await (const name of knownPackages(world)) {
    const { pin } = await loadPin(world, name);
    if (named.has(name) || !pin.exists) continue;
    const signers = activeSigners(pin, "release").map(({ signer }) => signer);
    const line: ImportLine = {
      schemaVersion: SCHEMA_VERSION,
      type: "import",
      package: name,
      verdict: "only-here",
      class: "decide",
      exit: 3,
      sentence: `${shortName(name)}: pinned here with ${plural(signers.length, "signer")}, and not in the file`,
      here: signers,
      there: [],
      facts: [],
      recorded: false,
      ...(world.replay ? { replay: true } : {}),
    };
    tally.add(line);
    tell(line);
  }
  const summary = tally.summary(world.replay);
  tell(summary);
  return summary.exit;
}

/** What an import would make of the package, as a comparison: a first sight is a difference, other bytes contradict. */
function diffLine(planned: PlannedPackage, read: ReadPinFile, replay: boolean): ImportLine {
  const line = importLine(planned, read, { recorded: false, replay });
  const { judgement, append } = planned;
  switch (judgement.verdict) {
    case "import-conflict":
    case "hash-differs-from-import":
    case "artifact-changed":
      return { ...line, verdict: "contradicts", detail: judgement.verdict, class: "refused", exit: 4 };
    case "imported":
    case "handover-applied":
      return {
        ...line,
        verdict: judgement.verdict === "imported" ? "only-there" : "newer-there",
        class: "decide",
        exit: 3,
      };
    case "import-unchanged": {
      if (judgement.row === "68") return { ...line, verdict: "older-there", class: "decide", exit: 3 };
      const says = judgement.news.effects.length + judgement.news.opinions.length > 0;
      if (!says && (append === undefined || !differs(planned))) return { ...line, verdict: "equal", exit: 0 };
      const sentence = `${line.sentence}; the file knows more of it`;
      return { ...line, sentence, verdict: "differs", class: "decide", exit: 3 };
    }
  }
}

/** Whether the file lists files, or signers that have left, which are not known here. */
function differs({ append, before }: PlannedPackage): boolean {
  return (append?.events ?? []).some((body) => {
    if (body.kind !== "import") return true;
    const fresh = (body.artifacts ?? []).some(
      ({ sha256 }) => !before.bySha256.has(sha256) && !isHearsay(before, sha256),
    );
    return fresh || body.rows.some(({ effect }) => effect !== "agrees" && effect !== "none");
  });
}

function isHearsay({ hearsay }: PlannedPackage["before"], sha256: string): boolean {
  return [...hearsay.values()].some((known) => known.sha256 === sha256);
}
