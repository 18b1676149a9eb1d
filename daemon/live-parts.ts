import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Appends, announcing } from "./appends.ts";
import type { Config } from "./config/config.ts";
import { watchPlaces } from "./config/watch-places.ts";
import { printablePath } from "./core/printable.ts";
import type { UnixMs } from "./core/time.ts";
import { TofuError } from "./core/tofu-error.ts";
import type { Journal } from "./journal/journal.ts";
import type { Ask } from "./protocol/ask.ts";
import type { JudgementLine } from "./protocol/judgement-line.ts";
import type { ServerLog } from "./server/log.ts";
import type { LiveWorld } from "./usecases/world.ts";
import { NOTIFY_BOUNDS, Notifier } from "./watch/notify.ts";
import { Watching, type WatchWish } from "./watching.ts";

/** Requests that go on until the client leaves: they hold a connection each, and must leave most for the others. */
const MAX_SEATS = 16;
const MAX_FOLDERS_NAMED = 4;
const DRAIN_MS = 10_000;

/** What a daemon does between requests: it watches, tells, and lets others follow. */
export interface LiveParts {
  /** Announces its appends to those who follow. */
  readonly journal: Journal;
  readonly world: LiveWorld;
  /** Begins to watch what the configuration says. */
  readonly watch: (ask: Ask) => Promise<void>;
  readonly reload: () => Promise<void>;
  /** What is watched, as the end of a sentence. */
  readonly watched: () => string;
  readonly stop: () => Promise<void>;
}

export interface LiveOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly log: ServerLog;
  readonly now: () => UnixMs;
  readonly pid: number;
  readonly uid: number;
  readonly journal: Journal;
  /** The store's folder; what was judged in watched folders is kept in a file beside it. */
  readonly store: string;
  /** As it is now: it may be read again. */
  readonly config: () => Config;
}

/** Prepares it all; nothing is watched yet. */
export async function openLiveParts(options: LiveOptions): Promise<LiveParts> {
  const { env, log, now, pid, uid, journal, store, config } = options;
  const appends = new Appends();
  const notifier = new Notifier({
    ...NOTIFY_BOUNDS,
    env,
    onFailure: (code) => log.debug("not-notified", { code }),
  });
  const onRefused = (line: JudgementLine): void => {
    // A refusal of an earlier day was told then; the same event alarms once (cli.md, rule 8).
    if (config().watch.desktop === false || line.firstRefusedAt !== undefined) return;
    notifier.refused({ key: `${line.package} ${line.artifact.sha256} ${line.verdict}`, sentence: line.sentence });
  };
  let asked: Ask | undefined;
  const ask: Ask = (request, tell) => {
    if (asked === undefined) throw new TofuError("internal", "watching began before there was anybody to ask");
    return asked(request, tell);
  };
  const watching = await Watching.open({
    ask,
    nowMs: now,
    uid,
    claimed: { pid, parent: "tofud" },
    log,
    markFile: markFileOf(store),
    isFresh: (await journal.count()) === 0,
    onRefused,
  });
  const reload = async (): Promise<void> => watching.set(await wishOf(config(), env));
  return {
    journal: announcing(journal, appends),
    world: liveWorld(watching, appends),
    watch: async (tofu) => {
      asked = tofu;
      await reload();
    },
    reload,
    watched: () => listed(watching.state().folders),
    stop: async () => {
      // A large file that is being read is given up: nothing of it was recorded, and the next start judges it.
      await Promise.race([watching.stop(), sleep(DRAIN_MS, undefined, { ref: false })]);
      await notifier.close();
    },
  };
}

/** @returns the file with what was judged: beside the store, so that it goes where the store goes. */
export function markFileOf(store: string): string {
  return `${store}.watched`;
}

/** @returns what the configuration wants watched, for the user of this environment. */
export async function wishOf({ watch }: Config, env: NodeJS.ProcessEnv): Promise<WatchWish> {
  const configHome = env["XDG_CONFIG_HOME"] || join(env["HOME"] ?? "/", ".config");
  // Most servers have no such file, and one that can't be read says no more than that.
  const userDirs = await readFile(join(configHome, "user-dirs.dirs"), "utf8").catch(() => undefined);
  return { folders: watchPlaces(watch, env, userDirs), signatureWaitMs: watch.signatureWaitMs };
}

function liveWorld(watching: Watching, appends: Appends): LiveWorld {
  let taken = 0;
  return {
    watchState: () => watching.state(),
    follow: (folders, tell, listener) => watching.follow(folders, tell, listener),
    nextAppend: (signal) => appends.next(signal),
    takeSeat: () => {
      if (taken >= MAX_SEATS)
        throw new TofuError("busy", `${MAX_SEATS} others follow already; end one of those commands`);
      taken += 1;
      return () => {
        taken -= 1;
      };
    },
  };
}

function listed(folders: readonly string[]): string {
  if (folders.length === 0) return "no folders";
  const named = folders.slice(0, MAX_FOLDERS_NAMED).map((folder) => printablePath(folder, 120));
  const more = folders.length - named.length;
  return more > 0 ? `${named.join(", ")} and ${more} more` : named.join(", ");
}
