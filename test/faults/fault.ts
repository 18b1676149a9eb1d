import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What one fault came to: the figure that is printed, and whether it is the one that was promised. */
export type Outcome =
  | { readonly kind: "ran"; readonly figure: string; readonly passed: boolean }
  /** It can't be provoked on this machine. */
  | { readonly kind: "skipped"; readonly why: string };

/** What a fault is provoked with. */
export interface Trial {
  /** From 0 below 1, the same for the same seed. */
  readonly random: () => number;
  /** @returns how often to do what is done `full` times in a whole run. */
  readonly times: (full: number) => number;
  /** A new folder of its own, 0700, removed at the end. */
  readonly folder: () => string;
}

export interface Fault {
  readonly name: string;
  readonly run: (trial: Trial) => Promise<Outcome>;
}

/** @returns a maker of folders and what removes them all. */
export function scratch(): { readonly folder: () => string; readonly remove: () => void } {
  const root = mkdtempSync(join(tmpdir(), "tofu-faults-"));
  return {
    folder: () => mkdtempSync(join(root, "f-")),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
