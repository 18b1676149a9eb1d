import type { FaultLine, UsageLine } from "../daemon/protocol/answer.ts";
import { ownVersion } from "../daemon/protocol/own-version.ts";
import { lineFor } from "./answer.ts";
import { main } from "./main.ts";
import { ask, run } from "./session.ts";
import type { Terminal } from "./world.ts";

/**
 * Runs any command line, with yargs to read it and, where no daemon answers, with the store opened here.
 *
 * @returns the exit code, as {@link main}.
 */
export function runWhole(argv: readonly string[], terminal: Terminal): Promise<number> {
  const { env, cwd, claimed, onSignal, stdout, stderr, now } = terminal;
  return main(argv, {
    ...{ env, cwd, claimed, onSignal, stdout, stderr, now },
    // Taken over with the others it would be opened, for commands too that read none of it.
    get stdin() {
      return terminal.stdin;
    },
    version: ownVersion(),
    ask: (request, settings, tell) => ask(request, settings, env, tell),
    run: (errand, settings, tell) => run(errand, settings, env, tell),
  });
}

/** @returns what is said of an error that {@link runWhole} did not see: only this copy of the program knows its class. */
export function lastLine(error: unknown): FaultLine | UsageLine {
  return lineFor(error);
}
