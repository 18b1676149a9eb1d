import { columnsOf, printablePath } from "../daemon/core/printable.ts";
import type { ProgressLine } from "../daemon/protocol/answer.ts";
import type { Output } from "./world.ts";

const FIRST_AFTER_MS = 300;
const AGAIN_AFTER_MS = 100;
const NAME_COLUMNS = 40;

type Env = Readonly<Record<string, string | undefined>>;

/** One line on a terminal's stderr that says how far a long hash is, and leaves nothing behind. */
export class Progress {
  readonly #output: Output;
  readonly #nowMs: () => number;
  readonly #enabled: boolean;
  #nextMs: number;
  #columns = 0;

  /** Off where nobody looks (no terminal, `CI` set) or where it disturbs (`TOFU_PROGRESS=off`, for screen readers). */
  constructor(output: Output, env: Env, nowMs: () => number) {
    this.#output = output;
    this.#nowMs = nowMs;
    this.#enabled = output.isTerminal && env["TOFU_PROGRESS"] !== "off" && (env["CI"] ?? "") === "";
    this.#nextMs = nowMs() + FIRST_AFTER_MS;
  }

  /** Shows the figure, if 300 ms have passed since the beginning and 100 ms since the last one. */
  show({ file, done, total }: ProgressLine): void {
    const now = this.#nowMs();
    if (!this.#enabled || now < this.#nextMs) return;
    this.#nextMs = now + AGAIN_AFTER_MS;
    const percent = total > 0 ? Math.min(100, Math.floor((done / total) * 100)) : 100;
    const line = `reading ${printablePath(file, NAME_COLUMNS)}, ${percent} %`;
    this.erase();
    this.#output.write(line);
    this.#columns = columnsOf(line);
  }

  /** Clears the line, before anything else is written and at the end. */
  erase(): void {
    if (this.#columns === 0) return;
    this.#output.write(`\r${" ".repeat(this.#columns)}\r`);
    this.#columns = 0;
  }
}
