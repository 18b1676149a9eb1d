/** What an entry says besides its event: outside text is escaped where the entry is written. */
export type Facts = { readonly [name: string]: string | number | boolean | readonly string[] | undefined };

/** The daemon's log. `event` is a constant of this program, never outside text. */
export interface ServerLog {
  readonly debug: (event: string, facts?: Facts) => void;
  readonly info: (event: string, facts?: Facts) => void;
  readonly warn: (event: string, facts?: Facts) => void;
  readonly error: (event: string, facts?: Facts) => void;
}

/** @returns an error as facts: its name, code, message and stack, with those of its cause. */
export function factsOfError(error: unknown): Facts {
  if (!(error instanceof Error)) return { error: String(error) };
  const code = (error as NodeJS.ErrnoException).code;
  const cause = error.cause === undefined ? undefined : String(error.cause);
  const stack = (error.stack ?? "").split("\n").slice(1);
  return { error: error.name, code, message: error.message, cause, stack };
}
