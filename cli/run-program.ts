import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Script } from "node:vm";
import type { Before, Program } from "./tofu.ts";

/**
 * Runs the program with what V8 compiled of it when it was built, since compiling takes longer than the daemon's answer.
 * V8 itself refuses what another version or another program left there.
 */
export function runProgram(before: Before): void {
  const filename = join(__dirname, "tofu-program.cjs");
  const script = new Script(readFileSync(filename, "latin1"), { filename, cachedData: compiled() });
  // The build wraps the program into a function of this type.
  const program: Program = script.runInThisContext();
  program(require, () => import("./whole.ts"), before);
}

function compiled(): Buffer | undefined {
  try {
    return readFileSync(join(__dirname, "tofu-program.cache"));
  } catch {
    // It is only quicker with it.
    return undefined;
  }
}
