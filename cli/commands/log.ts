import type { Command } from "./command.ts";
import { readWords } from "./words.ts";

export const log: Command = {
  name: "log",
  operands: "[PACKAGE]",
  summary: "the journal",
  examples: ["tofu log sunpy --since 2026-09-01"],
  completes: "packages",
  options: { since: { kind: "text", value: "DATE", summary: "only what was recorded from that day on" } },
  prepare: (args) => {
    const [name] = readWords(args, "log", ["[PACKAGE]"]);
    return { kind: "ask", request: { do: "log", package: name, since: args.text("since") } };
  },
};
