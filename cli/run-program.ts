import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Script } from "node:vm";
import type * as alone from "./alone.ts";
import type { Before, Program } from "./tofu.ts";

/** Runs the program, with what it may have to load besides. */
export function runProgram(before: Before): void {
  // The build wraps the program into a function of this type.
  const program = compiled("tofu-program") as Program;
  program(require, () => import("./whole.ts"), loadAlone, before);
}

/** As the build wraps `cli/alone.ts`. */
type Alone = (require: NodeJS.Require, folder: string) => typeof alone;

function loadAlone(): typeof alone {
  return (compiled("tofu-alone") as Alone)(require, __dirname);
}

/**
 * Loads a script with what V8 compiled of it when it was built, since compiling takes longer than the daemon's answer.
 * V8 itself refuses what another version or another program left there.
 */
function compiled(name: string): unknown {
  const filename = join(__dirname, `${name}.cjs`);
  return new Script(readFileSync(filename, "latin1"), { filename, cachedData: cacheOf(name) }).runInThisContext();
}

function cacheOf(name: string): Buffer | undefined {
  try {
    return readFileSync(join(__dirname, `${name}.cache`));
  } catch {
    // It is only quicker with it.
    return undefined;
  }
}
