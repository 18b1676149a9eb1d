import { type Config, NO_CONFIG } from "../config/config.ts";
import { loadConfig, SYSTEM_CONFIG } from "../config/load.ts";
import { printable, printablePath } from "../core/printable.ts";
import { unixMs } from "../core/time.ts";
import { TofuError, UsageError } from "../core/tofu-error.ts";
import { openEmbedded } from "../embedded.ts";
import { openLayers, SYSTEM_LAYER } from "../layer/layer-source.ts";
import { type Answer, type CheckLine, SCHEMA_VERSION, type StatusLine } from "../protocol/answer.ts";
import { askDaemon } from "../protocol/client.ts";
import { resolvePaths } from "../protocol/paths.ts";
import { checkLayer } from "./layer-check.ts";
import { checkClock, checkModes, checkNode, checkPrograms, type Found } from "./machine.ts";
import { remedyOf } from "./remedies.ts";
import { repair } from "./repair.ts";
import { checkWitnesses } from "./witnesses.ts";

/** Where things are, and what this process is. Paths are absolute. */
export interface DoctorPlaces {
  readonly store: string;
  readonly storeGiven: boolean;
  readonly configFile: string | undefined;
  readonly policyFile: string | undefined;
  readonly socket: string | undefined;
  /** A daemon may be asked. */
  readonly daemon: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  /** What `tofu service status` would say. */
  readonly service: () => Promise<Found>;
}

type Tell = (answer: Answer) => void;

/** A daemon that is well answers at once; one that reads a big store takes longer for the store's own check. */
const PATIENCE_MS = 5000;

/**
 * `tofu doctor`: looks at everything that tofu rests on, and goes on whatever it finds.
 *
 * @returns the exit code of the worst line.
 */
export async function doctor(places: DoctorPlaces, options: { readonly repair: boolean }, tell: Tell): Promise<number> {
  const say = (found: Found): void => tell(line(found));
  say(checkNode(process.versions.node));
  for (const found of await checkModes(places.store)) say(found);
  const { config, found: configured } = await checkConfig(places);
  say(configured);
  const layers = openLayers(SYSTEM_LAYER, () => config.seeds.minSerial);
  say(await attempt("pins", () => checkLayer(layers, unixMs(Date.now()))));
  for (const found of await checkWitnesses(config.outside, places.env)) say(found);
  for (const found of await checkPrograms(places.env)) say(found);
  say(await attempt("clock", () => checkClock(places.store, Date.now())));
  say(await attempt("service", places.service));
  const { found, answers } = await checkDaemon(places);
  say(found);
  if (options.repair) {
    for (const one of await repair(places.store, { daemonAnswers: answers })) say(one);
  }
  return checkStore(places, answers, tell);
}

function line({ check, class: word, sentence, details, remedy }: Found): CheckLine {
  const exit = { ok: 0, decide: 3, refused: 4, fault: 1 }[word];
  return {
    schemaVersion: SCHEMA_VERSION,
    type: "check",
    check,
    class: word,
    exit,
    sentence,
    details: details ?? [],
    remedy,
  };
}

/** Something that can't even be looked at is a line of its own, and the next check goes on. */
async function attempt(check: string, look: () => Promise<Found>): Promise<Found> {
  try {
    return await look();
  } catch (cause) {
    return { check, class: "fault", sentence: sentenceOf(cause), remedy: remedyOf(cause) };
  }
}

function sentenceOf(cause: unknown): string {
  const isKnown = cause instanceof TofuError || cause instanceof UsageError;
  return isKnown ? cause.message : printable(String(cause), 200);
}

async function checkConfig({
  configFile,
  env,
}: DoctorPlaces): Promise<{ readonly config: Config; readonly found: Found }> {
  const paths = resolvePaths(env, {}, "/");
  const user = configFile ?? (paths.ok ? paths.value.config : SYSTEM_CONFIG);
  const shown = printablePath(user, 120);
  try {
    const config = await loadConfig({ system: SYSTEM_CONFIG, user, named: configFile !== undefined });
    return { config, found: { check: "config", class: "ok", sentence: `settings in ${shown}, if any, can be read` } };
  } catch (cause) {
    const found: Found = { check: "config", class: "fault", sentence: sentenceOf(cause), remedy: `edit ${shown}` };
    return { config: NO_CONFIG, found };
  }
}

async function checkDaemon({
  daemon,
  socket,
  store,
  storeGiven,
  version,
}: DoctorPlaces): Promise<{ readonly found: Found; readonly answers: boolean }> {
  const none = (sentence: string): { readonly found: Found; readonly answers: boolean } => ({
    found: { check: "daemon", class: "ok", sentence },
    answers: false,
  });
  if (!daemon) return none("no daemon was asked");
  if (socket === undefined) return none("there is no runtime folder here, so commands do without a daemon");
  let status: StatusLine | undefined;
  const question = { socketPath: socket, store: storeGiven ? store : undefined, connectTimeoutMs: PATIENCE_MS };
  try {
    const tell: Tell = (answer) => {
      if (answer.type === "status") status = answer;
    };
    const answered = await askDaemon({ ...question, request: { do: "status", packages: [] }, tell });
    if (answered === undefined) return none("no tofud runs; commands open the store themselves");
  } catch (cause) {
    if (!(cause instanceof TofuError)) throw cause;
    // It is well itself; what is wrong with the machine's pins has a line of its own.
    if (cause.code === "layer") return none("tofud answers, and judges nothing by these pins");
    const word = cause.code === "daemon-untrusted" ? "refused" : "fault";
    const remedy = "systemctl --user restart tofu.service, or end that tofud and start it again";
    return { found: { check: "daemon", class: word, sentence: cause.message, remedy }, answers: false };
  }
  const other = status?.daemon?.version;
  if (other === undefined || other === version)
    return { found: { check: "daemon", class: "ok", sentence: `tofud answers, version ${version}` }, answers: true };
  const sentence = `tofud is of version ${printable(other)}, this is ${version}`;
  return {
    found: { check: "daemon", class: "decide", sentence, remedy: "systemctl --user restart tofu.service" },
    answers: true,
  };
}

/** Whoever has the store open reads all of it; a store that can't be opened is what a doctor is for. */
async function checkStore(places: DoctorPlaces, daemonAnswers: boolean, tell: Tell): Promise<number> {
  const { store, storeGiven, socket, configFile, policyFile, env } = places;
  try {
    if (daemonAnswers && socket !== undefined) {
      const named = storeGiven ? store : undefined;
      const question = { socketPath: socket, store: named, tell, connectTimeoutMs: PATIENCE_MS };
      const exit = await askDaemon({ ...question, request: { do: "check-store" } });
      if (exit !== undefined) return exit;
    }
    const embedded = await openEmbedded({ store, storeGiven, configFile, policyFile, at: undefined, env });
    try {
      return await embedded.ask({ do: "check-store" }, tell);
    } finally {
      await embedded.close();
    }
  } catch (cause) {
    if (!(cause instanceof TofuError || cause instanceof UsageError)) throw cause;
    const code = cause instanceof TofuError ? cause.code : "config";
    tell(line({ check: "journal", class: classOf(code), sentence: cause.message, remedy: remedyOf(cause) }));
    return 0;
  }
}

function classOf(code: string): "refused" | "fault" {
  return code === "store-damaged" || code === "store-rolled-back" || code === "store-foreign" ? "refused" : "fault";
}
