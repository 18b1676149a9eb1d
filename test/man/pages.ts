import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { COMMANDS } from "../../cli/commands/all.ts";
import { tofudManual, tofuManual } from "../../cli/man.ts";
import { parseDaemonCommand } from "../../daemon/daemon-options.ts";
import { PROJECT } from "../checks/places.ts";

/** Of the text, not of the build: a page changes only with what it says. */
const DATE = "November 21, 2026";

/** @returns every manual page by its path from the project's folder. */
export async function manualPages(): Promise<ReadonlyMap<string, string>> {
  const help = await parseDaemonCommand(["--help"], "");
  return new Map([
    ["docs/man/tofu.1", tofuManual(COMMANDS, DATE)],
    ["docs/man/tofud.8", tofudManual(help.kind === "show" ? help.text : "", DATE)],
  ]);
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const [path, text] of await manualPages()) writeFileSync(join(PROJECT, path), text);
