import { UsageError } from "../../daemon/core/tofu-error.ts";
import type { Command } from "./command.ts";
import { readPaths } from "./paths.ts";
import { readWords } from "./words.ts";

export const why: Command = {
  name: "why",
  operands: "PACKAGE [VERSION]",
  summary: "the story of a pin, or of one version",
  examples: ["tofu why sunpy", "tofu why sunpy 6.2.0 -v"],
  completes: "packages",
  options: {
    prove: { kind: "flag", summary: "verify every line again from stored bytes" },
    file: { kind: "texts", value: "FILE", summary: "with --prove: a file to verify again" },
  },
  prepare: (args, surroundings) => {
    const [name = "", release] = readWords(args, "why", ["PACKAGE", "[VERSION]"]);
    const prove = args.flag("prove");
    const files = readPaths(args, "file", surroundings);
    if (files.length > 0 && !prove)
      throw new UsageError("--file goes with --prove", "tofu why PACKAGE --prove --file FILE");
    const given = files.length === 0 ? {} : { files };
    return { kind: "ask", request: { do: "why", package: name, release, prove, ...given } };
  },
};
