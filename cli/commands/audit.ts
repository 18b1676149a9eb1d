import type { Command } from "./command.ts";
import { readWords } from "./words.ts";

export const audit: Command = {
  name: "audit",
  operands: "[PACKAGE]",
  summary: "what here rests on a signer or a period",
  examples: ["tofu audit --signer AEA08C8DE882D15EB8590DC028B8B19AD578A535"],
  completes: "packages",
  options: {
    signer: { kind: "text", value: "FINGERPRINT", summary: "only what rests on this signer" },
    since: { kind: "text", value: "DATE", summary: "only what was first seen from that day on" },
    until: { kind: "text", value: "DATE", summary: "only what was first seen up to that day" },
  },
  prepare: (args) => {
    const [name] = readWords(args, "audit", ["[PACKAGE]"]);
    const { text } = args;
    const request = { package: name, signer: text("signer"), since: text("since"), until: text("until") };
    return { kind: "ask", request: { do: "audit", ...request } };
  },
};
