import { availableParallelism } from "node:os";
import { actorOfProcess } from "./actor.ts";
import { exportFromGpg } from "./certificates/gpg-keyring.ts";
import { type Config, layer } from "./config/config.ts";
import { loadConfig, loadPolicy, SYSTEM_CONFIG } from "./config/load.ts";
import { outsidePlaces } from "./config/outside-places.ts";
import { policyFor } from "./config/policy-for.ts";
import { printablePath } from "./core/printable.ts";
import { formatTime, type UnixMs } from "./core/time.ts";
import { TofuError, UsageError } from "./core/tofu-error.ts";
import type { DaemonOptions } from "./daemon-options.ts";
import type { ReadSmall } from "./evidence/artifact-file.ts";
import { HashWorkers } from "./evidence/hash-workers.ts";
import { SmallReader } from "./evidence/small-reader.ts";
import { type LevelJournal, openLevelJournal } from "./journal/level-journal.ts";
import { type LayerSource, openLayers, SYSTEM_LAYER } from "./layer/layer-source.ts";
import { type LiveParts, openLiveParts } from "./live-parts.ts";
import { readLoopback } from "./network/loopback.ts";
import { openNetwork } from "./network/network.ts";
import { formatPathProblem, type Paths, resolvePaths } from "./protocol/paths.ts";
import { factsOfError, type ServerLog } from "./server/log.ts";
import { serve } from "./server/serve.ts";
import { assertNobodyListens, findPlace } from "./server/socket-place.ts";
import { keepHeapSmall } from "./small-heap.ts";
import { createTofu } from "./tofu.ts";
import type { DaemonFacts, TofuWorld } from "./usecases/world.ts";

/** A command holds the store for a moment; a daemon that gave up at once would be kept down by a busy one. */
const LOCK_WAIT_MS = 30_000;
/** Threads that hash large files at once: one a core, but no more than a disk can feed. */
const MAX_HASH_WORKERS = 4;

/** What a daemon needs of the process it runs in. */
export interface DaemonProcess {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly pid: number;
  readonly uid: number;
  readonly version: string;
  readonly now: () => UnixMs;
  readonly log: ServerLog;
}

export interface RunningDaemon {
  /** Where it listens, and on which store: one line. */
  readonly sentence: string;
  /** Reads the configuration again; a wrong one is logged and the old one stays. */
  readonly reload: () => Promise<void>;
  /** Lets running requests finish, then closes the journal. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts everything, in an order in which a second daemon notices the first before it waits for the store.
 *
 * @throws TofuError `daemon-running` where one listens already; UsageError for wrong options or configuration.
 */
export async function runDaemon(options: DaemonOptions, around: DaemonProcess): Promise<RunningDaemon> {
  const { env, log, now, pid, uid } = around;
  const paths = findPaths(options, around);
  const place = findPlace(env, pid, paths.socket);
  if (place.kind === "path") await assertNobodyListens(paths.socket, uid);
  let config = await readConfig(options, paths);
  const journal = await openLive(paths.store, now);
  const maxWorkers = Math.min(availableParallelism(), MAX_HASH_WORKERS);
  const hashers = new HashWorkers({ maxWorkers, onStart: keepHeapSmall });
  const reader = new SmallReader({ onStart: keepHeapSmall });
  try {
    const facts = { pid, since: formatTime(now()), version: around.version, socket: paths.socket };
    const live = await openLiveParts({ env, log, now, pid, uid, journal, store: paths.store, config: () => config });
    const readers = { hashers, readSmall: reader.read };
    const world = daemonWorld({ options, paths, journal, live, env, now, facts, ...readers, config: () => config });
    const tofu = createTofu(world);
    const server = await serve({ ask: tofu, store: paths.store, log }, place, { uid });
    for (const finding of journal.findings) log.warn("store", { finding });
    await lookAtPins(world.layers, log);
    await live.watch(tofu);
    const at = (path: string): string => printablePath(path, 120);
    return {
      sentence: `tofud listens at ${at(paths.socket)}, keeps its store in ${at(paths.store)} and watches ${live.watched()}`,
      reload: async () => {
        try {
          config = await readConfig(options, paths);
          await live.reload();
          log.info("config-reloaded", { file: paths.config });
        } catch (error) {
          log.error("config-not-reloaded", factsOfError(error));
        }
        await lookAtPins(world.layers, log);
      },
      stop: async () => {
        await Promise.all([server.close(), live.stop()]);
        await Promise.all([hashers.close(), reader.close()]);
        await journal.close();
      },
    };
  } catch (error) {
    await Promise.all([hashers.close(), reader.close()]);
    await journal.close();
    throw error;
  }
}

/** Each question looks at the machine's pin files itself; this is for the log of whoever started or reloaded. */
async function lookAtPins(layers: LayerSource, log: ServerLog): Promise<void> {
  try {
    await layers.refresh();
    const { files, packages } = layers.layer;
    if (files.length > 0) log.info("machine-pins", { files: files.length, packages: packages.length });
  } catch (error) {
    log.error("machine-pins-unusable", factsOfError(error));
  }
}

type DaemonPaths = Paths & { readonly socket: string };

function findPaths({ store, config }: DaemonOptions, { env, cwd }: DaemonProcess): DaemonPaths {
  const paths = resolvePaths(env, { store, config }, cwd);
  if (!paths.ok) throw new UsageError(formatPathProblem(paths.error));
  const { socket } = paths.value;
  if (socket !== undefined) return { ...paths.value, socket };
  throw new UsageError(
    "XDG_RUNTIME_DIR is not set, so there is no private place for the socket; name one with TOFU_SOCKET",
  );
}

async function readConfig({ policy }: DaemonOptions, { config, named }: Paths): Promise<Config> {
  const found = await loadConfig({ system: SYSTEM_CONFIG, user: config, named: named.config });
  return policy === undefined ? found : layer(found, await loadPolicy(policy));
}

async function openLive(folder: string, now: () => UnixMs): Promise<LevelJournal> {
  const journal = await openLevelJournal({ folder, replay: false, lockWaitMs: LOCK_WAIT_MS, now });
  if (!journal.replay) return journal;
  await journal.close();
  const sentence = `the store ${printablePath(folder, 120)} was begun with --at; a daemon keeps a live one`;
  throw new TofuError("replay-mismatch", sentence);
}

interface Parts {
  readonly options: DaemonOptions;
  readonly paths: DaemonPaths;
  readonly journal: LevelJournal;
  readonly live: LiveParts;
  readonly env: NodeJS.ProcessEnv;
  readonly now: () => UnixMs;
  readonly facts: DaemonFacts;
  readonly hashers: HashWorkers;
  readonly readSmall: ReadSmall;
  /** As it is now: it may be read again. */
  readonly config: () => Config;
}

function daemonWorld(parts: Parts): TofuWorld {
  const { options, paths, journal, live, env, now, facts, hashers, readSmall, config } = parts;
  const loopback = readLoopback(env["TOFU_LOOPBACK"]);
  const named = [
    ...(paths.named.store ? [`store ${paths.store}`] : []),
    ...(options.policy === undefined ? [] : [`policy ${options.policy}`]),
    ...(paths.named.socket ? [`socket ${paths.socket}`] : []),
    ...(loopback === undefined ? [] : [loopback.unusual]),
  ];
  return {
    journal: live.journal,
    layers: openLayers(SYSTEM_LAYER, () => config().seeds.minSerial),
    get findings() {
      return journal.findings;
    },
    copyTo: (target) => journal.copyTo(target),
    replay: false,
    policy: (name) => policyFor(config(), name),
    seeds: () => config().seeds,
    loadPolicyFile: async (path) => {
      const both = layer(config(), await loadPolicy(path));
      return (name) => policyFor(both, name);
    },
    now,
    // Only the user can speak to the socket, so what is recorded is the user's word.
    actor: actorOfProcess(),
    store: paths.store,
    daemon: facts,
    live: live.world,
    hashers,
    readSmall,
    get unusual() {
      return [...named, ...journal.findings];
    },
    outside: () => outsidePlaces(config().outside, env),
    network: openNetwork(loopback),
    keyring: (gnupgHome, key) => exportFromGpg({ gnupgHome, key }),
  };
}
