import { UsageError } from "../../daemon/core/tofu-error.ts";
import type { Command } from "./command.ts";
import { absolute, gnupgHome, readPaths } from "./paths.ts";
import { BECAUSE, readReason } from "./reason.ts";
import { readPackageAndFingerprint } from "./words.ts";

export const trust: Command = {
  name: "trust",
  operands: "PACKAGE FINGERPRINT --because TEXT",
  summary: "accept a signer, before its first release too",
  examples: ['tofu trust sunpy "AEA0 8C8D E882 D15E B859  0DC0 28B8 B19A D578 A535" --because "told by phone"'],
  completes: "packages",
  options: {
    because: BECAUSE,
    key: { kind: "texts", value: "FILE", summary: "the signer's certificate" },
    file: { kind: "text", value: "FILE", summary: "accept only these bytes" },
    replaces: { kind: "text", value: "FINGERPRINT", summary: "the package changed hands, from this signer" },
    role: { kind: "text", value: "ROLE", choices: ["handover"], summary: "let an active signer hand over" },
    "undo-distrust": { kind: "flag", summary: "take back an earlier tofu distrust" },
    until: { kind: "text", value: "DATE", summary: "accept until that day" },
  },
  prepare: (args, surroundings) => {
    const signer = readPackageAndFingerprint(args, "trust");
    const because = readReason(args, "trust");
    const file = args.text("file");
    if (file !== undefined && (args.text("replaces") !== undefined || args.text("role") !== undefined))
      throw new UsageError("--file accepts one file and changes no roles");
    return {
      kind: "ask",
      request: {
        do: "trust",
        ...signer,
        because,
        keys: readPaths(args, "key", surroundings),
        file: file === undefined ? undefined : absolute(file, surroundings),
        replaces: args.text("replaces"),
        role: args.text("role") === "handover" ? "handover" : undefined,
        undoDistrust: args.flag("undo-distrust"),
        until: args.text("until"),
        gnupgHome: gnupgHome(surroundings),
        claimed: surroundings.claimed(),
      },
    };
  },
};
