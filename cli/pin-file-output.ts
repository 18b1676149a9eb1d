import { execFileSync } from "node:child_process";
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { printablePath } from "../daemon/core/printable.ts";
import { TofuError } from "../daemon/core/tofu-error.ts";
import { type Answer, SCHEMA_VERSION } from "../daemon/protocol/answer.ts";

/** Where an export goes, and who signs it. */
export interface PinFileTarget {
  readonly path: string;
  readonly signWith: { readonly kind: "openpgp" | "ssh"; readonly key: string } | undefined;
}

const NAMESPACE = "pins@tofu.invalid";

/**
 * Writes the text of an answer to a file, which is there whole, and signed if that was asked for, or not at all.
 *
 * @param ask - puts the question; other answers than text are told on.
 * @returns the exit code.
 * @throws TofuError where it can't be written or signed.
 */
export async function writeAnswer(
  target: PinFileTarget,
  ask: (tell: (answer: Answer) => void) => Promise<number>,
  tell: (answer: Answer) => void,
): Promise<number> {
  const output = new PinFileOutput(target);
  try {
    const exit = await ask((answer) => (answer.type === "text" ? output.write(answer.text) : tell(answer)));
    if (exit === 0)
      for (const path of output.finish()) tell({ schemaVersion: SCHEMA_VERSION, type: "text", path, text: "" });
    return exit;
  } finally {
    output.abandon();
  }
}

/**
 * A pin file in the making: it stands under its name only when it is whole, and with its signature beside it. Signing is
 * for this process, at the user's terminal: a daemon has neither the agent nor the passphrase.
 */
class PinFileOutput {
  readonly #target: PinFileTarget;
  readonly #part: string;
  #file: number | undefined;

  constructor(target: PinFileTarget) {
    this.#target = target;
    this.#part = `${target.path}.part`;
  }

  write(text: string): void {
    try {
      this.#file ??= openSync(this.#part, "w", 0o644);
      writeSync(this.#file, text);
    } catch (cause) {
      throw this.#fault("can't be written", cause);
    }
  }

  /** Puts the file in its place, signed. @returns what was written, for people. */
  finish(): readonly string[] {
    this.write("");
    const { path, signWith } = this.#target;
    try {
      if (this.#file !== undefined) {
        fsyncSync(this.#file);
        closeSync(this.#file);
      }
      const ending = signWith === undefined ? undefined : this.#sign(signWith);
      if (ending !== undefined) renameSync(`${this.#part}${ending}`, `${path}${ending}`);
      renameSync(this.#part, path);
      return ending === undefined ? [path] : [path, `${path}${ending}`];
    } catch (cause) {
      throw cause instanceof TofuError ? cause : this.#fault("can't be written", cause);
    }
  }

  /** Leaves nothing behind. */
  abandon(): void {
    for (const ending of ["", ".sig", ".asc"]) rmSync(`${this.#part}${ending}`, { force: true });
  }

  #sign({ kind, key }: NonNullable<PinFileTarget["signWith"]>): ".sig" | ".asc" {
    const [program, args, ending] =
      kind === "ssh"
        ? (["ssh-keygen", ["-q", "-Y", "sign", "-n", NAMESPACE, "-f", key, this.#part], ".sig"] as const)
        : ([
            "gpg",
            ["--armor", "--detach-sign", "--yes", "-u", `${key}!`, "-o", `${this.#part}.asc`, this.#part],
            ".asc",
          ] as const);
    rmSync(`${this.#part}${ending}`, { force: true });
    try {
      // The program may ask for a passphrase: it has the terminal, and what it says is seen.
      execFileSync(program, args, { stdio: ["inherit", "ignore", "inherit"] });
    } catch (cause) {
      throw this.#fault(`was not signed: ${program} failed; nothing was written`, cause);
    }
    return ending;
  }

  #fault(what: string, cause: unknown): TofuError {
    return new TofuError("file-unreadable", `${printablePath(this.#target.path, 120)} ${what}`, { cause });
  }
}
