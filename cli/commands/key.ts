import { basename } from "node:path";
import { UsageError } from "../../daemon/core/tofu-error.ts";
import type { Command } from "./command.ts";
import { absolute } from "./paths.ts";

export const keyImport: Command = {
  name: "key import",
  operands: "FILE…",
  summary: "keep certificates; adds no signer to any pin",
  examples: ["tofu key import KEYS"],
  completes: "files",
  options: {},
  prepare: (args, surroundings) => {
    if (args.words.length === 0) throw new UsageError("tofu key import needs a file", "tofu key import FILE…");
    const files = args.words.map((word) => absolute(word, surroundings));
    return { kind: "ask", request: { do: "key-import", files, claimed: surroundings.claimed() } };
  },
};

/** A word of hex digits is a fingerprint or its beginning; anything else is a file (`./ABCD` for a file named so). */
export const keyShow: Command = {
  name: "key show",
  operands: "FINGERPRINT|FILE",
  summary: "what a certificate says, and what is pinned to it",
  examples: ["tofu key show AEA08C8D", "tofu key show ./KEYS"],
  completes: "files",
  options: {},
  prepare: (args, surroundings) => {
    const key = args.words.join(" ");
    if (key === "") throw new UsageError("tofu key show needs a fingerprint or a file", "tofu key show FINGERPRINT");
    if (/^(openpgp:)?(0x)?[0-9a-f ]+$/i.test(key))
      return { kind: "ask", request: { do: "key-show", key: key.replace(/^openpgp:/i, "") } };
    if (args.words.length > 1) throw new UsageError("tofu key show shows one certificate", "tofu key show FILE");
    return { kind: "ask", request: { do: "key-show", key: basename(key), file: absolute(key, surroundings) } };
  },
};
