import type { Command } from "./command.ts";
import { absolute } from "./paths.ts";
import { readWord } from "./words.ts";

export const journalCopy: Command = {
  name: "journal copy",
  operands: "DIR",
  summary: "a verified copy of the whole journal: backup, move",
  examples: ["tofu journal copy ~/backup/tofu-2026-09-14"],
  completes: "files",
  options: {},
  prepare: (args, surroundings) => {
    const target = absolute(readWord(args, "journal copy", "DIR"), surroundings);
    return { kind: "ask", request: { do: "journal-copy", target } };
  },
};
