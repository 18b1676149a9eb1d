import { type DestinationStream, pino } from "pino";
import { printable } from "./core/printable.ts";
import type { DaemonOptions } from "./daemon-options.ts";
import type { Facts, ServerLog } from "./server/log.ts";

/** Widest text in an entry. */
const MAX_COLUMNS = 400;

/** sd-daemon(3): what a service manager reads a line's priority from. */
const PRIORITY: Readonly<Record<string, string>> = { debug: "<7>", info: "<6>", warn: "<4>", error: "<3>" };
const LEVEL = /"level":"(\w+)"/;

/**
 * @param env - `JOURNAL_STREAM` names the journal's stream where stderr leads there (systemd.exec(5)).
 * @param stderr - device and inode of it.
 * @returns a destination that puts each line's priority before it, if the journal reads them; else the one given.
 */
export function withPriorities(
  destination: DestinationStream,
  env: Readonly<Record<string, string | undefined>>,
  stderr: { readonly dev: number; readonly ino: number },
): DestinationStream {
  if (env["JOURNAL_STREAM"] !== `${stderr.dev}:${stderr.ino}`) return destination;
  return {
    write: (line) => destination.write(`${PRIORITY[LEVEL.exec(line)?.[1] ?? "info"] ?? ""}${line}`),
  };
}

/**
 * A log of one JSON object a line: `time`, `level`, `msg` with the event, and facts. Every text among the facts is
 * escaped, since pino lets C1 controls and bidi characters through (security.md, section 5); `msg` holds no outside text.
 */
export function jsonLog(level: DaemonOptions["logLevel"], destination: DestinationStream): ServerLog {
  const log = pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  return {
    debug: (event, facts) => log.debug(escaped(facts), event),
    info: (event, facts) => log.info(escaped(facts), event),
    warn: (event, facts) => log.warn(escaped(facts), event),
    error: (event, facts) => log.error(escaped(facts), event),
  };
}

function escaped(facts: Facts = {}): Facts {
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, escapedFact(value)]));
}

function escapedFact(value: Facts[string]): Facts[string] {
  if (typeof value === "string") return printable(value, MAX_COLUMNS);
  return typeof value === "object" ? value.map((line) => printable(line, MAX_COLUMNS)) : value;
}
