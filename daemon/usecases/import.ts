import { setImmediate } from "node:timers/promises";
import type { EventBody } from "../core/event.ts";
import type { ImportRow } from "../core/event-import.ts";
import { foldEvents } from "../core/fold.ts";
import { isTrusted } from "../core/import.ts";
import { type NewsOutcome, stopsTooMany } from "../core/import-news.ts";
import type { PackageName } from "../core/package-name.ts";
import { TofuError } from "../core/tofu-error.ts";
import type { Append } from "../journal/journal.ts";
import { type Answer, SCHEMA_VERSION, type SummaryLine } from "../protocol/answer.ts";
import type { ImportRequest } from "../protocol/pin-file-requests.ts";
import { type PinFileAnswer, type ReadPinFile, readPinFile } from "./import-file.ts";
import { readForeignPins } from "./import-foreign.ts";
import { importLine, Tally } from "./import-lines.ts";
import { FileCertificates, type PlannedPackage, type Planning, planPackage, planPlain } from "./import-plan-package.ts";
import { knownPackages } from "./known.ts";
import { recordedLine } from "./recorded.ts";
import { type LoadedPin, loadPin, type TofuWorld } from "./world.ts";

type Tell = (answer: Answer) => void;

const MAX_ATTEMPTS = 4;
/** Packages between two words on how far it is. */
const TELL_EVERY = 1000;

/**
 * `tofu import`: takes the pins of a file. It is parsed, judged and compared whole before the first write; then one
 * import a package, so that the same command completes what a crash cut short.
 */
export async function importPins(world: TofuWorld, request: ImportRequest, tell: Tell): Promise<number> {
  const answer = await readAny(world, request);
  if (answer.kind === "refused") {
    tell(recordedLine("import", answer.why, world));
    return answer.why.exit;
  }
  const { read } = answer;
  for (let tries = 0; tries < MAX_ATTEMPTS; tries += 1) {
    const planned = await planAll(world, request, read, tell);
    const tooMany = stopsTooMany(planned.news, request.acceptRevocations);
    if (tooMany !== undefined) return stopped(world, tooMany, tell);
    const writes = writesOf(world, read, planned, await world.journal.read("*"));
    // What differs is told before anything is written.
    const summary = await told(world, request, { read, planned, tell });
    if (!request.dryRun && !(await write(world, writes, { request, tell }))) continue;
    tell(summary);
    return summary.exit;
  }
  throw new TofuError("busy", "the journal keeps changing under this import; try again");
}

/** @returns the file that a request names, in whatever form it keeps pins. */
export function readAny(world: TofuWorld, request: Parameters<typeof readPinFile>[1]): Promise<PinFileAnswer> {
  return request.from === "known_keys"
    ? readPinFile(world, request)
    : readForeignPins(world, { ...request, from: request.from });
}

const UNKNOWN = foldEvents([]);

/** What a file comes to, package by package, in its order. */
export interface Plans {
  /** Packages that have something to be written. */
  readonly writing: number;
  /** Bad news that takes effect here. */
  readonly news: readonly NewsOutcome[];
  readonly all: () => Iterable<PlannedPackage>;
}

/** Judges every package of a file against what is known here. Writes nothing. */
export async function planAll(
  world: TofuWorld,
  request: Pick<ImportRequest, "gnupgHome" | "preferImported" | "file">,
  read: ReadPinFile,
  tell: Tell,
): Promise<Plans> {
  const known = new Set<PackageName>();
  for await (const name of knownPackages(world)) known.add(name);
  const machine = await world.journal.machine();
  const isPlain = machine.size === 0 && world.layers.layer.distrusted.length === 0;
  const certificates = new FileCertificates(world, read);
  const prefer = request.preferImported && (isTrusted(read.trust) || known.size === 0) ? "imported" : "local";
  const planning: Planning = { read, prefer, certificates, gnupgHome: request.gnupgHome };
  const planned = new Map<PackageName, PlannedPackage>();
  const { packages } = read.pins;
  for (const [index, rows] of packages.entries()) {
    if (index % TELL_EVERY === 0) progress(tell, request.file, index, 2 * packages.length);
    // Most names of a large file are new, and there is nothing to ask about those.
    const isNew = isPlain && !known.has(rows.name);
    if (isNew && rows.chain === undefined && !certificates.has(rows)) continue;
    const loaded: LoadedPin = isNew ? { pin: UNKNOWN, now: world.now() } : await loadPin(world, rows.name);
    planned.set(rows.name, await planPackage(world, rows, loaded, planning));
  }
  const at = world.now();
  const noted = [...planned.values()];
  return {
    // Of a package that nothing is known of, all is new, and nobody is stopped.
    writing: packages.length - noted.filter(({ append }) => append === undefined).length,
    news: noted.map(({ judgement }) => judgement.news).filter(({ effects }) => effects.length > 0),
    all: function* () {
      for (const rows of packages) yield planned.get(rows.name) ?? planPlain(rows, read, { unknown: UNKNOWN, at });
    },
  };
}

/** The machine's own journal says first that a file is taken in, and last that it was. */
function writesOf(
  world: TofuWorld,
  read: ReadPinFile,
  planned: Plans,
  machine: readonly { readonly n: number; readonly body: EventBody }[],
): Writes {
  const count = planned.writing;
  const everywhere = distrustEverywhere(read, machine);
  const last = machine.findLast(({ body }) => body.kind === "pin-file" && body.file === read.file)?.body;
  const isDone = last?.kind === "pin-file" && last.state === "done" && last.stand === read.trust.kind;
  if (isDone && count === 0 && everywhere.length === 0) return { count: 0, appends: [] };
  const { file, label, trust, pins } = read;
  const marker = (state: "begun" | "done"): EventBody => ({
    kind: "pin-file",
    file,
    label,
    stand: trust.kind,
    ...("signer" in trust ? { signer: trust.signer } : {}),
    ...(pins.header?.serial === undefined ? {} : { serial: pins.header.serial }),
    packages: count,
    state,
  });
  const toMachine = (expectedVersion: number, events: readonly EventBody[]): Append => ({
    name: "*",
    expectedVersion,
    events,
    at: world.now(),
    actor: world.actor,
    certificates: [],
    objects: [],
  });
  const begun = [marker("begun"), ...everywhere];
  const appends = function* (): Generator<Append, void, void> {
    yield toMachine(machine.length, begun);
    for (const { append } of planned.all()) if (append !== undefined) yield append;
    yield toMachine(machine.length + begun.length, [marker("done")]);
  };
  return { count: count + 2, appends: appends() };
}

/** What is written, made as it is written. */
interface Writes {
  readonly count: number;
  readonly appends: Iterable<Append>;
}

/** Whom the file distrusts everywhere: in force from a trusted file, else somebody's word (row 71). */
function distrustEverywhere(
  { pins, file, label, trust }: ReadPinFile,
  machine: readonly { readonly body: EventBody }[],
): readonly EventBody[] {
  if (pins.distrusted.length === 0) return [];
  const before = machine.some(({ body }) => body.kind === "import" && body.file === file && body.stand === trust.kind);
  if (before) return [];
  const effect = isTrusted(trust) ? "stops" : "opinion";
  const rows = pins.distrusted.map(
    ({ signer: key, standing }): ImportRow => ({
      key,
      effect,
      state: "distrusted",
      roles: [],
      since: standing.kind === "distrusted" ? standing.since : undefined,
    }),
  );
  const signer = "signer" in trust ? { signer: trust.signer } : {};
  const events: EventBody[] = [];
  for (let at = 0; at < rows.length; at += ROWS_PER_EVENT)
    events.push({
      kind: "import",
      file,
      label,
      stand: trust.kind,
      ...signer,
      verdict: "imported",
      rows: rows.slice(at, at + ROWS_PER_EVENT),
    });
  return events;
}

const ROWS_PER_EVENT = 100;

async function write(
  world: TofuWorld,
  { count: total, appends }: Writes,
  { request, tell }: { readonly request: ImportRequest; readonly tell: Tell },
): Promise<boolean> {
  if (total === 0) return true;
  let told = 0;
  const appended = await world.journal.appendMany(appends, (count) => {
    if (total <= TELL_EVERY || (count < told + TELL_EVERY && count < total)) return;
    told = count;
    progress(tell, request.file, total + count, 2 * total);
  });
  return appended.kind === "appended";
}

function stopped(world: TofuWorld, count: number, tell: Tell): number {
  const sentence = `the file would stop ${count} signers who may sign here now; nothing was taken`;
  const details = ["look at each of them first; a number that you give with --accept-revocations must be this one"];
  tell(recordedLine("import", { class: "decide", exit: 3, sentence, details }, world));
  return 3;
}

async function told(
  world: TofuWorld,
  { dryRun }: ImportRequest,
  { read, planned, tell }: { readonly read: ReadPinFile; readonly planned: Plans; readonly tell: Tell },
): Promise<SummaryLine> {
  const { replay } = world;
  for (const note of read.notes)
    tell(recordedLine("import", { class: "ok", exit: 0, sentence: note, details: [] }, world));
  const tally = new Tally();
  let count = 0;
  for (const one of planned.all()) {
    // Others are answered meanwhile, and a client takes what it was told instead of all of it at the end.
    count += 1;
    if (count % TELL_EVERY === 0) await setImmediate();
    const line = importLine(one, read, { recorded: !dryRun, replay });
    tally.add(line);
    tell(line);
  }
  return tally.summary(replay);
}

function progress(tell: Tell, file: string, done: number, total: number): void {
  tell({ schemaVersion: SCHEMA_VERSION, type: "progress", file, done, total });
}
