import { UsageError } from "../../daemon/core/tofu-error.ts";
import type { Command } from "./command.ts";
import { BECAUSE, readReason } from "./reason.ts";
import { readWord } from "./words.ts";

const KEEP = /^(?:mine|theirs|sha256:[0-9a-f]{64})$/;

export const resolve: Command = {
  name: "resolve",
  operands: "PACKAGE --keep WHICH --because TEXT",
  summary: "say which of two statements, or of two pins, holds",
  examples: ['tofu resolve sunpy --keep mine --because "asked both maintainers"'],
  completes: "packages",
  options: {
    keep: { kind: "text", value: "WHICH", summary: "mine, theirs or sha256:STATEMENT" },
    because: BECAUSE,
  },
  prepare: (args, surroundings) => {
    const name = readWord(args, "resolve", "PACKAGE");
    const keep = args.text("keep");
    if (keep === undefined || !KEEP.test(keep))
      throw new UsageError("tofu resolve needs to know which one holds", "--keep mine, theirs or sha256:STATEMENT");
    const because = readReason(args, "resolve");
    return {
      kind: "ask",
      request: { do: "resolve", package: name, keep, because, claimed: surroundings.claimed() },
    };
  },
};
