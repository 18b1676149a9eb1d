import { lstat } from "node:fs/promises";
import { resolve } from "node:path";
import { actorOfProcess } from "./actor.ts";
import { exportFromGpg } from "./certificates/gpg-keyring.ts";
import { type Config, layer } from "./config/config.ts";
import { loadConfig, loadPolicy, SYSTEM_CONFIG } from "./config/load.ts";
import { outsidePlaces } from "./config/outside-places.ts";
import { policyFor } from "./config/policy-for.ts";
import { escapeText } from "./core/printable.ts";
import { type UnixMs, unixMs } from "./core/time.ts";
import { TofuError, UsageError } from "./core/tofu-error.ts";
import { HashWorkers } from "./evidence/hash-workers.ts";
import { readSmallFile } from "./evidence/small-file.ts";
import type { Journal } from "./journal/journal.ts";
import { type LevelJournal, openLevelJournal } from "./journal/level-journal.ts";
import { isNodeError } from "./journal/store-folder.ts";
import { openLayers, SYSTEM_LAYER } from "./layer/layer-source.ts";
import { LazyJournal } from "./lazy-journal.ts";
import { readLoopback } from "./network/loopback.ts";
import { openNetwork } from "./network/network.ts";
import type { Ask } from "./protocol/ask.ts";
import { resolvePaths } from "./protocol/paths.ts";
import type { Request } from "./protocol/request.ts";
import { createTofu } from "./tofu.ts";
import type { TofuWorld } from "./usecases/world.ts";

/** A command waits this long for another one, or for a daemon that is just stopping, to let go of the store. */
const LOCK_WAIT_MS = 5000;
/** Of a file: from here on a second digest in a thread of its own is worth that thread's start. */
const THREADS_FROM_BYTES: number = 32 << 20;

export interface EmbeddedOptions {
  readonly store: string;
  /** The store was named by hand. */
  readonly storeGiven: boolean;
  /** Named by hand; `undefined`: the default place, where there may be none. */
  readonly configFile: string | undefined;
  readonly policyFile: string | undefined;
  /** Judge and record as of this moment. */
  readonly at: UnixMs | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Opens the store for one command, where no daemon answers. Where there is no store yet, one is begun only when there is
 * something to record: looking, or a file that can't be read, leaves nothing behind.
 *
 * @throws TofuError where the store can't be opened, and for `--at` outside a replay store.
 */
export async function openEmbedded(
  options: EmbeddedOptions,
): Promise<{ readonly ask: Ask; readonly close: () => Promise<void> }> {
  const { store, storeGiven, at } = options;
  if (at !== undefined && !storeGiven)
    throw new UsageError("--at needs a --store of its own, so that no live history can be backdated");
  const config = await readConfig(options);
  const clock = (): UnixMs => unixMs(Date.now());
  const open = (): Promise<LevelJournal> =>
    openLevelJournal({ folder: store, replay: at !== undefined, lockWaitMs: LOCK_WAIT_MS, now: clock });
  const source = (await isBegun(store)) ? opened(await open()) : lazy(open, options);
  const hashers = new HashWorkers({ maxWorkers: 2, fromBytes: THREADS_FROM_BYTES, isWarm: false });
  const now = at === undefined ? clock : (): UnixMs => at;
  const tofu = createTofu(embeddedWorld({ options, config, source, hashers, now }));
  const ask: Ask = async (request, tell) => {
    if (isRecording(request)) refuseReplay(source, options);
    return await tofu(request, tell);
  };
  const close = async (): Promise<void> => {
    await Promise.all([source.journal.close(), hashers.close()]);
  };
  return { ask, close };
}

/** The journal, and what it says of its store. */
interface Source {
  readonly journal: Journal;
  readonly replay: boolean;
  readonly findings: readonly string[];
  readonly copyTo: TofuWorld["copyTo"];
}

function opened(journal: LevelJournal): Source {
  return {
    journal,
    copyTo: (target) => journal.copyTo(target),
    replay: journal.replay,
    get findings() {
      return journal.findings;
    },
  };
}

function lazy(open: () => Promise<LevelJournal>, options: EmbeddedOptions): Source {
  const journal = new LazyJournal(async () => {
    const begun = await open();
    try {
      // Somebody else may have begun the store since, as a replay.
      refuseReplay(begun, options);
    } catch (cause) {
      await begun.close();
      throw cause;
    }
    return begun;
  });
  return {
    journal,
    copyTo: async (target) => {
      if (journal.opened !== undefined) return journal.opened.copyTo(target);
      throw new UsageError(`there is no store at ${escapeText(options.store)} to copy`);
    },
    replay: options.at !== undefined,
    get findings() {
      return journal.opened?.findings ?? [];
    },
  };
}

/** An anchor without its store is a store that was lost: that is said on opening it, not passed over in silence. */
async function isBegun(store: string): Promise<boolean> {
  for (const path of [store, `${resolve(store)}.anchor`]) {
    try {
      await lstat(path);
      return true;
    } catch (cause) {
      // Anything else is the store's own to tell.
      if (!isNodeError(cause, "ENOENT")) return true;
    }
  }
  return false;
}

function refuseReplay({ replay }: { readonly replay: boolean }, { store, at }: EmbeddedOptions): void {
  if (!replay || at !== undefined) return;
  throw new TofuError("replay-mismatch", `${escapeText(store)} was begun with --at; say --at again to record in it`);
}

interface Parts {
  readonly options: EmbeddedOptions;
  readonly config: Config;
  readonly source: Source;
  readonly hashers: HashWorkers;
  readonly now: () => UnixMs;
}

function embeddedWorld({ options, config, source, hashers, now }: Parts): TofuWorld {
  const { store, storeGiven, policyFile, env } = options;
  const places = outsidePlaces(config.outside, env);
  const loopback = readLoopback(env["TOFU_LOOPBACK"]);
  return {
    journal: source.journal,
    layers: openLayers(SYSTEM_LAYER, () => config.seeds.minSerial),
    hashers,
    // Nobody else waits for this process.
    readSmall: async (path, followLinks) => readSmallFile(path, followLinks),
    get findings() {
      return source.findings;
    },
    copyTo: (target) => source.copyTo(target),
    replay: source.replay,
    policy: (name) => policyFor(config, name),
    seeds: () => config.seeds,
    loadPolicyFile: async (path) => {
      const merged = layer(config, await loadPolicy(path));
      return (name) => policyFor(merged, name);
    },
    now,
    actor: actorOfProcess(),
    store,
    daemon: undefined,
    get unusual() {
      return [
        ...(storeGiven ? [`store ${store}`] : []),
        ...(policyFile === undefined ? [] : [`policy ${policyFile}`]),
        ...(loopback === undefined ? [] : [loopback.unusual]),
        ...source.findings,
      ];
    },
    outside: () => places,
    network: openNetwork(loopback),
    keyring: (gnupgHome, key) => exportFromGpg({ gnupgHome, key }),
  };
}

/** @returns the settings of a command without a daemon. */
export async function readConfig({
  configFile,
  policyFile,
  env,
}: Pick<EmbeddedOptions, "configFile" | "policyFile" | "env">): Promise<Config> {
  const paths = resolvePaths(env, {}, "/");
  const user = configFile ?? (paths.ok ? paths.value.config : SYSTEM_CONFIG);
  const config = await loadConfig({ system: SYSTEM_CONFIG, user, named: configFile !== undefined });
  return policyFile === undefined ? config : layer(config, await loadPolicy(policyFile));
}

function isRecording(request: Request): boolean {
  switch (request.do) {
    case "verify":
    case "import":
      return !request.dryRun;
    case "trust":
    case "distrust":
    case "require":
    case "forget":
    case "key-import":
    case "resolve":
    case "watch":
      return true;
    case "handover":
      return request.action === "apply" || request.action === "fetch";
    case "why":
    case "list":
    case "log":
    case "key-show":
    case "status":
    case "names":
    case "audit":
    case "handover-make":
    case "handover-request":
    case "check-store":
    case "journal-copy":
    case "diff":
    case "export":
      return false;
  }
}
