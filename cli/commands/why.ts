import type { Command } from "./command.ts";
import { readWords } from "./words.ts";

export const why: Command = {
  name: "why",
  operands: "PACKAGE [VERSION]",
  summary: "the story of a pin, or of one version",
  examples: ["tofu why sunpy", "tofu why sunpy 6.2.0 -v"],
  completes: "packages",
  options: { prove: { kind: "flag", summary: "verify every line again from stored bytes" } },
  prepare: (args) => {
    const [name = "", release] = readWords(args, "why", ["PACKAGE", "[VERSION]"]);
    return { kind: "ask", request: { do: "why", package: name, release, prove: args.flag("prove") } };
  },
};
