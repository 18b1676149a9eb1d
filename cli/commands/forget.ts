import type { Command } from "./command.ts";
import { BECAUSE, readReason } from "./reason.ts";
import { readWord } from "./words.ts";

export const forget: Command = {
  name: "forget",
  operands: "PACKAGE --because TEXT",
  summary: "pin gone, history kept",
  examples: ['tofu forget sunpy --because "another project took the name"'],
  completes: "packages",
  options: { because: BECAUSE },
  prepare: (args, surroundings) => ({
    kind: "ask",
    request: {
      do: "forget",
      package: readWord(args, "forget", "PACKAGE"),
      because: readReason(args, "forget"),
      claimed: surroundings.claimed(),
    },
  }),
};
