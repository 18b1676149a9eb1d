import { printable } from "../../daemon/core/printable.ts";
import { UsageError } from "../../daemon/core/tofu-error.ts";
import { readPolicyFile } from "../settings.ts";
import type { Spooled } from "../spool.ts";
import type { Surroundings } from "../world.ts";
import type { Action, Arguments, Command } from "./command.ts";
import { absolute, gnupgHome, readPaths } from "./paths.ts";

export const verify: Command = {
  name: "verify",
  operands: "FILE…|-",
  summary: "judge files; a first use is recorded",
  examples: [
    "tofu verify sunpy-6.0.4.tar.gz --key KEYS",
    "tofu verify download.bin --package generic/curl --release 8.1",
  ],
  completes: "files",
  options: {
    signature: { kind: "texts", value: "FILE", summary: "its signature, where it is not beside the file" },
    package: { kind: "text", value: "PACKAGE", summary: "the package, where the file's name doesn't tell" },
    release: { kind: "text", value: "VERSION", summary: "the version, where the file's name doesn't tell" },
    key: { kind: "texts", value: "FILE", summary: "certificates to look into" },
    handover: { kind: "text", value: "FILE", summary: "statements that are not beside the file" },
    from: { kind: "text", value: "URL", summary: "where it was downloaded: that host is no witness" },
    offline: { kind: "flag", summary: "ask nothing outside this machine" },
    "dry-run": { kind: "flag", summary: "judge, record nothing" },
    annotate: { kind: "text", value: "SERVICE", choices: ["github"], summary: "annotations for that service" },
  },
  prepare,
};

async function prepare(args: Arguments, surroundings: Surroundings): Promise<Action> {
  const usage = "tofu verify FILE…";
  if (args.words.length === 0) throw new UsageError("tofu verify needs a file", usage);
  const fromStdin = args.words.filter((word) => word === "-").length;
  if (fromStdin > 1) throw new UsageError("standard input can be judged once", usage);
  if (fromStdin === 1 && args.text("package") === undefined)
    throw new UsageError("standard input has no name: say which package it is", "tofu verify - --package PACKAGE");
  const url = args.words.find((word) => /^[a-z][a-z0-9+.-]*:\/\//i.test(word));
  if (url !== undefined)
    throw new UsageError(
      `tofu verify reads files, and ${printable(url)} is none`,
      "download it and its signature first",
    );
  if (args.words.length > 1 && args.texts("signature").length > 0)
    throw new UsageError("--signature goes with one file", "tofu verify FILE --signature FILE");
  const paths = args.words.map((word) => (word === "-" ? word : absolute(word, surroundings)));
  const signatures = readPaths(args, "signature", surroundings);
  const keys = readPaths(args, "key", surroundings);
  const handover = args.text("handover");
  const spooled: Spooled | undefined = fromStdin === 1 ? await keepStdin(surroundings) : undefined;
  return {
    kind: "ask",
    annotate: args.text("annotate") === "github" ? "github" : undefined,
    cleanup: spooled?.remove,
    request: {
      do: "verify",
      files: paths.map((path) => (path === "-" && spooled !== undefined ? spooled.path : path)),
      package: args.text("package"),
      release: args.text("release"),
      signatures,
      keys,
      handover: handover === undefined ? undefined : absolute(handover, surroundings),
      dryRun: args.flag("dry-run"),
      offline: args.flag("offline"),
      gnupgHome: gnupgHome(surroundings),
      policyFile: readPolicyFile(args, surroundings.cwd),
      via: "verify",
      from: args.text("from"),
      claimed: surroundings.claimed(),
    },
  };
}

/** Loaded where it is wanted: few files come this way, and hashing takes a library that the others do without. */
async function keepStdin(surroundings: Surroundings): Promise<Spooled> {
  const { spool } = await import("../spool.ts");
  return spool(surroundings);
}
