import { existsSync } from "node:fs";
import { readConfig } from "./embedded.ts";
import { markFileOf } from "./live-parts.ts";
import type { Answer } from "./protocol/answer.ts";
import type { Ask, Listener } from "./protocol/ask.ts";
import { Watching } from "./watching.ts";

export interface ForegroundOptions {
  /** Absolute. */
  readonly folders: readonly string[];
  /** Judges one file at a time. */
  readonly ask: Ask;
  readonly store: string;
  /** Named by hand; `undefined`: the default place, where there may be none. */
  readonly configFile: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly tell: (answer: Answer) => void;
}

/** A terminal shows what is told; it needs no log of the same. */
const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** Watches folders in this process, with the user's `signature-wait`. Resolves only if watching fails. */
export async function watchForeground(options: ForegroundOptions): Promise<number> {
  const { folders, ask, store, configFile, env, tell } = options;
  const config = await readConfig({ configFile, policyFile: undefined, env });
  const watching = await Watching.open({
    ask,
    nowMs: Date.now,
    uid: process.getuid?.() ?? -1,
    claimed: { pid: process.pid, parent: "tofu watch" },
    log: SILENT,
    markFile: markFileOf(store),
    isFresh: !existsSync(store),
    onRefused: () => undefined,
  });
  try {
    await watching.set({ folders: [], signatureWaitMs: config.watch.signatureWaitMs });
    // What is told here is on its way at once; the process ends by a signal.
    const listener: Listener = {
      untilGone: () => new AbortController().signal,
      gone: () => new AbortController().signal,
      drained: () => Promise.resolve(),
    };
    await watching.follow(folders, tell, listener);
    return 0;
  } finally {
    await watching.stop();
  }
}
