import type { Command } from "./command.ts";
import { readWords } from "./words.ts";

export const list: Command = {
  name: "list",
  operands: "[PATTERN]",
  summary: "pins, one line each",
  examples: ["tofu list 'pypi/*'"],
  completes: "packages",
  options: {
    stale: { kind: "flag", summary: "only pins not seen for long" },
    weak: { kind: "flag", summary: "only pins that rest on weak cryptography" },
    single: { kind: "flag", summary: "only pins with one signer" },
  },
  prepare: (args) => {
    const [pattern] = readWords(args, "list", ["[PATTERN]"]);
    const { flag } = args;
    const request = { do: "list", pattern, stale: flag("stale"), weak: flag("weak"), single: flag("single") } as const;
    return { kind: "ask", request };
  },
};
