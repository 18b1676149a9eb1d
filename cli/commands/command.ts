import type { Request } from "../../daemon/protocol/request.ts";
import type { Errand } from "../errand.ts";
import type { PinFileTarget } from "../pin-file-output.ts";
import type { Surroundings } from "../world.ts";

/** One option as the help, the parser and the completion scripts see it. */
export interface OptionSpec {
  /** `flag` takes no value, `text` takes one and may be given once, `texts` takes one each time it is given. */
  readonly kind: "flag" | "text" | "texts";
  readonly summary: string;
  /** What stands for the value in the help, `FILE`. */
  readonly value?: string;
  readonly alias?: string;
  /** The only values there are. */
  readonly choices?: readonly string[];
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** What the user typed after the command, already split into words and options. */
export interface Arguments {
  readonly words: readonly string[];
  /** @returns whether the flag was given. */
  readonly flag: (name: string) => boolean;
  /** @returns the one value of an option, `undefined` where it was not given. */
  readonly text: (name: string) => string | undefined;
  /** @returns every value of an option that may be repeated. */
  readonly texts: (name: string) => readonly string[];
}

/** What a command comes to: a question for tofu, or a text that the command line knows by itself. */
export type Action =
  | {
      readonly kind: "ask";
      readonly request: Request;
      /** Write annotations for this continuous-integration service beside the text. */
      readonly annotate?: "github" | undefined;
      /** Write the text of the answer here instead of to standard output. */
      readonly output?: PinFileTarget | undefined;
      /** Removes what was made for this question alone; called however it ends. */
      readonly cleanup?: (() => void) | undefined;
    }
  | { readonly kind: "run"; readonly errand: Errand }
  | { readonly kind: "print"; readonly text: string };

export interface Command {
  /** The words that call it: `verify`, `key import`. */
  readonly name: string;
  /** What follows those words in the help. */
  readonly operands: string;
  readonly summary: string;
  /** Whole command lines, as they can be typed. */
  readonly examples: readonly [string, ...string[]];
  readonly options: OptionSpecs;
  /** What the shell offers for a word that is no option. */
  readonly completes: "files" | "packages" | "shells" | "commands" | "nothing";
  /** @throws UsageError where the words and options make no sense together. */
  readonly prepare: (args: Arguments, surroundings: Surroundings) => Action | Promise<Action>;
}
