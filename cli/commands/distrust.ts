import type { Command } from "./command.ts";
import { BECAUSE, readReason } from "./reason.ts";
import { readPackageAndFingerprint } from "./words.ts";

export const distrust: Command = {
  name: "distrust",
  operands: "PACKAGE|'*' FINGERPRINT --because TEXT",
  summary: "never again accept a signer",
  examples: [`tofu distrust '*' AEA08C8DE882D15EB8590DC028B8B19AD578A535 --because "key was stolen"`],
  completes: "packages",
  options: {
    because: BECAUSE,
    since: { kind: "text", value: "DATE", summary: "when it went wrong, as far as you know" },
  },
  prepare: (args, surroundings) => ({
    kind: "ask",
    request: {
      do: "distrust",
      ...readPackageAndFingerprint(args, "distrust"),
      because: readReason(args, "distrust"),
      since: args.text("since"),
      claimed: surroundings.claimed(),
    },
  }),
};
