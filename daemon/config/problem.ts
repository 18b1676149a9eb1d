import { printable, printablePath } from "../core/printable.ts";

/** What is wrong in a configuration file, and where. */
export interface ConfigProblem {
  readonly code: "too-long" | "syntax" | "unknown-key" | "wrong-value";
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** The key as its parts, outermost first; empty where the whole file is meant. */
  readonly key: readonly string[];
  /** What belongs there, or what the reader of the file said. */
  readonly detail: string;
}

/** @returns one sentence for the user, naming file, line and key; outside text in it is escaped. */
export function formatConfigProblem({ code, file, line, key, detail }: ConfigProblem): string {
  const where = `${printablePath(file, 120)}, line ${line}`;
  const name = printable(key.join("."), 120);
  switch (code) {
    case "too-long":
      return `${printablePath(file, 120)} is longer than a configuration may be: ${detail}`;
    case "syntax":
      return `${where}: ${printable(detail, 200)}`;
    case "unknown-key":
      return `${where}: there is no setting ${name}${detail === "" ? "" : `; ${detail}`}`;
    case "wrong-value":
      return `${where}: ${name} must be ${detail}`;
  }
}
