import type { Answer } from "../daemon/protocol/answer.ts";
import type { Ask } from "../daemon/protocol/ask.ts";
import { ownVersion } from "../daemon/protocol/own-version.ts";
import type { Request, WatchRequest } from "../daemon/protocol/request.ts";
import { askHere } from "./ask-here.ts";
import { askRunning } from "./ask-running.ts";
import type { Errand } from "./errand.ts";
import type { Settings } from "./world.ts";

/**
 * Asks the daemon where one runs; else opens the store for this one question. Both give the same answers.
 *
 * @returns the exit code.
 * @throws TofuError and UsageError as the use cases do.
 */
export async function ask(
  request: Request,
  settings: Settings,
  env: Readonly<Record<string, string | undefined>>,
  tell: (answer: Answer) => void,
): Promise<number> {
  const answered = await askRunning(request, settings, tell);
  if (answered !== undefined) return answered;
  if (request.do === "watch" && request.folders.length > 0) return watchHere(request, settings, env, tell);
  return askHere(request, settings, env, tell);
}

/**
 * Watches without a daemon, until a signal ends the process. The store is opened for each file alone, so that other
 * commands get their turn, and a daemon that starts meanwhile is asked instead.
 */
async function watchHere(
  { folders }: WatchRequest,
  settings: Settings,
  env: Readonly<Record<string, string | undefined>>,
  tell: (answer: Answer) => void,
): Promise<number> {
  const { watchForeground } = await import("../daemon/watch-foreground.ts");
  const judge: Ask = (request, told) => ask(request, settings, env, told);
  return watchForeground({ folders, ask: judge, store: settings.store, configFile: settings.configFile, env, tell });
}

/**
 * Does what is about the machine and not about the journal, with or without a daemon.
 *
 * @returns the exit code.
 */
export async function run(
  errand: Errand,
  settings: Settings,
  env: Readonly<Record<string, string | undefined>>,
  tell: (answer: Answer) => void,
): Promise<number> {
  const { runDoctor, runService } = await import("../daemon/errands.ts");
  const { store, storeGiven, configFile, policyFile, socket, daemon } = settings;
  const places = { store, storeGiven, configFile, policyFile, socket, daemon, env, version: ownVersion() };
  switch (errand.do) {
    case "doctor":
      return runDoctor(places, { repair: errand.repair }, tell);
    case "service":
      return runService(places, errand.action, tell);
  }
}
