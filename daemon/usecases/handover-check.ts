import { type ChainJudgement, judgeChain } from "../core/arrival.ts";
import { parseArtifactFileName, parseVersion, type Version } from "../core/artifact-name.ts";
import type { PackageName } from "../core/package-name.ts";
import { escapeText } from "../core/printable.ts";
import { UsageError } from "../core/tofu-error.ts";
import { findChainsBeside } from "../evidence/chain-places.ts";
import type { FoundChain } from "../evidence/statement-gathering.ts";
import type { Answer } from "../protocol/answer.ts";
import type { HandoverRequest } from "../protocol/handover-requests.ts";
import { gatherOffered } from "./chains.ts";
import { handoverLines } from "./handover-answer.ts";
import { exitOf, withFault } from "./handover-outcome.ts";
import { packageOf, readPlace } from "./handover-places.ts";
import { judgeFile } from "./judge-file.ts";
import { judgementLine } from "./judgement-answer.ts";
import { nameArtifact } from "./names.ts";
import { type LoadedPin, loadPin, type TofuWorld } from "./world.ts";

/** The worst wins (cli.md, exit codes). */
const WORST_FIRST = [5, 4, 6, 3, 0] as const;

/**
 * `tofu handover check`: would the pins of those who use the package follow these statements, and take this release
 * then? It is asked of this store's pin, or of a machine that never saw the package, and records nothing: a step for a
 * publisher's own tests.
 *
 * @returns the worse exit code of the two.
 */
export async function check(
  world: TofuWorld,
  request: HandoverRequest,
  tell: (answer: Answer) => void,
): Promise<number> {
  const { file } = request;
  const version = readRelease(request.release);
  const found = await foundFor(world, request);
  const name = await packageFor(world, request, { found, version });
  const loaded = await loadPin(world, name);
  const offered = await gatherOffered(world, name, loaded, { found, keys: request });
  const chain = judgeChain(name, loaded.pin, offered.chain.offers, loaded.now);
  const context = { package: name, ...loaded, recorded: false, replay: world.replay };
  const lines = withFault(handoverLines(chain, context), offered, context, found);
  for (const line of lines) tell(line);
  const exits = new Set([exitOf(lines)]);
  if (file !== undefined) {
    const line = await checkRelease(world, request, { file, version, name, found, after: afterChain(loaded, chain) });
    tell(line);
    exits.add(line.exit);
  }
  return WORST_FIRST.find((exit) => exits.has(exit)) ?? 0;
}

interface Release {
  readonly file: string;
  readonly version: Version | undefined;
  readonly name: PackageName;
  readonly found: readonly FoundChain[];
  readonly after: LoadedPin;
}

/** The release is judged as by somebody who has followed the statements: else a chain that it contradicts is ignored. */
async function checkRelease(
  world: TofuWorld,
  request: HandoverRequest,
  { file, version, name, found, after }: Release,
): Promise<Extract<Answer, { type: "judgement" }>> {
  const base = file.slice(file.lastIndexOf("/") + 1);
  const fileName = parseArtifactFileName(base);
  if (!fileName.ok) throw new UsageError(`"${escapeText(base)}" is no name that tofu keeps; rename the file`);
  const named = await nameArtifact(world, { path: file, packageText: name, version });
  const policy = request.policyFile === undefined ? world.policy : await world.loadPolicyFile(request.policyFile);
  const { judgement } = await judgeFile(
    world,
    {
      policy,
      signatures: [],
      keys: request.keys,
      gnupgHome: request.gnupgHome,
      via: "check",
      followLinks: true,
      recording: false,
      statements: found,
      onProgress: () => undefined,
    },
    { path: file, fileName: fileName.value, package: name, version: named.version },
    after,
  );
  const { replay, unusual } = world;
  return judgementLine(judgement, { path: file, recorded: false, replay, unusual, at: after.now });
}

function afterChain(loaded: LoadedPin, { pin }: ChainJudgement): LoadedPin {
  return { ...loaded, pin };
}

async function foundFor(world: TofuWorld, request: HandoverRequest): Promise<readonly FoundChain[]> {
  if (request.from !== undefined) return [await readPlace(world, request.from, request)];
  const beside = request.file === undefined ? [] : await findChainsBeside(request.file);
  if (beside.length > 0 || request.file !== undefined) return beside;
  throw new UsageError(
    "say what to check: a file of statements, or a release",
    "tofu handover check FILE --file RELEASE",
  );
}

async function packageFor(
  world: TofuWorld,
  request: HandoverRequest,
  { found, version }: { readonly found: readonly FoundChain[]; readonly version: Version | undefined },
): Promise<PackageName> {
  if (request.package !== undefined || request.file === undefined || found.length > 0)
    return await packageOf(world, request, found);
  const named = await nameArtifact(world, { path: request.file, packageText: undefined, version });
  if (named.kind === "one") return named.package;
  throw new UsageError(`which package this is can't be told from the file; say --package`, named.candidates.join(", "));
}

function readRelease(release: string | undefined): Version | undefined {
  if (release === undefined) return undefined;
  const parsed = parseVersion(release);
  if (!parsed.ok) throw new UsageError(`"${escapeText(release)}" is no version; write --release 6.0.2`);
  return parsed.value;
}
