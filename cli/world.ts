import type { Claimed } from "../daemon/core/event.ts";
import type { UnixMs } from "../daemon/core/time.ts";
import type { Answer } from "../daemon/protocol/answer.ts";
import type { Request } from "../daemon/protocol/request.ts";
import type { Errand } from "./errand.ts";

/** A stream that answers go to. */
export interface Output {
  readonly isTerminal: boolean;
  /** Columns of the terminal, `undefined` where there is none. */
  readonly columns: number | undefined;
  readonly write: (text: string) => void;
}

/** What a command may know of the process it runs in. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder that relative paths are taken from. */
  readonly cwd: string;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly claimed: () => Claimed;
  /** Keeps a function to call if a signal ends the process; the returned function forgets it again. */
  readonly onSignal: (cleanup: () => void) => () => void;
}

/** The process with its outputs and its clock: all that is needed where a daemon answers. `cli/tofu.ts` makes it. */
export interface Terminal extends Surroundings {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly now: () => UnixMs;
}

/** Everything the command line can do to the world; `cli/whole.ts` makes the real one, tests their own. */
export interface World extends Terminal {
  readonly version: string;
  readonly ask: (request: Request, settings: Settings, tell: (answer: Answer) => void) => Promise<number>;
  /** Does what only this process can do, in the name of this user. @returns the exit code. */
  readonly run: (errand: Errand, settings: Settings, tell: (answer: Answer) => void) => Promise<number>;
}

/** The global options, with the environment's variables where the options are silent. Paths are absolute. */
export interface Settings {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** What `--color` or `--no-color` said; `undefined` where neither was given. */
  readonly color: boolean | undefined;
  readonly store: string;
  /** The store was named by `--store` or `TOFU_STORE`; else it is the user's own. */
  readonly storeGiven: boolean;
  readonly socket: string | undefined;
  readonly configFile: string | undefined;
  readonly policyFile: string | undefined;
  /** Ask a daemon where one runs. */
  readonly daemon: boolean;
  readonly at: UnixMs | undefined;
}
