import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));

/** The compiled command line, beside these compiled tests. */
export const TOFU: string = join(here, "../../cli/tofu.js");
/** The compiled daemon. */
export const TOFUD: string = join(here, "../../daemon/tofud.js");
/** The project's folder, where the data of tests lies as it was committed. */
export const PROJECT: string = nearestPackage(here);

function nearestPackage(folder: string): string {
  if (existsSync(join(folder, "package.json"))) return folder;
  const above = dirname(folder);
  if (above === folder) throw new Error(`no package.json above ${here}`);
  return nearestPackage(above);
}
