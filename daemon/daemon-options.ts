import yargs from "yargs";
import { UsageError } from "./core/tofu-error.ts";

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;

/** What `tofud` was started with. Paths are as typed. */
export interface DaemonOptions {
  readonly store: string | undefined;
  readonly config: string | undefined;
  readonly policy: string | undefined;
  readonly logLevel: (typeof LOG_LEVELS)[number];
}

/** A run, or a text to show instead of one. */
export type DaemonCommand =
  | { readonly kind: "run"; readonly options: DaemonOptions }
  | { readonly kind: "show"; readonly text: string };

const EPILOGUE = [
  "The socket is TOFU_SOCKET, else $XDG_RUNTIME_DIR/tofu/socket. TOFU_STORE and TOFU_CONFIG stand for the options;",
  "options win. SIGHUP reads the configuration again. tofud runs in the foreground.\n\n",
  "Exit codes: 0 stopped by SIGTERM or SIGINT, 1 fault, 2 wrong use or configuration, 75 a tofud runs already.",
].join(" ");

/**
 * Reads the command line of `tofud`.
 *
 * @param words - without the program's name.
 * @throws UsageError for words that it does not know.
 */
export async function parseDaemonCommand(words: readonly string[], version: string): Promise<DaemonCommand> {
  const parser = yargs([...words])
    .scriptName("tofud")
    .locale("en")
    .help(false)
    .version(false)
    .usage("$0 [options]\n\nKeeps the journal and answers tofu on a Unix socket.")
    .parserConfiguration({ "duplicate-arguments-array": false, "dot-notation": false, "camel-case-expansion": false })
    .option("store", { type: "string", requiresArg: true, describe: "the store's folder" })
    .option("config", { type: "string", requiresArg: true, describe: "the configuration file" })
    .option("policy", { type: "string", requiresArg: true, describe: "a file with a [policy] table, which adds to it" })
    .option("log-level", { choices: LOG_LEVELS, default: "info" as const, describe: "how much goes to stderr" })
    .option("help", { type: "boolean", describe: "show this" })
    .option("version", { type: "boolean", describe: "show the version" })
    .option("at", { type: "string", hidden: true })
    .epilogue(EPILOGUE)
    .strict()
    .demandCommand(0, 0, "", "tofud takes options only")
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new UsageError(message.trim().replace(/\s+/g, " "), "tofud --help");
    });
  const found = await parser.parseAsync();
  if (found.help === true) return { kind: "show", text: await parser.getHelp() };
  if (found.version === true) return { kind: "show", text: version };
  // A live history can't be backdated (cli.md, commands): a daemon's clock is the machine's.
  if (found.at !== undefined) throw new UsageError("tofud takes no --at: a daemon judges as of now", "tofu --at");
  const { store, config, policy } = found;
  return { kind: "run", options: { store, config, policy, logLevel: found["log-level"] } };
}
