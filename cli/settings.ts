import { parseTime, type UnixMs } from "../daemon/core/time.ts";
import { UsageError } from "../daemon/core/tofu-error.ts";
import { formatPathProblem, resolvePaths } from "../daemon/protocol/paths.ts";
import type { Arguments, OptionSpecs } from "./commands/command.ts";
import { absolute } from "./commands/paths.ts";
import type { Settings } from "./world.ts";

/** Options that every command takes, before or after its name. */
export const GLOBAL_OPTIONS: OptionSpecs = {
  json: { kind: "flag", summary: "one JSON object per line" },
  quiet: { kind: "flag", alias: "q", summary: "no lines that say ok" },
  verbose: { kind: "flag", alias: "v", summary: "notices, whole fingerprints and digests" },
  color: { kind: "flag", summary: "colour, whatever the output is" },
  "no-color": { kind: "flag", summary: "no colour" },
  store: { kind: "text", value: "DIR", summary: "the store to use (TOFU_STORE)" },
  config: { kind: "text", value: "FILE", summary: "the settings, without the daemon (TOFU_CONFIG)" },
  policy: { kind: "text", value: "FILE", summary: "a file with a [policy] table, for this command" },
  "no-daemon": { kind: "flag", summary: "open the store here, ask no daemon" },
  at: { kind: "text", value: "TIME", summary: "judge and record as of then; needs its own --store" },
  help: { kind: "flag", alias: "h", summary: "this help" },
  version: { kind: "flag", summary: "the version of tofu" },
};

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Reads the global options over the environment's variables; the options win (cli.md, commands).
 *
 * @throws UsageError for a time or a path that is none, or for options that exclude each other.
 */
export function readSettings(args: Arguments, { env, cwd }: { readonly env: Env; readonly cwd: string }): Settings {
  if (args.flag("color") && args.flag("no-color")) throw new UsageError("--color and --no-color exclude each other");
  const paths = resolvePaths(env, { store: args.text("store"), config: args.text("config") }, cwd);
  if (!paths.ok) throw new UsageError(formatPathProblem(paths.error));
  const { store, config, socket, named } = paths.value;
  const at = readTime(args.text("at"));
  if (at !== undefined && !named.store)
    throw new UsageError("--at needs a store given by hand", "--store DIR, a store that was begun with --at");
  return {
    json: args.flag("json"),
    quiet: args.flag("quiet"),
    verbose: args.flag("verbose"),
    color: args.flag("color") ? true : args.flag("no-color") ? false : undefined,
    store,
    storeGiven: named.store,
    socket,
    configFile: named.config ? config : undefined,
    policyFile: readPolicyFile(args, cwd),
    // A daemon has settings and a clock of its own, so naming others means doing without it.
    daemon: !args.flag("no-daemon") && at === undefined && args.text("config") === undefined,
    at,
  };
}

/** @returns the absolute path behind `--policy`. */
export function readPolicyFile(args: Arguments, cwd: string): string | undefined {
  const path = args.text("policy");
  return path === undefined ? undefined : absolute(path, { cwd });
}

function readTime(text: string | undefined): UnixMs | undefined {
  if (text === undefined) return undefined;
  const time = parseTime(text);
  if (!time.ok) throw new UsageError("--at takes a UTC time", "2026-09-14 or 2026-09-14T06:00:00Z");
  return time.value;
}
