import { UsageError } from "../../daemon/core/tofu-error.ts";
import type { HandoverRequest } from "../../daemon/protocol/handover-requests.ts";
import { readPolicyFile } from "../settings.ts";
import type { Surroundings } from "../world.ts";
import type { Action, Arguments, Command, OptionSpec } from "./command.ts";
import { absolute, gnupgHome, readPaths } from "./paths.ts";
import { BECAUSE } from "./reason.ts";
import { readWords } from "./words.ts";

const PACKAGE: OptionSpec = {
  kind: "text",
  value: "PACKAGE",
  summary: "the package, where the statements speak for several",
};
const KEY: OptionSpec = { kind: "texts", value: "FILE", summary: "certificates to look into" };
const OFFLINE: OptionSpec = { kind: "flag", summary: "ask nothing outside this machine" };

export const handoverApply: Command = {
  name: "handover apply",
  operands: "FILE",
  summary: "follow statements of a file, folder or clone",
  examples: ["tofu handover apply TOFU-HANDOVERS --package sunpy"],
  completes: "files",
  options: {
    package: PACKAGE,
    key: KEY,
    because: { ...BECAUSE, summary: "why a statement that waits takes effect now" },
  },
  prepare: (args, surroundings) => {
    const [from] = readWords(args, "handover apply", ["[FILE]"]);
    const because = args.text("because")?.trim();
    if (because === "") throw new UsageError("--because needs a reason", "--because TEXT");
    if (from === undefined && (because === undefined || args.text("package") === undefined))
      throw new UsageError("tofu handover apply needs a file", "tofu handover apply FILE");
    return ask(args, surroundings, { action: "apply", from, because });
  },
};

export const handoverCheck: Command = {
  name: "handover check",
  operands: "[FILE]",
  summary: "would users follow these, and take this release?",
  examples: ["tofu handover check tofu-handovers --file sunpy-6.1.0.tar.gz"],
  completes: "files",
  options: {
    package: PACKAGE,
    file: { kind: "text", value: "RELEASE", summary: "a release that they must allow" },
    release: { kind: "text", value: "VERSION", summary: "its version, where the file's name doesn't tell" },
    key: KEY,
    offline: OFFLINE,
  },
  prepare: (args, surroundings) => {
    const [from] = readWords(args, "handover check", ["[FILE]"]);
    const file = args.text("file");
    if (from === undefined && file === undefined)
      throw new UsageError(
        "tofu handover check needs statements or a release",
        "tofu handover check FILE --file RELEASE",
      );
    if (file === undefined && args.text("release") !== undefined)
      throw new UsageError("--release goes with --file", "tofu handover check FILE --file RELEASE");
    return ask(args, surroundings, {
      action: "check",
      from,
      file: file === undefined ? undefined : absolute(file, surroundings),
      release: args.text("release"),
    });
  },
};

export const handoverShow: Command = {
  name: "handover show",
  operands: "FILE",
  summary: "what statements say, who signed them, what they lack",
  examples: ["tofu handover show TOFU-HANDOVERS"],
  completes: "files",
  options: { package: PACKAGE, key: KEY, offline: OFFLINE },
  prepare: (args, surroundings) => {
    const [from] = readWords(args, "handover show", ["FILE"]);
    return ask(args, surroundings, { action: "show", from });
  },
};

export const handoverFetch: Command = {
  name: "handover fetch",
  operands: "[PACKAGE]",
  summary: "look where statements are published, and follow",
  examples: ["tofu handover fetch sunpy --from ./sunpy-clone"],
  completes: "packages",
  options: {
    from: { kind: "text", value: "PLACE", summary: "a clone, a folder, a file, or an https address" },
    key: KEY,
    offline: OFFLINE,
  },
  prepare: (args, surroundings) => {
    const [name] = readWords(args, "handover fetch", ["[PACKAGE]"]);
    const from = args.text("from");
    if (name === undefined && from === undefined)
      throw new UsageError("tofu handover fetch needs a package or a place", "tofu handover fetch PACKAGE");
    return ask(args, surroundings, { action: "fetch", from, package: name });
  },
};

function ask(
  args: Arguments,
  surroundings: Surroundings,
  given: Pick<HandoverRequest, "action" | "from"> & Partial<HandoverRequest>,
): Action {
  const { from } = given;
  // An address is asked as it is; everything else is a path of this process.
  const place = from === undefined || from.startsWith("https://") ? from : absolute(from, surroundings);
  return {
    kind: "ask",
    request: {
      do: "handover",
      package: args.text("package"),
      ...given,
      from: place,
      keys: readPaths(args, "key", surroundings),
      offline: args.flag("offline"),
      gnupgHome: gnupgHome(surroundings),
      policyFile: readPolicyFile(args, surroundings.cwd),
      claimed: surroundings.claimed(),
    },
  };
}
