import { printable } from "../../daemon/core/printable.ts";
import { UsageError } from "../../daemon/core/tofu-error.ts";
import { commandHelp, overallHelp } from "../help.ts";
import { nearest } from "../nearest.ts";
import type { Command } from "./command.ts";

/** @returns the command that explains tofu, or one command of it. */
export function help(all: () => readonly Command[]): Command {
  return {
    name: "help",
    operands: "[COMMAND]",
    summary: "this help, or a command's",
    examples: ["tofu help verify"],
    completes: "commands",
    options: {},
    prepare: (args) => {
      const commands = all();
      const name = args.words.join(" ");
      if (name === "") return { kind: "print", text: overallHelp(commands) };
      const members = commands.filter((command) => command.name === name || command.name.startsWith(`${name} `));
      if (members.length > 0) return { kind: "print", text: members.map(commandHelp).join("\n") };
      const near = nearest(
        name,
        commands.map((command) => command.name),
      );
      throw new UsageError(
        `there is no help about ${printable(name)}`,
        near === undefined ? "tofu help" : `tofu help ${near}`,
      );
    },
  };
}
