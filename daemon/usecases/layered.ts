import { judgeChain } from "../core/arrival.ts";
import type { Event, EventBody } from "../core/event.ts";
import { foldEvents, type Machine } from "../core/fold.ts";
import { foldPlan, planImport } from "../core/import-plan.ts";
import type { PinLayer } from "../core/layer-pin.ts";
import type { OfferedStatement } from "../core/offer.ts";
import type { PackageName } from "../core/package-name.ts";
import type { Pin } from "../core/pin.ts";
import { printablePath } from "../core/printable.ts";
import type { UnixMs } from "../core/time.ts";
import { gatherChain } from "../evidence/statement-evidence.ts";
import type { Journal } from "../journal/journal.ts";
import { isExpired, type Layer, type LayerRows } from "../layer/layer.ts";
import type { LayerFile } from "../layer/layer-file.ts";
import { layerFault } from "../layer/root-owned.ts";
import type { PackageRows } from "../pinfile/pin-file.ts";
import { chainFileOf } from "../pinfile/statements.ts";
import { certificateSources } from "./known.ts";
import type { TofuWorld } from "./world.ts";

/** Packages whose words are kept while the files stay: chains are verified once, and only new events folded on top. */
const MAX_KEPT = 1000;
/** What a chain's statements may come to for the machine's own file: its word stands where a key was stolen since (row 53b). */
const IN_FORCE: ReadonlySet<string> = new Set([
  "first-use",
  "handover-applied",
  "handover-recovered",
  "handover-known",
  "handover-contested",
]);
const LAYER = { kind: "layer" } as const;
const NOBODY: ReadonlySet<never> = new Set();

const kept = new WeakMap<Layer, Map<string, Promise<PinLayer>>>();
const folded = new WeakMap<Journal, WeakMap<PinLayer, Pin>>();

/**
 * @returns what the machine's files say of a package now; `undefined` where they say nothing.
 * @throws TofuError `layer` where the statements of its chain don't verify.
 */
export async function layerOf(world: TofuWorld, name: PackageName, now: UnixMs): Promise<PinLayer | undefined> {
  const { layer } = world.layers;
  const all = layer.rowsOf(name);
  if (all.length === 0) return undefined;
  const known = kept.get(layer) ?? new Map<string, Promise<PinLayer>>();
  kept.set(layer, known);
  // Files run out while they stay what they are.
  const key = `${name} ${layer.files.filter((file) => !isExpired(file, now)).length}`;
  const word = known.get(key) ?? makeLayer(world, { name, all, now });
  if (known.size >= MAX_KEPT) known.clear();
  known.set(key, word);
  return await word;
}

/** The journal's events on top of what the files say (rules.md, row 76). */
export function foldOnLayer(layer: PinLayer, events: Iterable<Event>): Pin {
  return foldEvents(events, { ...layer.pin, layer });
}

/** @returns the same for a package's journal as it is now; what was folded before is not folded again. */
export async function layeredPin(
  { journal }: Pick<TofuWorld, "journal">,
  name: PackageName,
  layer: PinLayer,
): Promise<Pin> {
  const { version } = await journal.pin(name);
  const pins = folded.get(journal) ?? new WeakMap<PinLayer, Pin>();
  folded.set(journal, pins);
  const before = pins.get(layer) ?? foldOnLayer(layer, []);
  if (before.version === version) return before;
  const events = await journal.read(name);
  const pin = foldEvents(events.slice(before.version), before);
  pins.set(layer, pin);
  return pin;
}

/** @returns whom the journal or the machine's files distrust in every package; what the files say no user takes back. */
export function machineOf({ layers }: Pick<TofuWorld, "layers">, journal: Machine, now: UnixMs): Machine {
  const standing = layers.layer.distrusted.filter(({ file }) => !isExpired(file, now));
  if (standing.length === 0) return journal;
  const told = standing.map(({ file, row }) => {
    return [row.signer, { reason: `so says ${file.path}`, at: file.at, stands: true }] as const;
  });
  return new Map([...journal, ...told]);
}

interface Asked {
  readonly name: PackageName;
  readonly all: readonly LayerRows[];
  readonly now: UnixMs;
}

async function makeLayer(world: TofuWorld, { name, all, now }: Asked): Promise<PinLayer> {
  let pin = foldEvents([]);
  const standing = all.filter(({ file }) => !isExpired(file, now));
  let differ: PinLayer["differ"];
  // The longest chain first: a shorter one of the same statements is then merely an older word.
  const ordered = standing.toSorted((a, b) => (b.rows.chain?.seq ?? 0) - (a.rows.chain?.seq ?? 0));
  for (const { file, rows } of ordered) {
    const added = add(pin, file, rows, await chainEvents(world, { name, file, rows, pin, now }));
    if (added.agrees) pin = added.pin;
    else differ ??= [ordered[0]?.file.path ?? "", file.path];
  }
  const ends = all.flatMap(({ file }) => file.pins.header?.expires ?? []);
  return {
    pin,
    files: standing.map(({ file }) => file.path),
    differ,
    expiredAt: standing.length === 0 ? ends.toSorted((a, b) => b - a)[0] : undefined,
    beside: new Set(),
    differing: new Map(),
  };
}

function add(
  pin: Pin,
  file: LayerFile,
  rows: PackageRows,
  chain: readonly EventBody[] = [],
): { readonly pin: Pin; readonly agrees: boolean } {
  const question = {
    pin,
    imported: rows,
    trust: LAYER,
    chainHolds: true,
    provenRevocations: NOBODY,
    prefer: "local",
  } as const;
  const plan = planImport(question, { file: file.sha256, label: file.path, trust: LAYER }, chain);
  const { verdict } = plan.judgement;
  const agrees = verdict === "imported" || verdict === "import-unchanged" || verdict === "handover-applied";
  return { pin: agrees ? foldPlan(pin, plan, file.at) : pin, agrees };
}

interface ChainAsked extends Pick<LayerRows, "file" | "rows"> {
  readonly name: PackageName;
  readonly pin: Pin;
  readonly now: UnixMs;
}

/**
 * The statements that lead to what a file says, their signatures verified: a chain that doesn't hold by itself is none.
 * Where another file brought a chain before, how the two stand to each other is for the import's rules to say.
 */
async function chainEvents(
  world: TofuWorld,
  { name, file, rows, pin, now }: ChainAsked,
): Promise<readonly EventBody[]> {
  if (rows.chain === undefined) return [];
  const found = { bytes: chainFileOf(rows), place: file.path, keyFiles: [] };
  const { chain } = await gatherChain(found, certificateSources(world, undefined), now);
  const judged = judgeChain(name, foldEvents([]), chain.offers, now);
  const holds = judged.pin.chain.links.some(({ sha256 }) => sha256 === rows.chain?.head);
  const broken = judged.statements.find(({ judgement }) => !IN_FORCE.has(judgement.verdict));
  if (!holds && (broken !== undefined || judged.statements.length === 0)) {
    const why = broken === undefined ? "there is none" : `${broken.judgement.verdict} ${broken.judgement.detail ?? ""}`;
    const where = `${printablePath(file.path, 120)}: the statements of ${name} don't lead to @chain`;
    throw layerFault(`${where} (${why.trim()})`);
  }
  if (pin.chain.links.length > 0) return [];
  return holds ? judged.events : judged.statements.map(({ offer }) => inForce(offer));
}

function inForce({ sha256, text, place }: OfferedStatement): EventBody {
  return { kind: "handover", statement: { sha256, text, signers: [], place }, state: "active", via: "first-use" };
}
