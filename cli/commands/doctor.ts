import type { Command } from "./command.ts";
import { readWords } from "./words.ts";

export const doctor: Command = {
  name: "doctor",
  operands: "",
  summary: "check the set-up; each failure with its one remedy",
  examples: ["tofu doctor", "tofu doctor --repair"],
  completes: "nothing",
  options: { repair: { kind: "flag", summary: "recover what can be proven of a damaged store" } },
  prepare: (args) => {
    readWords(args, "doctor", []);
    return { kind: "run", errand: { do: "doctor", repair: args.flag("repair") } };
  },
};
