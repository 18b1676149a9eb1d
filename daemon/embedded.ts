import { actorOfProcess } from "./actor.ts";
import { exportFromGpg } from "./certificates/gpg-keyring.ts";
import { type Config, layer } from "./config/config.ts";
import { loadConfig, loadPolicy, SYSTEM_CONFIG } from "./config/load.ts";
import { policyFor } from "./config/policy-for.ts";
import { type UnixMs, unixMs } from "./core/time.ts";
import { TofuError, UsageError } from "./core/tofu-error.ts";
import { type LevelJournal, openLevelJournal } from "./journal/level-journal.ts";
import type { Ask } from "./protocol/ask.ts";
import { resolvePaths } from "./protocol/paths.ts";
import type { Request } from "./protocol/request.ts";
import { createTofu } from "./tofu.ts";
import type { TofuWorld } from "./usecases/world.ts";

/** A command waits this long for another one, or for a daemon that is just stopping, to let go of the store. */
const LOCK_WAIT_MS = 5000;

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
 * Opens the store for one command, where no daemon answers.
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
  const journal = await openLevelJournal({
    folder: store,
    replay: at !== undefined,
    lockWaitMs: LOCK_WAIT_MS,
    now: clock,
  });
  const tofu = createTofu(embeddedWorld({ options, config, journal, now: at === undefined ? clock : () => at }));
  const ask: Ask = async (request, tell) => {
    if (journal.replay && at === undefined && isRecording(request)) {
      throw new TofuError("replay-mismatch", `${store} was begun with --at; say --at again to record in it`);
    }
    return await tofu(request, tell);
  };
  return { ask, close: () => journal.close() };
}

interface Parts {
  readonly options: EmbeddedOptions;
  readonly config: Config;
  readonly journal: LevelJournal;
  readonly now: () => UnixMs;
}

function embeddedWorld({ options, config, journal, now }: Parts): TofuWorld {
  const { store, storeGiven, policyFile } = options;
  return {
    journal,
    replay: journal.replay,
    policy: (name) => policyFor(config, name),
    loadPolicyFile: async (path) => {
      const merged = layer(config, await loadPolicy(path));
      return (name) => policyFor(merged, name);
    },
    now,
    actor: actorOfProcess(),
    store,
    daemon: undefined,
    unusual: [
      ...(storeGiven ? [`store ${store}`] : []),
      ...(policyFile === undefined ? [] : [`policy ${policyFile}`]),
      ...journal.findings,
    ],
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
      return !request.dryRun;
    case "trust":
    case "distrust":
    case "require":
    case "forget":
    case "key-import":
    case "watch":
      return true;
    case "why":
    case "list":
    case "log":
    case "key-show":
    case "status":
    case "names":
      return false;
  }
}
