import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { COMMANDS } from "../../cli/commands/all.ts";
import { tofudManual, tofuManual } from "../../cli/man.ts";
import { parseDaemonCommand } from "../../daemon/daemon-options.ts";
import { PROJECT } from "../checks/places.ts";
import { pageFromMarkdown } from "./from-markdown.ts";

/** Of the text, not of the build: a page changes only with what it says. */
const DATE = "November 21, 2026";

/** @returns every manual page by its path from the project's folder. */
export async function manualPages(): Promise<ReadonlyMap<string, string>> {
  const help = await parseDaemonCommand(["--help"], "");
  return new Map([
    ["docs/man/tofu.1", tofuManual(COMMANDS, DATE)],
    ["docs/man/tofud.8", tofudManual(help.kind === "show" ? help.text : "", DATE)],
    ["docs/man/known_keys.5", knownKeysManual()],
    ["docs/man/tofu-handover.5", handoverManual()],
  ]);
}

/** The document is the page; that its example and its table of lines are the parser's, test/pinfile tests. */
function knownKeysManual(): string {
  const [intro = "", ...sections] = sectionsOf("docs/known_keys.md");
  return pageFromMarkdown([intro, ...sections.filter((text) => !text.startsWith("See also"))], {
    name: "known_keys",
    section: 5,
    summary: "pins of packages' signers, as text",
    date: DATE,
    seeAlso: ["ssh-keygen 1", "tofu 1", "tofud 8"],
  });
}

/** What of the maintainers' page is about the format; the rest is a story that one reads from its beginning. */
function handoverManual(): string {
  const [intro = "", first = "", ...sections] = sectionsOf("docs/handover.md");
  const [, example = ""] = /<<EOF\n(.*?)EOF\n/s.exec(first) ?? [];
  const statement = example.replace(/\$\(date[^)]*\)/, "2026-11-21").replace(/\$[A-Z]+/g, "FINGERPRINT");
  const wanted = ["The format in brief", "What to publish where", "Other tools"];
  const taken = wanted.map((title) => sections.find((text) => text.startsWith(title)) ?? "");
  return pageFromMarkdown([intro, `Example\n\n\`\`\`\n${statement}\`\`\`\n`, ...taken], {
    name: "tofu-handover",
    section: 5,
    summary: "statements about who signs a package from now on",
    date: DATE,
    seeAlso: ["gpg 1", "ssh-keygen 1", "tofu 1", "known_keys 5"],
  });
}

/** @returns what stands before the first heading, without the title, and each section with its heading first. */
function sectionsOf(path: string): readonly string[] {
  const [top = "", ...sections] = readFileSync(join(PROJECT, path), "utf8").split(/^## /m);
  return [top.replace(/^# .*\n/, ""), ...sections];
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const [path, text] of await manualPages()) writeFileSync(join(PROJECT, path), text);
