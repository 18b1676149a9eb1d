import { printable } from "../../daemon/core/printable.ts";
import { UsageError } from "../../daemon/core/tofu-error.ts";
import { commandHelp, overallHelp } from "../help.ts";
import { nearest } from "../nearest.ts";
import { TOPICS } from "../topics.ts";
import type { Command } from "./command.ts";

/** @returns the command that explains tofu, or one command of it. */
export function help(all: () => readonly Command[]): Command {
  return {
    name: "help",
    operands: "[COMMAND|TOPIC]",
    summary: `a command, or ${[...TOPICS.keys()].join(", ")}`,
    examples: ["tofu help verify", "tofu help alarm"],
    completes: "commands",
    options: {},
    prepare: (args) => {
      const commands = all();
      const name = args.words.join(" ");
      if (name === "") return { kind: "print", text: overallHelp(commands) };
      const topic = TOPICS.get(name);
      if (topic !== undefined) return { kind: "print", text: `${topic.lines.join("\n")}\n` };
      const members = commands.filter((command) => command.name === name || command.name.startsWith(`${name} `));
      if (members.length > 0) return { kind: "print", text: members.map(commandHelp).join("\n") };
      const near = nearest(name, [...commands.map((command) => command.name), ...TOPICS.keys()]);
      throw new UsageError(
        `there is no help about ${printable(name)}`,
        near === undefined ? "tofu help" : `tofu help ${near}`,
      );
    },
  };
}
