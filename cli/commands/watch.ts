import type { Command } from "./command.ts";
import { absolute } from "./paths.ts";

export const watch: Command = {
  name: "watch",
  operands: "[DIR…]",
  summary: "judge what arrives, as it arrives",
  examples: ["tofu watch ."],
  completes: "files",
  options: {},
  prepare: (args, surroundings) => ({
    kind: "ask",
    request: { do: "watch", folders: args.words.map((word) => absolute(word, surroundings)) },
  }),
};
