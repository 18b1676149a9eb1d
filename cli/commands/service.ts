import type { Errand } from "../errand.ts";
import type { Command } from "./command.ts";
import { readWords } from "./words.ts";

export const serviceInstall: Command = serviceCommand("install", "start tofud with your session, as a user service");
export const serviceUninstall: Command = serviceCommand("uninstall", "stop it, and remove what install wrote");
export const serviceStatus: Command = serviceCommand("status", "what is installed, and whether it runs");

function serviceCommand(action: Extract<Errand, { readonly do: "service" }>["action"], summary: string): Command {
  return {
    name: `service ${action}`,
    operands: "",
    summary,
    examples: [`tofu service ${action}`],
    completes: "nothing",
    options: {},
    prepare: (args) => {
      readWords(args, `service ${action}`, []);
      return { kind: "run", errand: { do: "service", action } };
    },
  };
}
