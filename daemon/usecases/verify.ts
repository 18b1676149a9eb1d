import { type ArtifactFileName, parseArtifactFileName, parseVersion, type Version } from "../core/artifact-name.ts";
import type { PackageName } from "../core/package-name.ts";
import type { Policy } from "../core/policy.ts";
import { escapeText, printable } from "../core/printable.ts";
import { TofuError, UsageError } from "../core/tofu-error.ts";
import { findChainsBeside, readChainFrom } from "../evidence/chain-places.ts";
import type { FoundChain } from "../evidence/statement-gathering.ts";
import { Surroundings } from "../evidence/surroundings.ts";
import { StagedJournal } from "../journal/staged-journal.ts";
import { type Answer, SCHEMA_VERSION, type SummaryLine } from "../protocol/answer.ts";
import type { Listener } from "../protocol/ask.ts";
import type { VerifyRequest } from "../protocol/request.ts";
import { Ahead } from "./ahead.ts";
import { ambiguousLine } from "./ambiguous.ts";
import { handoverState, statementLines } from "./handover-answer.ts";
import { HeldAnswers } from "./held-answers.ts";
import { judgeAndRecord } from "./judge-and-record.ts";
import { type Judging, judgePrepared, type Prepared, prepareFile, type Target } from "./judge-file.ts";
import { judgementLine } from "./judgement-answer.ts";
import { type Named, nameArtifact } from "./names.ts";
import { loadPin, type TofuWorld } from "./world.ts";

/** The worst wins, in this order (cli.md, exit codes). */
const WORST_FIRST = [5, 4, 1, 6, 3, 0] as const;

/** Files of one request whose evidence is gathered at once; of small ones more are read in one errand. */
const FILES_AT_ONCE = 4;
const SMALL_FILES_AT_ONCE = 16;
/** Files of a request from which on small ones are read by another thread, and several are recorded at once. */
const MANY_FILES = 16;

interface Item {
  readonly path: string;
  readonly fileName: ArtifactFileName;
  readonly named: Named;
}

/**
 * `tofu verify`: judges each file and records what was seen, unless it is a dry run.
 *
 * @returns the exit code of the worst answer. A fault with one file does not keep the others from being judged.
 */
export async function verify(
  world: TofuWorld,
  request: VerifyRequest,
  tell: (answer: Answer) => void,
  listener?: Pick<Listener, "gone">,
): Promise<number> {
  if (request.files.length > 1 && request.signatures.length > 0)
    throw new UsageError("--signature goes with one file; give one file, or let tofu look beside each");
  if (request.files.length > 1 && request.release !== undefined) throw new UsageError("--release goes with one file");
  const version = readRelease(request.release);
  const policy = request.policyFile === undefined ? world.policy : await world.loadPolicyFile(request.policyFile);
  const items: Item[] = [];
  for (const path of request.files)
    items.push({
      path,
      fileName: readFileName(path),
      named: await nameArtifact(world, { path, packageText: request.package, version }),
    });
  const turn = { index: 0 };
  const isMany = items.length >= MANY_FILES;
  const readSmall = isMany ? world.readSmall : undefined;
  // What many files leave in the journal is written a few at a time; each is judged on what those before it left.
  const stage = isMany && !request.dryRun ? new StagedJournal(world.journal) : undefined;
  const run: Run = {
    world: stage === undefined ? world : { ...world, journal: stage },
    request,
    policy,
    tell,
    turn,
    around: new Surroundings(request.files, readSmall),
    gone: listener?.gone(),
  };
  const counts = { ok: 0, decide: 0, refused: 0, unchecked: 0, faults: 0 };
  const exits = new Set<number>();
  const told = new HeldAnswers(stage, {
    now: world.now,
    tell: (lines) => {
      for (const line of lines) {
        tell(line);
        if (line.type !== "fault" && line.type !== "judgement") continue;
        counts[line.type === "fault" ? "faults" : line.class] += 1;
        exits.add(line.exit);
      }
    },
  });
  await judgeInOrder(run, { ...run, world }, items, told);
  const exit = WORST_FIRST.find((code) => exits.has(code)) ?? 0;
  const summary: SummaryLine = {
    schemaVersion: SCHEMA_VERSION,
    type: "summary",
    judged: items.length,
    ...counts,
    exit,
  };
  tell(world.replay ? { ...summary, replay: true } : summary);
  return exit;
}

interface Run {
  readonly world: TofuWorld;
  readonly request: VerifyRequest;
  readonly policy: (name: PackageName) => Policy;
  readonly tell: (answer: Answer) => void;
  /** Whose answer is told next: what goes on besides tells no progress. */
  readonly turn: { index: number };
  readonly around: Surroundings;
  readonly gone: AbortSignal | undefined;
}

/** @param alone - judges and records a file by itself. */
async function judgeInOrder(run: Run, alone: Run, items: readonly Item[], told: HeldAnswers): Promise<void> {
  const width = run.around.readSmall === undefined ? FILES_AT_ONCE : SMALL_FILES_AT_ONCE;
  const ahead = new Ahead(items, (item, index) => readyItem(run, item, index), width);
  try {
    for (const [index, item] of items.entries()) {
      run.turn.index = index;
      const lines = await answerItem(told.stage === undefined ? alone : run, item, ahead.take(index));
      await told.add({ lines, again: () => answerItem(alone, item, readyItem(alone, item, index)) });
    }
  } finally {
    // What was judged before something went wrong is recorded and told, as if it had been asked about by itself.
    await told.settle().finally(() => ahead.settle());
  }
}

/** A file whose evidence was gathered before its turn came; it is judged, and recorded, in its turn. */
interface Ready {
  readonly judging: Judging;
  readonly target: Target;
  readonly prepared: Prepared;
}

async function readyItem(run: Run, { path, fileName, named }: Item, index: number): Promise<Ready | undefined> {
  const { world, request, tell, turn, around, gone } = run;
  if (gone?.aborted === true) throw new TofuError("abandoned", "nobody waits for the answer any more");
  if (named.kind === "ambiguous") return undefined;
  const target: Target = { path, fileName, package: named.package, version: named.version };
  const judging: Judging = {
    policy: run.policy,
    signatures: request.signatures,
    keys: request.keys,
    around,
    gone,
    gnupgHome: request.gnupgHome,
    via: request.via,
    host: hostOf(request.from),
    askWitnesses: once(async (about) => {
      // Loaded where it is needed: most files are of a signer who is known, and a command lasts a moment.
      const { askWitnesses } = await import("./ask-witnesses.ts");
      return await askWitnesses(world, { ...about, offline: request.offline, gnupgHome: request.gnupgHome });
    }),
    followLinks: request.noLinks !== true,
    recording: !request.dryRun,
    stillArriving: request.stillArriving,
    statements: await statementsFor(request, path, around),
    onProgress: (done, total) => {
      if (turn.index === index) tell({ schemaVersion: SCHEMA_VERSION, type: "progress", file: path, done, total });
    },
  };
  const prepared = await prepareFile(world, judging, target, await loadPin(world, target.package));
  return { judging, target, prepared };
}

/**
 * One bad file is answered as a fault of its own; everything unforeseen ends the request.
 *
 * @returns what its statements came to, and then the answer about the file.
 */
async function answerItem(run: Run, item: Item, ready: Promise<Ready | undefined>): Promise<readonly Answer[]> {
  try {
    return await judgeItem(run, item, await ready);
  } catch (error) {
    if (!(error instanceof TofuError) || !error.code.startsWith("file-")) throw error;
    const { code, message: sentence } = error;
    return [{ schemaVersion: SCHEMA_VERSION, type: "fault", code, sentence, exit: 1, file: item.path }];
  }
}

async function judgeItem(
  run: Run,
  { path, fileName, named }: Item,
  ready: Ready | undefined,
): Promise<readonly Answer[]> {
  const { world, request } = run;
  if (named.kind === "ambiguous") return [await ambiguousLine(world, path, fileName, named)];
  if (ready === undefined) throw new TofuError("internal", "a file was not made ready");
  const { judging, ...rest } = ready;
  const { judged, recorded } = request.dryRun
    ? {
        judged: await judgePrepared(world, judging, { ...rest, loaded: await loadPin(world, named.package) }),
        recorded: false,
      }
    : await judgeAndRecord(world, judging, rest);
  const lines = statementLines(judged, { recorded, replay: world.replay });
  const { judgement } = judged;
  const answer = judgementLine(judgement, {
    path,
    recorded,
    replay: world.replay,
    unusual: world.unusual,
    at: judged.loaded.now,
    handover: handoverState(judged, lines, request.offline),
  });
  return [...lines.filter(({ verdict }) => verdict !== "handover-known"), answer];
}

/** A place named by hand is the one that is asked; else whatever lies beside the file. */
async function statementsFor(
  { handover }: VerifyRequest,
  path: string,
  around: Surroundings,
): Promise<readonly FoundChain[]> {
  return handover === undefined ? await findChainsBeside(path, around) : [await readChainFrom(handover)];
}

/** Judging again because somebody else wrote meanwhile is no reason to ask others again. */
function once<A, T>(ask: (about: A) => Promise<T>): (about: A) => Promise<T> {
  let asked: Promise<T> | undefined;
  return (about) => {
    asked ??= ask(about);
    return asked;
  };
}

/** @returns the host of an address, or the host that was named itself. */
function hostOf(from: string | undefined): string | undefined {
  if (from === undefined) return undefined;
  const host = URL.canParse(from) ? new URL(from).hostname : from;
  if (/^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/.test(host)) return host.toLowerCase();
  throw new UsageError(`"${printable(from)}" names no host`, "tofu verify FILE --from https://example.org/file");
}

function readRelease(release: string | undefined): Version | undefined {
  if (release === undefined) return undefined;
  const parsed = parseVersion(release);
  if (!parsed.ok) throw new UsageError(`"${escapeText(release)}" is no version; write --release 6.0.2`);
  return parsed.value;
}

function readFileName(path: string): ArtifactFileName {
  const base = path.slice(path.lastIndexOf("/") + 1);
  const parsed = parseArtifactFileName(base);
  if (!parsed.ok)
    throw new UsageError(
      `"${escapeText(base)}" is no name that tofu keeps: it holds control characters or is too long; rename the file`,
    );
  return parsed.value;
}
