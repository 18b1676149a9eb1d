import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** @returns the version that both programs say they have: of the nearest package.json above this file, else `unknown`. */
export function ownVersion(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const file = join(folder, "package.json");
    if (existsSync(file)) return /"version": "([^"]+)"/.exec(readFileSync(file, "utf8"))?.[1] ?? "unknown";
    if (folder === dirname(folder)) return "unknown";
  }
}
