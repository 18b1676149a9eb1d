import type { Command } from "./command.ts";

export const status: Command = {
  name: "status",
  operands: "[PACKAGE…]",
  summary: "is the daemon well, what waits for you",
  examples: ["tofu status"],
  completes: "packages",
  options: {},
  prepare: (args) => ({ kind: "ask", request: { do: "status", packages: args.words } }),
};
